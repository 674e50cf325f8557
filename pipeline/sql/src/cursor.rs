//! Cursors: `DECLARE`, `FETCH`, `CLOSE`. A cursor is a portal with a name, and sees one tick.

use std::sync::Arc;

use futures::{StreamExt, stream};
use pgwire::api::portal::{Format, Portal, PortalExecutionState};
use pgwire::api::results::{QueryResponse, Response, Tag};
use pgwire::api::stmt::StoredStatement;
use pgwire::api::store::{Entry, MemPortalStore, PortalStore};
use pgwire::api::{ClientInfo, ClientPortalStore};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::data::DataRow;
use pgwire::types::format::FormatOptions;

use super::engine::Limits;
use super::fault::Fault;
use super::guard::Action;
use super::service::{Prepared, Service, session_of};

type Portals = MemPortalStore<Prepared>;

impl Service {
    /// Makes a cursor. It lasts as long as a transaction may.
    pub async fn declare<C>(&self, client: &C, name: &str, statement: &Prepared) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore,
        C::PortalStore: PortalStore,
    {
        let Some(plan) = statement.plan.clone() else {
            return Err(Fault::unsupported("a cursor without a query").into());
        };
        let session = session_of(client);
        let limits = Limits::new(self.transaction_lasts(), &session);
        let pin = session.pin(&self.engine.store)?;
        let options = FormatOptions::from_client_metadata(client.metadata());
        let rows = self.engine.run(limits, plan.clone(), pin, &Format::UnifiedText, options).await?;
        let question = Prepared { action: Action::Query, plan: Some(plan) };
        let stored = StoredStatement::new(name.to_owned(), question, Vec::new());
        let portal = Portal::new_cursor(name.to_owned(), Arc::new(stored));
        portal.start(rows).await;
        portals(client)?.put_portal(Arc::new(portal));
        Ok(Response::Execution(Tag::new("DECLARE CURSOR")))
    }
}

/// The cursor of that name.
pub(super) fn find<C>(client: &C, name: &str) -> PgWireResult<Arc<Portal<Prepared>>>
where
    C: ClientPortalStore,
    C::PortalStore: PortalStore,
{
    match portals(client)?.get_portal(name) {
        Some(Entry::Value(portal)) => Ok(portal),
        _ => Err(missing(name).into()),
    }
}

/// The next rows of a cursor, or all that are left.
pub(super) fn fetch<C>(client: &C, name: &str, rows: Option<usize>) -> PgWireResult<Response>
where
    C: ClientPortalStore,
    C::PortalStore: PortalStore,
{
    let portal = find(client, name)?;
    let fields = portal.statement.statement.fields(&Format::UnifiedText)?;
    let fetched = stream::unfold((portal, rows), |(portal, left)| async move {
        if left == Some(0) {
            return None;
        }
        let row = next_row(&portal).await?;
        Some((row, (portal, left.map(|left| left - 1))))
    });
    let mut response = QueryResponse::new(Arc::new(fields), fetched);
    response.set_command_tag("FETCH");
    Ok(Response::Query(response))
}

async fn next_row(portal: &Portal<Prepared>) -> Option<PgWireResult<DataRow>> {
    let state = portal.state();
    let mut state = state.lock().await;
    let row = match &mut *state {
        PortalExecutionState::Suspended(response) => response.data_rows().next().await,
        PortalExecutionState::Finished => return None,
        PortalExecutionState::Initial => return Some(Err(PgWireError::PortalNotStarted)),
    };
    if row.is_none() {
        *state = PortalExecutionState::Finished;
    }
    row
}

/// Forgets a cursor, or all.
pub(super) fn close<C>(client: &C, name: Option<&str>) -> PgWireResult<Response>
where
    C: ClientPortalStore,
    C::PortalStore: PortalStore,
{
    match name {
        Some(name) => {
            let _exists = find(client, name)?;
            client.portal_store().rm_portal(name);
        }
        None => client.portal_store().clear_portals(),
    }
    Ok(Response::Execution(Tag::new(if name.is_some() { "CLOSE CURSOR" } else { "CLOSE CURSOR ALL" })))
}

fn portals<C>(client: &C) -> PgWireResult<&Portals>
where
    C: ClientPortalStore,
    C::PortalStore: PortalStore,
{
    let portals = client.portal_store().as_any().downcast_ref::<Portals>();
    portals.ok_or_else(|| Fault::unsupported("a cursor on this connection").into())
}

fn missing(name: &str) -> Fault {
    Fault::new("34000", format!("cursor \"{name}\" does not exist"))
}
