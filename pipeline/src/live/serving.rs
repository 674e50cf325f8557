//! The servers of the live process.

use std::sync::Arc;

use axum::Router;
use tokio::runtime::Runtime;

use super::{Health, LiveError};
use crate::config::Plan;
use crate::snapshot::Store;
use crate::sql;

/// Servers that run until dropped.
pub(super) struct Servers {
    _sql: Option<sql::Running>,
}

/// Starts the servers that the configuration asks for.
pub(super) fn serve(
    plan: &Plan,
    runtime: &Runtime,
    store: &Arc<Store>,
    _health: &Arc<Health>,
    extra: Router,
) -> Result<Servers, LiveError> {
    if let Some(settings) = &plan.config.http {
        let listener = std::net::TcpListener::bind(&settings.listen)
            .map_err(|error| LiveError::Serve(format!("http.listen {}: {error}", settings.listen)))?;
        listener.set_nonblocking(true)?;
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, extra).await
        });
    }
    let sql = plan.config.sql.clone().map(|settings| sql::Server::start(settings, Arc::clone(store), runtime.handle()));
    let sql = sql.transpose().map_err(|error| LiveError::Serve(error.to_string()))?;
    Ok(Servers { _sql: sql })
}
