//! Runs statements: on threads of their own, at one tick, within limits.

use std::pin::Pin as StdPin;
use std::sync::Arc;
use std::time::Duration;

use arrow_pg::datatypes::{arrow_schema_to_pg_fields, encode_recordbatch};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SQLOptions, SessionContext};
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use futures::{Stream, StreamExt, stream};
use pgwire::api::portal::Format;
use pgwire::api::results::{FieldInfo, QueryResponse};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::data::DataRow;
use pgwire::types::format::FormatOptions;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::catalog::Catalog;
use super::fault::Fault;
use super::guard;
use super::idioms;
use super::memory::{StatementMemory, Total};
use super::pin::Pin;
use super::rewrite;
use super::session::Session;
use super::settings::Settings;
use landfall_snapshot::Store;

/// Batches that wait for a slow reader.
const BATCHES_WAITING: usize = 2;

/// Plans and runs statements.
pub(super) struct Engine {
    pub settings: Settings,
    pub store: Arc<Store>,
    catalog: Catalog,
    parser: Arc<PostgresCompatibilityParser>,
    threads: Handle,
    memory: Arc<Total>,
}

/// How long a statement may run, and how it is stopped before.
#[derive(Clone)]
pub(super) struct Limits {
    deadline: Instant,
    allowed: Duration,
    cancellation: watch::Receiver<u64>,
}

impl Limits {
    /// From now on.
    pub fn new(allowed: Duration, session: &Session) -> Limits {
        Limits { deadline: Instant::now() + allowed, allowed, cancellation: session.cancellation() }
    }

    /// Ends when the statement must.
    async fn broken(mut self) -> Fault {
        let cancelled = async {
            if self.cancellation.changed().await.is_err() {
                // The connection is gone, and with it whoever waits for this.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = cancelled => Fault::cancelled(),
            () = tokio::time::sleep_until(self.deadline) => Fault::timed_out(self.allowed.as_millis()),
        }
    }
}

impl Engine {
    pub fn new(settings: Settings, store: Arc<Store>, catalog: Catalog, threads: Handle) -> Engine {
        let memory = Arc::new(Total::new(settings.memory_total_bytes_max));
        let parser = Arc::new(PostgresCompatibilityParser::new());
        Engine { settings, store, catalog, parser, threads, memory }
    }

    /// Reads what cannot be read before the threads run.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn load(&self) -> datafusion::error::Result<()> {
        self.catalog.descriptions.load(&SessionContext::new_with_state(self.catalog.state.clone())).await
    }

    /// The statements of a text.
    ///
    /// # Errors
    /// When it is no SQL, or too much of it.
    pub async fn parse(&self, limits: &Limits, text: &str) -> Result<Vec<Statement>, Fault> {
        guard::check_text(text, self.settings.query_bytes_max)?;
        let (parser, text) = (Arc::clone(&self.parser), idioms::planned(text, self.catalog.descriptions.class()));
        let work = async move {
            let mut statements = parser.parse(&text)?;
            statements.iter_mut().for_each(rewrite::for_engine);
            Ok(statements)
        };
        self.on_threads(limits, work).await
    }

    /// The plan of a question. It names no tick, so that it can be run at many.
    ///
    /// # Errors
    /// When it asks for what is not there.
    pub async fn plan(&self, limits: &Limits, statement: Statement, pin: &Pin) -> Result<LogicalPlan, Fault> {
        let state = self.state(pin);
        let work = async move {
            let plan = state.statement_to_plan(EngineStatement::Statement(Box::new(statement))).await?;
            SQLOptions::new()
                .with_allow_ddl(false)
                .with_allow_dml(false)
                .with_allow_statements(false)
                .verify_plan(&plan)?;
            Ok(plan)
        };
        self.on_threads(limits, work).await
    }

    /// Runs a plan at a tick.
    ///
    /// # Errors
    /// When it cannot be begun; what goes wrong later comes with the rows.
    pub async fn run(
        &self,
        limits: Limits,
        plan: LogicalPlan,
        pin: Pin,
        format: &Format,
        options: FormatOptions,
    ) -> PgWireResult<QueryResponse> {
        let fields = arrow_schema_to_pg_fields(plan.schema().as_arrow(), format, Some(Arc::new(options)))?;
        let fields = Arc::new(fields);
        let state = self.state(&pin);
        let context = self.task_context(&state).map_err(Fault::from)?;
        let work = async move { Ok(state.create_physical_plan(&plan).await?) };
        let physical = self.on_threads(&limits, work).await?;
        let rows = self.start(limits, physical, context, Arc::clone(&fields));
        Ok(QueryResponse::new(fields, rows))
    }

