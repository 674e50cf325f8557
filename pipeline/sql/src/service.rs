//! Statements that are understood: what they want, how they are planned, which parameters they take.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow_pg::datatypes::{PG_OID_ALIAS_KEY, arrow_schema_to_pg_fields, df, into_pg_type, pg_type_for_alias_kind};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::sqlparser::ast::Statement;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::results::{FieldInfo, QueryResponse};
use pgwire::api::{ClientInfo, Type};
use pgwire::error::PgWireResult;
use pgwire::types::format::FormatOptions;
use tokio::runtime::Handle;

use super::engine::{Engine, Limits};
use super::fault::Fault;
use super::guard::{self, Action};
use super::pin::Pin;
use super::session::Session;
use super::talk;

/// Answers the statements of every connection.
#[derive(Clone)]
pub(super) struct Service {
    pub engine: Arc<Engine>,
    pub threads: Handle,
}

/// A statement that is understood.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// What it wants.
    pub action: Action,
    /// Of a question, and of a cursor's.
    pub plan: Option<LogicalPlan>,
}

/// A parameter of a prepared statement.
pub(super) struct Parameter {
    /// Its type for the query engine, where that can be told.
    inferred: Option<DataType>,
    /// Its type for the client.
    pub wire: Type,
}

/// What a connection remembers.
pub(super) fn session_of(client: &(impl ClientInfo + ?Sized)) -> Arc<Session> {
    client.session_extensions().get_or_insert_with(Session::default)
}

impl Service {
    /// The limits of a statement that begins now.
    pub fn limits(&self, client: &(impl ClientInfo + ?Sized)) -> Limits {
        let longest = Duration::from_millis(self.engine.settings.query_timeout_ms);
        let allowed = talk::statement_timeout(client).map_or(longest, |asked| asked.min(longest));
        Limits::new(allowed, &session_of(client))
    }

    /// How long a transaction or a cursor lasts.
    pub fn transaction_lasts(&self) -> Duration {
        Duration::from_millis(self.engine.settings.transaction_timeout_ms)
    }

    /// Plans a statement.
    pub async fn prepared<C>(&self, client: &C, statement: Statement, action: Action) -> PgWireResult<Prepared>
    where
        C: ClientInfo + ?Sized,
    {
        let question = match &action {
            Action::Query => Some(statement),
            Action::Declare(_) => {
                guard::cursor_query(&statement).map(|query| Statement::Query(Box::new(query.clone())))
            }
            _ => None,
        };
        let plan = match question {
            // A plan is no answer: it needs a tick only because the engine wants one.
            Some(question) => {
                let pin = Pin { snapshot: self.engine.store.current() };
                let limits = self.limits(client);
                Some(self.engine.plan(&limits, question, &pin).await?)
            }
            None => None,
        };
        Ok(Prepared { action, plan })
    }

    /// Runs a question.
    pub async fn run<C>(&self, client: &C, plan: LogicalPlan, pin: Pin, format: &Format) -> PgWireResult<QueryResponse>
    where
        C: ClientInfo + ?Sized,
    {
        let options = FormatOptions::from_client_metadata(client.metadata());
        self.engine.run(self.limits(client), plan, pin, format, options).await
    }
}

impl Prepared {
    /// The columns of its answer.
    pub fn fields(&self, format: &Format) -> PgWireResult<Vec<FieldInfo>> {
        match (&self.action, &self.plan) {
            (Action::Query, Some(plan)) => arrow_schema_to_pg_fields(plan.schema().as_arrow(), format, None),
            (Action::Show(name), _) => Ok(talk::show_fields(name, format)),
            _ => Ok(Vec::new()),
        }
    }

    /// Its parameters, `$1` first.
    pub fn parameters(&self) -> PgWireResult<Vec<Parameter>> {
        let Some(plan) = &self.plan else { return Ok(Vec::new()) };
        let inferred = plan.get_parameter_types().map_err(Fault::from)?;
        let seen = placeholders(plan).map_err(Fault::from)?;
        let number = |id: &str| id.trim_start_matches('$').parse::<usize>().unwrap_or(0);
        let count = inferred.keys().chain(seen.keys()).map(|id| number(id)).max().unwrap_or(0);
        if count > usize::from(u16::MAX) {
            return Err(Fault::new("54023", format!("{count} parameters, 65535 at most")).into());
        }
        let parameter = |number: usize| {
            let id = format!("${number}");
            let (cast, alias) = seen.get(&id).cloned().unwrap_or_default();
            let inferred = inferred.get(&id).cloned().flatten().or(cast);
            let wire = match (&alias, &inferred) {
                (Some(alias), _) => alias.clone(),
                (None, Some(inferred)) => into_pg_type(inferred)?,
                (None, None) => Type::UNKNOWN,
            };
            Ok(Parameter { inferred, wire })
        };
        (1..=count).map(parameter).collect()
    }

    /// Its plan with the values of a portal.
    pub fn bound(&self, portal: &Portal<Prepared>) -> PgWireResult<Option<LogicalPlan>> {
        let Some(plan) = &self.plan else { return Ok(None) };
        let parameters = self.parameters()?;
        if parameters.len() > portal.parameter_len() {
            let (given, needed) = (portal.parameter_len(), parameters.len());
            return Err(Fault::new("08P01", format!("{given} parameters are given where {needed} are needed")).into());
        }
        let inferred: Vec<Option<&DataType>> = parameters.iter().map(|parameter| parameter.inferred.as_ref()).collect();
        let wire: Vec<Option<&Type>> = parameters.iter().map(|parameter| Some(&parameter.wire)).collect();
        let values = df::deserialize_parameters_with_server_types(portal, &inferred, &wire)?;
        let bound = plan.clone().replace_params_with_values(&values).map_err(Fault::from)?;
        Ok(Some(bound))
    }
}

/// Types of placeholders that the engine does not infer: `$1::date`, and object ids of the catalog.
fn placeholders(plan: &LogicalPlan) -> datafusion::error::Result<HashMap<String, (Option<DataType>, Option<Type>)>> {
    let mut seen: HashMap<String, (Option<DataType>, Option<Type>)> = HashMap::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|expression| {
                match expression {
                    Expr::Cast(cast) => {
                        if let Expr::Placeholder(placeholder) = cast.expr.as_ref() {
                            let types = seen.entry(placeholder.id.clone()).or_default();
                            types.0 = Some(cast.field.data_type().clone());
                        }
                    }
                    Expr::Placeholder(placeholder) => {
                        let types = seen.entry(placeholder.id.clone()).or_default();
                        types.1 = types.1.take().or(placeholder.field.as_deref().and_then(alias));
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(seen)
}

fn alias(field: &Field) -> Option<Type> {
    let kind = field.metadata().get(PG_OID_ALIAS_KEY)?;
    if field.data_type() == &DataType::Int32 { pg_type_for_alias_kind(kind) } else { None }
}
