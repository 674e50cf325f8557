//! The servers of the live process.

use std::sync::Arc;

use axum::Router;
use tokio::runtime::Runtime;

use super::{Health, LiveError};
use crate::config::Plan;
use crate::snapshot::Store;

/// Servers that run until dropped.
pub(super) struct Servers;

/// Starts the servers that the configuration asks for.
pub(super) fn serve(
    plan: &Plan,
    runtime: &Runtime,
    _store: &Arc<Store>,
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
    Ok(Servers)
}