    fn start(
        &self,
        limits: Limits,
        plan: Arc<dyn ExecutionPlan>,
        context: Arc<TaskContext>,
        fields: Arc<Vec<FieldInfo>>,
    ) -> impl Stream<Item = PgWireResult<DataRow>> + Send + 'static {
        let (sender, receiver) = mpsc::channel(BATCHES_WAITING);
        let rows_max = self.settings.rows_max;
        let stopped = limits.clone();
        let task = self.threads.spawn(async move {
            let outcome = tokio::select! {
                outcome = drive(plan, context, fields, rows_max, &sender) => outcome,
                fault = stopped.broken() => Err(fault),
            };
            let last = outcome.map_or_else(Part::Failed, |()| Part::Done);
            // A reader that does not take this much does not take its end either: it knows the deadline itself.
            let _unread = tokio::time::timeout(Duration::from_secs(1), sender.send(last)).await;
        });
        let reader = Reader { parts: receiver, stop: Box::pin(limits.broken()), task: Some(task.abort_handle()) };
        stream::unfold(reader, Reader::next).flat_map(stream::iter)
    }

    /// Does something on the threads for queries.
    async fn on_threads<T: Send + 'static>(
        &self,
        limits: &Limits,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Result<T, Fault> {
        let task = self.threads.spawn(work);
        let abort = Abort(task.abort_handle());
        let outcome = tokio::select! {
            outcome = task => outcome,
            fault = limits.clone().broken() => return Err(fault),
        };
        drop(abort);
        outcome.unwrap_or_else(|panicked| Err(Fault::new("XX000", format!("the query cannot be planned: {panicked}"))))
    }

    fn state(&self, pin: &Pin) -> SessionState {
        let mut state = self.catalog.state.clone();
        pin.apply(state.config_mut());
        state.mark_start_execution();
        state
    }

    fn task_context(&self, state: &SessionState) -> datafusion::error::Result<Arc<TaskContext>> {
        let memory = StatementMemory::new(self.settings.memory_bytes_max, Arc::clone(&self.memory));
        let runtime =
            RuntimeEnvBuilder::from_runtime_env(state.runtime_env()).with_memory_pool(Arc::new(memory)).build_arc()?;
        Ok(Arc::new(TaskContext::from(state).with_runtime(runtime)))
    }
}

/// What the threads hand to a connection.
enum Part {
    Rows(Vec<DataRow>),
    Failed(Fault),
    Done,
}

async fn drive(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    fields: Arc<Vec<FieldInfo>>,
    rows_max: usize,
    sender: &mpsc::Sender<Part>,
) -> Result<(), Fault> {
    let mut batches = execute_stream(plan, context)?;
    let mut rows = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.num_rows();
        if rows > rows_max {
            return Err(Fault::too_many_rows(rows_max));
        }
        let encoded = encode_recordbatch(Arc::clone(&fields), batch).collect::<PgWireResult<Vec<DataRow>>>();
        let encoded = encoded.map_err(|error| Fault::new("22000", error.to_string()))?;
        if sender.send(Part::Rows(encoded)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The connection's end of a running statement. When it goes, so does the statement.
struct Reader {
    parts: mpsc::Receiver<Part>,
    stop: StdPin<Box<dyn Future<Output = Fault> + Send>>,
    task: Option<AbortHandle>,
}

impl Reader {
    async fn next(mut self) -> Option<(Vec<PgWireResult<DataRow>>, Reader)> {
        self.task.as_ref()?;
        let part = tokio::select! {
            biased;
            fault = &mut self.stop => Part::Failed(fault),
            part = self.parts.recv() => match part {
                Some(part) => part,
                None => Part::Failed(Fault::new("XX000", "the query stopped before its end")),
            },
        };
        match part {
            Part::Rows(rows) => Some((rows.into_iter().map(Ok).collect(), self)),
            Part::Done => None,
            Part::Failed(fault) => {
                self.stop_task();
                Some((vec![Err(PgWireError::from(fault))], self))
            }
        }
    }

    fn stop_task(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.stop_task();
    }
}

struct Abort(AbortHandle);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}
