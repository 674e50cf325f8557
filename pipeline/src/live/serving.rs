//! The servers of the live process.

use std::sync::Arc;

use axum::Router;
use landfall_schemas::Timestamp;
use tokio::runtime::Runtime;

use super::{Health, LiveError};
use crate::cli::values;
use crate::config::Plan;
use landfall_serve::ServerInfo;
use landfall_snapshot::Store;

/// Servers that run until they are stopped.
pub(super) struct Servers {
    http: Option<landfall_serve::Server>,
    _sql: Option<landfall_sql::Running>,
}

impl Servers {
    /// Starts the servers that the configuration asks for.
    pub(super) fn start(
        plan: &Plan,
        runtime: &Runtime,
        store: &Arc<Store>,
        health: &Arc<Health>,
        extra: Router,
    ) -> Result<Servers, LiveError> {
        let http = plan.config.http.clone().map(|settings| {
            let (clock, health) = (Arc::clone(store), Arc::clone(health));
            let info = ServerInfo {
                // Where the clock is fixed, or ahead of the machine's, it is that.
                now: match plan.clock {
                    crate::config::ClockPlan::Fixed(time) => Arc::new(move || time),
                    crate::config::ClockPlan::Wall => {
                        Arc::new(move || values::now().max(clock.current().clock).max(Timestamp(0)))
                    }
                },
                readiness: Arc::new(move || health.reason().map_or(Ok(()), Err)),
                ..ServerInfo::new(&plan.settings)
            };
            runtime.block_on(landfall_serve::Server::start(settings, Arc::clone(store), info, extra))
        });
        let http = http.transpose().map_err(|error| LiveError::Serve(error.to_string()))?;
        if let Some(server) = &http {
            tracing::info!(url = server.url(), "serving HTTP");
        }
        let sql = plan
            .config
            .sql
            .clone()
            .map(|settings| landfall_sql::Server::start(settings, Arc::clone(store), runtime.handle()));
        let sql = sql.transpose().map_err(|error| LiveError::Serve(error.to_string()))?;
        if let Some(server) = &sql {
            tracing::info!(address = %server.address(), "serving SQL");
        }
        Ok(Servers { http, _sql: sql })
    }

    /// Ends connections in order.
    pub(super) fn stop(self, runtime: &Runtime) {
        if let Some(server) = self.http {
            runtime.block_on(server.stop());
        }
    }
}
