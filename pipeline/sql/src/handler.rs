//! Answers the two ways of asking that the protocol has: plain texts, and prepared statements with parameters.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{Sink, SinkExt, StreamExt};
use pgwire::api::portal::{Format, Portal, PortalExecutionState};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler, send_execution_response};
use pgwire::api::results::{DescribePortalResponse, FieldInfo, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::{Entry, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore, DEFAULT_NAME, PgWireConnectionState, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::extendedquery::{Execute, PortalSuspended};
use pgwire::messages::response::{EmptyQueryResponse, TransactionStatus};

use super::cursor;
use super::fault::Fault;
use super::guard::{self, Action};
use super::service::{Prepared, Service, session_of};
use super::talk;

#[async_trait]
impl SimpleQueryHandler for Service {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statements = self.engine.parse(&self.limits(client), query).await?;
        let mut responses = Vec::with_capacity(statements.len());
        let mut aborted = client.transaction_status() == TransactionStatus::Error;
        for statement in statements {
            let action = guard::action(&statement)?;
            let ends = matches!(action, Action::Commit | Action::Rollback);
            if aborted && !ends {
                return Err(Fault::aborted().into());
            }
            let prepared = self.prepared(client, statement, action).await?;
            responses.push(match &prepared.plan {
                Some(plan) if prepared.action == Action::Query => {
                    let pin = session_of(client).pin(&self.engine.store)?;
                    self.run(client, plan.clone(), pin, &Format::UnifiedText).await.map(Response::Query)?
                }
                _ => self.act(client, &prepared, aborted, &Format::UnifiedText).await?,
            });
            aborted &= !ends;
        }
        if responses.is_empty() {
            responses.push(Response::EmptyQuery);
        }
        Ok(responses)
    }
}

#[async_trait]
impl QueryParser for Service {
    type Statement = Prepared;

    async fn parse_sql<C>(&self, client: &C, sql: &str, _types: &[Option<Type>]) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut statements = self.engine.parse(&self.limits(client), sql).await?;
        let Some(statement) = statements.pop() else { return Ok(None) };
        if !statements.is_empty() {
            return Err(Fault::new("42601", "cannot insert multiple commands into a prepared statement").into());
        }
        let action = guard::action(&statement)?;
        self.prepared(client, statement, action).await.map(Some)
    }

    fn get_parameter_types(&self, statement: &Prepared) -> PgWireResult<Vec<Type>> {
        Ok(statement.parameters()?.into_iter().map(|parameter| parameter.wire).collect())
    }

    fn get_result_schema(&self, statement: &Prepared, format: Option<&Format>) -> PgWireResult<Vec<FieldInfo>> {
        statement.fields(format.unwrap_or(&Format::UnifiedText))
    }
}

#[async_trait]
impl ExtendedQueryHandler for Service {
    type Statement = Prepared;
    type QueryParser = Service;

    fn query_parser(&self) -> Arc<Service> {
        Arc::new(self.clone())
    }

