//! Runs the dataflow on a number of workers: ticks go in, closed ticks with the changes of every view come out.

mod traces;
mod worker;

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use landfall_operators::Tick;
use landfall_operators::document::AnyDoc;
use landfall_operators::operator::upsert::Saved;
pub use landfall_operators::outputs::Keeps;
use landfall_operators::outputs::Portion;
use landfall_operators::rows::Changes;
use landfall_operators::settings::Settings;
use landfall_schemas::{DataError, Event, RecordId, Timestamp};
use timely::WorkerConfig;
use timely::communication::WorkerGuards;

use worker::{Batch, Report};

/// Ticks that may be under way at once: enough to keep every worker busy, few enough to bound memory.
const TICKS_IN_FLIGHT: usize = 4;

/// One record as it arrived: where from, and the event or why it is none.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it came from.
    pub record: RecordId,
    /// What it says.
    pub outcome: Result<Event, DataError>,
}

/// What to feed in one tick.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Number of the tick; never less than the one before.
    pub tick: Tick,
    /// The clock at the tick. It never goes back: an earlier clock counts as the last one.
    pub clock: Timestamp,
    /// What arrived since the last tick.
    pub arrivals: Vec<Arrival>,
    /// What a checkpoint kept; only before any arrivals.
    pub restored: Vec<Saved>,
    /// Whether to hand out, with the closed tick, what changed since the last checkpoint.
    pub save: bool,
}

/// What a closed tick changed, consolidated, all views together.
#[derive(Clone, Debug)]
pub struct ClosedTick {
    /// Number of the tick.
    pub tick: Tick,
    /// The clock at the tick.
    pub clock: Timestamp,
    /// Changes of the views that changed; at most one entry a view.
    pub changes: Vec<Changes>,
    /// Documents that came into force (+1) or went (-1), where the engine keeps them.
    pub documents: Vec<(AnyDoc, isize)>,
    /// What changed since the last checkpoint, where one was asked for.
    pub saved: Option<Vec<Saved>>,
}

/// Why the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A worker could not be started.
    #[error("could not start {workers} workers: {reason}")]
    Start {
        /// How many were asked for.
        workers: usize,
        /// What the dataflow library said.
        reason: String,
    },
    /// A worker panicked.
    #[error("an engine worker stopped: {reason}; the output so far is incomplete")]
    Worker {
        /// What it said.
        reason: String,
    },
}

/// A running engine.
pub struct Engine {
    commands: Vec<SyncSender<Batch>>,
    reports: Receiver<Report>,
    stop: Arc<AtomicBool>,
    failures: Failures,
    guards: Option<WorkerGuards<()>>,
    /// Engine time: one up for each feed. Ticks of several feeds may share a number.
    time: Tick,
    last_tick: Tick,
    clock: Timestamp,
    in_flight: BTreeMap<Tick, InFlight>,
    sizes: Vec<Vec<(&'static str, usize)>>,
}

/// What workers said when they panicked.
type Failures = Arc<Mutex<Vec<String>>>;

struct InFlight {
    tick: Tick,
    clock: Timestamp,
    save: bool,
    reported: usize,
    portion: Portion,
}

impl Engine {
    /// Starts the workers; only changes of views are handed out.
    ///
    /// # Errors
    /// When a worker thread cannot be started.
    pub fn start(workers: usize, settings: Settings) -> Result<Engine, EngineError> {
        Engine::start_keeping(workers, settings, Keeps::default())
    }

    /// Starts the workers; what `keeps` says is handed out besides the changes of views.
    ///
    /// # Errors
    /// When a worker thread cannot be started.
    pub fn start_keeping(workers: usize, settings: Settings, keeps: Keeps) -> Result<Engine, EngineError> {
        let (commands, receivers): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| sync_channel::<Batch>(TICKS_IN_FLIGHT)).unzip();
        let receivers: Mutex<Vec<Option<Receiver<Batch>>>> = Mutex::new(receivers.into_iter().map(Some).collect());
        let (report, reports) = sync_channel(TICKS_IN_FLIGHT * workers + workers);
        let stop = Arc::new(AtomicBool::new(false));
        let stop_workers = Arc::clone(&stop);
        let failures = Failures::default();
        let worker_failures = Arc::clone(&failures);
        let communication = match workers {
            1 => timely::CommunicationConfig::Thread,
            _ => timely::CommunicationConfig::Process(workers),
        };
        let config = timely::Config { communication, worker: worker_config() };
        let guards = timely::execute(config, move |worker| {
            let commands = receivers
                .lock()
                .expect("no worker panics while it takes its channel")
                .get_mut(worker.index())
                .and_then(Option::take)
                .expect("each worker starts once");
            let run = AssertUnwindSafe(|| worker::run(worker, &settings, keeps, &commands, &report, &stop_workers));
            if let Err(panic) = catch_unwind(run) {
                worker_failures.lock().expect("nobody panics while noting a failure").push(panic_text(&*panic));
                resume_unwind(panic);
            }
        })
        .map_err(|reason| EngineError::Start { workers, reason })?;
        Ok(Engine {
            commands,
            reports,
            stop,
            failures,
            guards: Some(guards),
            time: 0,
            last_tick: 0,
            clock: Timestamp(i64::MIN),
            in_flight: BTreeMap::new(),
            sizes: vec![Vec::new(); workers],
        })
    }

