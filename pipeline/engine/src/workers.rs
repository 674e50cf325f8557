//! The workers of this process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};

use differential_dataflow::trace::ExertionLogic;
use landfall_operators::Tick;
use landfall_operators::audience::ViewSet;
use landfall_operators::operator::upsert::Saved;
use landfall_operators::outputs::Keeps;
use landfall_operators::settings::Settings;
use landfall_schemas::Timestamp;
use serde::{Deserialize, Serialize};
use timely::communication::WorkerGuards;
use timely::{CommunicationConfig, WorkerConfig};

use super::cluster::{self, Cluster};
use super::trouble::Trouble;
use super::worker::{self, Batch, Duty, Report};
use super::{Arrival, EngineError, TICKS_IN_FLIGHT};

/// What every worker has to know of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub(super) time: Tick,
    pub(super) clock: Timestamp,
    /// Whether a checkpoint is wanted as of this tick.
    pub(super) save: bool,
    /// Which views are read.
    pub(super) views: ViewSet,
}

/// The workers of this process.
pub(super) struct Workers {
    commands: Vec<SyncSender<Batch>>,
    guards: Option<WorkerGuards<()>>,
    trouble: Arc<Trouble>,
    names: Arc<OnceLock<Vec<&'static str>>>,
    is_cluster: bool,
}

impl Workers {
    /// Starts so many.
    pub(super) fn start(
        count: usize,
        settings: Settings,
        keeps: Keeps,
        cluster: Option<Cluster>,
        reports: SyncSender<Report>,
    ) -> Result<Workers, EngineError> {
        let (commands, receivers): (Vec<_>, Vec<_>) =
            (0..count).map(|_| sync_channel::<Batch>(TICKS_IN_FLIGHT)).unzip();
        let receivers: Mutex<Vec<Option<Receiver<Batch>>>> = Mutex::new(receivers.into_iter().map(Some).collect());
        let is_cluster = cluster.is_some();
        let trouble = cluster.as_ref().map_or_else(Arc::default, |cluster| Arc::clone(&cluster.trouble));
        let first = cluster.as_ref().map_or(0, |cluster| cluster.process() * count);
        let refused = |reason: String| EngineError::Start { workers: count, reason };
        let (builders, others) = match cluster {
            Some(cluster) => cluster.connected(count).map_err(|error| refused(error.to_string()))?,
            None if count == 1 => CommunicationConfig::Thread.try_build().map_err(refused)?,
            None => CommunicationConfig::Process(count).try_build().map_err(refused)?,
        };
        let names = Arc::new(OnceLock::new());
        let (worker_trouble, worker_names) = (Arc::clone(&trouble), Arc::clone(&names));
        let guards = timely::execute::execute_from(builders, others, worker_config(), move |worker| {
            let commands = receivers
                .lock()
                .expect("no worker panics while it takes its channel")
                .get_mut(worker.index() - first)
                .and_then(Option::take)
                .expect("each worker starts once");
            let duty = Duty {
                settings: &settings,
                keeps,
                commands: &commands,
                reports: &reports,
                trouble: &worker_trouble,
                names: &worker_names,
                pauses: is_cluster,
            };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| worker::run(worker, &duty))) {
                worker_trouble.panicked(panic_text(&*panic));
                resume_unwind(panic);
            }
        })
        .map_err(refused)?;
        Ok(Workers { commands, guards: Some(guards), trouble, names, is_cluster })
    }

    /// Hands over a tick, each worker a share of its records. Blocks while a worker has too many.
    pub(super) fn feed(
        &mut self,
        order: Order,
        mut arrivals: Vec<Arrival>,
        mut restored: Vec<Saved>,
    ) -> Result<(), EngineError> {
        let share = arrivals.len().div_ceil(self.commands.len());
        let restored_share = restored.len().div_ceil(self.commands.len());
        for worker in 0..self.commands.len() {
            let batch = Batch {
                order,
                arrivals: first_of(&mut arrivals, share),
                restored: first_of(&mut restored, restored_share),
            };
            if self.commands[worker].send(batch).is_err() {
                return Err(self.failure());
            }
        }
        Ok(())
    }

    /// Whether something went wrong.
    pub(super) fn is_stopping(&self) -> bool {
        self.trouble.is_stopping()
    }

    /// The operators that say their size; empty before the first tick has closed.
    pub(super) fn names(&self) -> &[&'static str] {
        self.names.get().map_or(&[], Vec::as_slice)
    }

    /// Ends the workers, who have nothing left to do.
    pub(super) fn finish(mut self) -> Result<(), EngineError> {
        self.commands.clear();
        let all_well = match self.guards.take() {
            Some(guards) if self.is_cluster => cluster::join(guards, &self.trouble),
            Some(guards) => guards.join().iter().all(Result::is_ok),
            None => true,
        };
        if all_well { Ok(()) } else { Err(self.failure()) }
    }

    /// Stops what still runs and says why a worker stopped.
    pub(super) fn failure(&mut self) -> EngineError {
        self.stop();
        // Joins the workers, so that every failure has been noted.
        drop(self.guards.take().map(WorkerGuards::join));
        self.trouble.error()
    }

    fn stop(&mut self) {
        self.trouble.stop();
        self.commands.clear();
        if self.is_cluster {
            // Threads that wait for a process that is gone would wait for ever; they end with this process.
            std::mem::forget(self.guards.take());
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if self.guards.is_some() {
            self.stop();
        }
    }
}

/// Takes the first `count` of a list, without copying where that is all.
fn first_of<T>(list: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = list.split_off(count.min(list.len()));
    std::mem::replace(list, rest)
}

/// What a worker said when it panicked.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked without a text".to_owned())
}

/// How much a trace merges at once beyond what its updates pay for.
const MERGE_EFFORT: usize = 1_000;
/// A trace whose smaller batches together are this part of its largest is worth merging into one.
const MERGE_SHARE: usize = 4;

/// Traces go on merging when no input arrives, so that memory levels off; but no more than what has changed is worth, so
/// that a single change does not rewrite a large trace.
fn worker_config() -> WorkerConfig {
    let mut config = WorkerConfig::default();
    config.set::<ExertionLogic>("differential/default_exert_logic".to_owned(), Arc::new(merge_effort));
    config
}

/// The effort to spend on a trace with these levels: index, number of batches (two are being merged), records.
fn merge_effort(levels: &[(usize, usize, usize)]) -> Option<usize> {
    let is_merging = levels.iter().any(|(_, batches, _)| *batches > 1);
    let total: usize = levels.iter().map(|(_, _, records)| records).sum();
    let largest = levels.iter().map(|(_, _, records)| *records).max().unwrap_or(0);
    (is_merging || (total - largest) * MERGE_SHARE > largest).then_some(MERGE_EFFORT)
}
