//! Runs the dataflow on a number of workers: ticks go in, closed ticks with the changes of every view come out.

mod cluster;
mod traces;
mod trouble;
mod worker;
mod workers;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, sync_channel};

use landfall_operators::Tick;
pub use landfall_operators::audience::ViewSet;
use landfall_operators::change::Change;
use landfall_operators::document::AnyDoc;
use landfall_operators::operator::upsert::Saved;
pub use landfall_operators::outputs::Keeps;
use landfall_operators::outputs::Portion;
use landfall_operators::rows::Changes;
use landfall_operators::settings::Settings;
use landfall_schemas::{DataError, Event, RecordId, Timestamp};

pub use cluster::{Cluster, Command, Link, Watch, follow};
pub use worker::Report;
pub use workers::Order;
use workers::Workers;

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
    /// Of which views changes are handed out: rows of others are not made. A tick with other views than the one before it waits
    /// until that has closed.
    pub views: ViewSet,
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
    /// What became of the documents in force, where the engine keeps them.
    pub documents: Vec<Change<AnyDoc>>,
    /// What changed since the last checkpoint, where one was asked for.
    pub saved: Option<Vec<Saved>>,
}

impl ClosedTick {
    /// How many rows come or go, over all views.
    pub fn changed_rows(&self) -> usize {
        self.changes.iter().map(Changes::len).sum()
    }
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
    /// Another process of the cluster is gone.
    #[error("process {process} ({address}) is lost: {reason}; no process goes on without it")]
    Lost {
        /// Its number.
        process: usize,
        /// Its address.
        address: String,
        /// What was seen of it last.
        reason: String,
    },
}

/// A running engine.
pub struct Engine {
    workers: Workers,
    /// Where the other processes are told of ticks.
    followers: Vec<Sender<Command>>,
    reports: Receiver<Report>,
    /// Engine time: one up for each feed. Ticks of several feeds may share a number.
    time: Tick,
    last_tick: Tick,
    clock: Timestamp,
    in_flight: BTreeMap<Tick, InFlight>,
    /// What each worker of all processes keeps.
    sizes: Vec<Vec<usize>>,
}

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
        let (report, reports) = sync_channel(reports_max(workers));
        let threads = Workers::start(workers, settings, keeps, None, report)?;
        Ok(Engine::of(threads, workers, Vec::new(), reports))
    }

    /// Starts the workers of this process, which leads others: each follower gets every command, and its workers' reports
    /// are handed to the second value.
    ///
    /// # Errors
    /// When a worker thread cannot be started.
    pub fn start_leading(
        workers: usize,
        settings: Settings,
        keeps: Keeps,
        cluster: Cluster,
        followers: Vec<Sender<Command>>,
    ) -> Result<(Engine, SyncSender<Report>), EngineError> {
        let all = workers * cluster.processes();
        let (report, reports) = sync_channel(reports_max(all));
        let threads = Workers::start(workers, settings, keeps, Some(cluster), report.clone())?;
        Ok((Engine::of(threads, all, followers, reports), report))
    }

    fn of(workers: Workers, count: usize, followers: Vec<Sender<Command>>, reports: Receiver<Report>) -> Engine {
        Engine {
            workers,
            followers,
            reports,
            time: 0,
            last_tick: 0,
            clock: Timestamp(i64::MIN),
            in_flight: BTreeMap::new(),
            sizes: vec![Vec::new(); count],
        }
    }

    /// Hands over the next tick: the clock and what arrived since the last tick. The clock never goes back: an earlier
    /// clock counts as the last one.
    ///
    /// Blocks while too many ticks are in flight. Returns the ticks that closed meanwhile, oldest first.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn tick(&mut self, clock: Timestamp, arrivals: Vec<Arrival>) -> Result<Vec<ClosedTick>, EngineError> {
        let tick = self.last_tick + 1;
        self.feed(Feed { tick, clock, arrivals, restored: Vec::new(), save: false, views: ViewSet::ALL })
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
        let order = Order { time: self.time, clock: self.clock, save: feed.save, views: feed.views };
        if self.followers.iter().any(|follower| follower.send(Command::Tick(order)).is_err()) {
            return Err(self.workers.failure());
        }
        self.workers.feed(order, feed.arrivals, feed.restored)?;
        let mut closed = Vec::new();
        while self.in_flight.len() >= TICKS_IN_FLIGHT {
            let report = self.next_report()?;
            closed.extend(self.take_in(report));
        }
        closed.extend(self.poll()?);
        Ok(closed)
    }

    /// How many ticks are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Returns the ticks that have closed, oldest first, without waiting for others.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn poll(&mut self) -> Result<Vec<ClosedTick>, EngineError> {
        if self.workers.is_stopping() {
            return Err(self.workers.failure());
        }
        let mut closed = Vec::new();
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
        if self.workers.is_stopping() {
            return Err(self.workers.failure());
        }
        let mut closed = Vec::new();
        while !self.in_flight.is_empty() {
            let report = self.next_report()?;
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
        if self.followers.iter().any(|follower| follower.send(Command::End).is_err()) {
            return Err(self.workers.failure());
        }
        self.workers.finish()?;
        Ok(closed)
    }

    /// The same for a process that is about to end: workers that nobody waits for are not stopped, because giving back their
    /// memory piece by piece takes seconds for each million of shipments.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn leave(mut self) -> Result<Vec<ClosedTick>, EngineError> {
        if !self.followers.is_empty() {
            return self.finish();
        }
        let closed = self.settle()?;
        std::mem::forget(self);
        Ok(closed)
    }

    /// How many entries each operator keeps, and under `Traces` all arrangements, over all workers, as of the last
    /// closed tick.
    pub fn sizes(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = BTreeMap::new();
        for sizes in &self.sizes {
            for (name, size) in self.workers.names().iter().zip(sizes) {
                *sums.entry(*name).or_insert(0) += size;
            }
        }
        sums
    }

    /// Waits for what the next worker says.
    fn next_report(&mut self) -> Result<Report, EngineError> {
        loop {
            match self.reports.recv_timeout(cluster::GLANCE) {
                Ok(report) => return Ok(report),
                Err(RecvTimeoutError::Timeout) if !self.workers.is_stopping() => {}
                Err(_) => return Err(self.workers.failure()),
            }
        }
    }

    fn take_in(&mut self, report: Report) -> Option<ClosedTick> {
        self.sizes[report.worker] = report.sizes;
        let workers = self.sizes.len();
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
}

/// How many reports may wait: one of each worker for each tick under way, and one more.
fn reports_max(workers: usize) -> usize {
    TICKS_IN_FLIGHT * workers + workers
}