    /// Hands over the next tick: the clock and what arrived since the last tick. The clock never goes back: an earlier
    /// clock counts as the last one.
    ///
    /// Blocks while too many ticks are in flight. Returns the ticks that closed meanwhile, oldest first.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn tick(&mut self, clock: Timestamp, arrivals: Vec<Arrival>) -> Result<Vec<ClosedTick>, EngineError> {
        self.feed(Feed { tick: self.last_tick + 1, clock, arrivals, restored: Vec::new(), save: false })
    }

    /// Hands over one tick.
    ///
    /// Blocks while too many ticks are in flight. Returns the ticks that closed meanwhile, oldest first.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn feed(&mut self, feed: Feed) -> Result<Vec<ClosedTick>, EngineError> {
        self.clock = self.clock.max(feed.clock);
        self.last_tick = self.last_tick.max(feed.tick);
        self.time += 1;
        let entry = InFlight {
            tick: self.last_tick,
            clock: self.clock,
            save: feed.save,
            reported: 0,
            portion: Portion::default(),
        };
        self.in_flight.insert(self.time, entry);
        let workers = self.commands.len();
        let share = feed.arrivals.len().div_ceil(workers);
        let restored_share = feed.restored.len().div_ceil(workers);
        let (mut arrivals, mut restored) = (feed.arrivals, feed.restored);
        for worker in 0..workers {
            let batch = Batch {
                time: self.time,
                clock: self.clock,
                arrivals: first_of(&mut arrivals, share),
                restored: first_of(&mut restored, restored_share),
                save: feed.save,
            };
            if self.commands[worker].send(batch).is_err() {
                return Err(self.worker_failure());
            }
        }
        let mut closed = Vec::new();
        while self.in_flight.len() >= TICKS_IN_FLIGHT {
            let report = self.reports.recv().map_err(|_| self.worker_failure())?;
            closed.extend(self.take_in(report));
        }
        while let Ok(report) = self.reports.try_recv() {
            closed.extend(self.take_in(report));
        }
        Ok(closed)
    }

    /// Waits for every tick in flight. Returns the ticks that closed meanwhile.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn settle(&mut self) -> Result<Vec<ClosedTick>, EngineError> {
        let mut closed = Vec::new();
        while !self.in_flight.is_empty() {
            let report = self.reports.recv().map_err(|_| self.worker_failure())?;
            closed.extend(self.take_in(report));
        }
        Ok(closed)
    }

    /// Waits for every tick in flight and stops the workers. Returns the ticks that closed meanwhile.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn finish(mut self) -> Result<Vec<ClosedTick>, EngineError> {
        let closed = self.settle()?;
        self.commands.clear();
        let stopped = self.guards.take().map(WorkerGuards::join).into_iter().flatten().any(|result| result.is_err());
        if stopped { Err(self.worker_failure()) } else { Ok(closed) }
    }

    /// How many entries each operator keeps, and under `Traces` all arrangements, over all workers, as of the last
    /// closed tick.
    pub fn sizes(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = BTreeMap::new();
        for (name, size) in self.sizes.iter().flatten() {
            *sums.entry(*name).or_insert(0) += size;
        }
        sums
    }

    fn take_in(&mut self, report: Report) -> Option<ClosedTick> {
        self.sizes[report.worker] = report.sizes;
        let workers = self.commands.len();
        let entry = self.in_flight.get_mut(&report.time).expect("workers report only ticks they were given");
        entry.reported += 1;
        entry.portion.changes.extend(report.portion.changes);
        entry.portion.documents.extend(report.portion.documents);
        entry.portion.saved.extend(report.portion.saved);
        if entry.reported < workers {
            return None;
        }
        let InFlight { tick, clock, save, portion, .. } =
            self.in_flight.remove(&report.time).expect("it was just found");
        let changes = if workers == 1 { portion.changes } else { Changes::merged(portion.changes) };
        Some(ClosedTick { tick, clock, changes, documents: portion.documents, saved: save.then_some(portion.saved) })
    }

    /// Stops what still runs and says why a worker stopped.
    fn worker_failure(&mut self) -> EngineError {
        self.stop.store(true, Ordering::Release);
        self.commands.clear();
        // Joins the workers, so that every failure has been noted.
        drop(self.guards.take().map(WorkerGuards::join));
        let reasons = self.failures.lock().expect("nobody panics while noting a failure");
        EngineError::Worker { reason: reasons.join("; ") }
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

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.commands.clear();
    }
}

/// Traces go on merging when no input arrives, so that memory levels off.
fn worker_config() -> WorkerConfig {
    let mut config = WorkerConfig::default();
    differential_dataflow::configure(
        &mut config,
        &differential_dataflow::Config::default().idle_merge_effort(Some(1000)),
    );
    config
}
