//! The process as one of several that is not the first: it has workers and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::LiveError;
use super::start::on_signal;
use crate::cluster::{Asking, Facts, JoinError, follow, join};
use crate::config::{ClusterPlan, Plan};

/// Runs until the leader ends, in order, or another process is lost.
///
/// # Errors
/// What is wrong. This process has nothing that could be lost.
pub(super) fn run(plan: &Plan, cluster: &ClusterPlan) -> Result<(), LiveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (stop, asking) = (Arc::new(AtomicBool::new(false)), Asking::default());
    let (stopping, asked) = (Arc::clone(&stop), asking.clone());
    on_signal(&runtime, plan, move || {
        tracing::info!("asked to stop: so will all processes");
        stopping.store(true, Ordering::Release);
        asked.stop();
    });
    let facts = Facts::of(cluster, plan.workers, &plan.settings).map_err(JoinError::System)?;
    let Some(joined) = join(cluster, &facts, &stop)? else {
        return Ok(());
    };
    follow(joined, plan.workers, &plan.settings, &asking)?;
    tracing::info!("the leader has ended, and so does this process");
    Ok(())
}