    async fn on_execute<C>(&self, client: &mut C, message: Execute) -> PgWireResult<()>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if !matches!(client.state(), PgWireConnectionState::ReadyForQuery) {
            return Err(PgWireError::NotReadyForQuery);
        }
        let name = message.name.as_deref().unwrap_or(DEFAULT_NAME);
        let portal = match client.portal_store().get_portal(name) {
            Some(Entry::Value(portal)) => portal,
            Some(Entry::Empty) => return send_empty(client).await,
            None => return Err(PgWireError::PortalNotFound(name.to_owned())),
        };
        let rows_max = usize::try_from(message.max_rows).ok().filter(|rows| *rows > 0);
        let is_begun = !matches!(*portal.state().lock().await, PortalExecutionState::Initial);
        if is_begun {
            return send_rows(client, &portal, rows_max).await;
        }
        let status = client.transaction_status();
        match ExtendedQueryHandler::do_query(self, client, &portal, message.max_rows as usize).await? {
            Response::Query(rows) => {
                portal.start(rows).await;
                send_rows(client, &portal, rows_max).await?;
            }
            Response::EmptyQuery => send_empty(client).await?,
            Response::Execution(tag) => send_execution_response(client, tag).await?,
            Response::TransactionStart(tag) => {
                send_execution_response(client, tag).await?;
                client.set_transaction_status(status.to_in_transaction_state());
            }
            Response::TransactionEnd(tag) => {
                send_execution_response(client, tag).await?;
                client.set_transaction_status(status.to_idle_state());
            }
            Response::Error(error) => return Err(PgWireError::UserError(error)),
            Response::CopyIn(_) | Response::CopyOut(_) | Response::CopyBoth(_) => {
                return Err(Fault::unsupported("COPY").into());
            }
        }
        Ok(())
    }

    async fn do_describe_portal<C>(
        &self,
        client: &mut C,
        target: &Portal<Prepared>,
    ) -> PgWireResult<DescribePortalResponse>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &target.statement.statement;
        let fields = match &statement.action {
            Action::Fetch(name, _) => cursor::find(client, name)?.statement.statement.fields(&Format::UnifiedText)?,
            _ => statement.fields(&target.result_column_format)?,
        };
        Ok(DescribePortalResponse::new(fields))
    }

    async fn do_query<C>(&self, client: &mut C, portal: &Portal<Prepared>, _max_rows: usize) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let statement = &portal.statement.statement;
        let aborted = client.transaction_status() == TransactionStatus::Error;
        if aborted && !matches!(statement.action, Action::Commit | Action::Rollback) {
            return Err(Fault::aborted().into());
        }
        let Some(plan) = statement.bound(portal)? else {
            return self.act(client, statement, aborted, &portal.result_column_format).await;
        };
        if let Action::Declare(_) = statement.action {
            let bound = Prepared { plan: Some(plan), ..statement.clone() };
            return self.act(client, &bound, aborted, &portal.result_column_format).await;
        }
        let pin = session_of(client).pin(&self.engine.store)?;
        self.run(client, plan, pin, &portal.result_column_format).await.map(Response::Query)
    }
}

impl Service {
    /// Does what is no question.
    async fn act<C>(
        &self,
        client: &mut C,
        statement: &Prepared,
        aborted: bool,
        format: &Format,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let session = session_of(client);
        match &statement.action {
            Action::Begin => {
                session.begin(self.transaction_lasts(), &self.threads);
                Ok(match client.transaction_status() {
                    TransactionStatus::Idle => Response::TransactionStart(Tag::new("BEGIN")),
                    _ => Response::Execution(Tag::new("BEGIN")),
                })
            }
            Action::Commit | Action::Rollback => {
                session.end();
                client.portal_store().clear_portals();
                let undone = aborted || statement.action == Action::Rollback;
                Ok(Response::TransactionEnd(Tag::new(if undone { "ROLLBACK" } else { "COMMIT" })))
            }
            Action::Acknowledge(tag) => Ok(Response::Execution(Tag::new(tag))),
            Action::DiscardAll => {
                talk::reset_all(client);
                Ok(Response::Execution(Tag::new("DISCARD ALL")))
            }
            Action::Set { name, value } => talk::set(client, name, value.as_deref()).await,
            Action::Show(name) => talk::show(client, name, format),
            Action::Declare(name) => self.declare(client, name, statement).await,
            Action::Fetch(name, rows) => cursor::fetch(client, name, *rows),
            Action::Close(name) => cursor::close(client, name.as_deref()),
            Action::Query => Err(Fault::new("XX000", "a question without a plan").into()),
        }
    }
}

async fn send_empty<C>(client: &mut C) -> PgWireResult<()>
where
    C: Sink<PgWireBackendMessage> + Unpin,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    client.feed(PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new())).await?;
    Ok(())
}

/// Hands on the rows of a portal one by one: a result is never held whole.
async fn send_rows<C>(client: &mut C, portal: &Portal<Prepared>, rows_max: Option<usize>) -> PgWireResult<()>
where
    C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
    C::Error: Debug,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let state = portal.state();
    let mut state = state.lock().await;
    let mut tag = "SELECT".to_owned();
    let mut sent = 0;
    if let PortalExecutionState::Suspended(response) = &mut *state {
        response.command_tag().clone_into(&mut tag);
        while rows_max.is_none_or(|rows_max| sent < rows_max) {
            let Some(row) = response.data_rows().next().await else { break };
            client.feed(PgWireBackendMessage::DataRow(row?)).await?;
            sent += 1;
        }
    }
    if rows_max == Some(sent) {
        client.feed(PgWireBackendMessage::PortalSuspended(PortalSuspended::new())).await?;
    } else {
        *state = PortalExecutionState::Finished;
        send_execution_response(client, Tag::new(&tag).with_rows(sent)).await?;
    }
    Ok(())
}
