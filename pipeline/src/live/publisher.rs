//! Takes closed ticks in for readers, on a thread of its own.
//!
//! What a tick changes takes longer to be taken in than to be told: meanwhile the engine makes the next tick, and sinks write.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use landfall_engine::ClosedTick;
use landfall_operators::rows::View;
use landfall_snapshot::Store;

use super::LiveError;
use crate::budget::Budget;
use crate::telemetry::Metrics;

/// What may wait for the thread besides so many rows; then the engine waits too.
const WAITING_MAX: usize = 64;

enum Job {
    /// Part of what a checkpoint brings back.
    Restored(Arc<ClosedTick>),
    /// A tick that was fed then. Readers see it, unless it is one of many that follow one another at once.
    Closed { closed: Arc<ClosedTick>, fed: Instant, catching_up: bool },
    /// Readers are to see what was taken in; whoever waits for that is told.
    Show(Option<SyncSender<()>>),
}

impl Job {
    fn rows(&self) -> usize {
        match self {
            Job::Restored(closed) | Job::Closed { closed, .. } => closed.changed_rows(),
            Job::Show(_) => 0,
        }
    }
}

/// The thread that writes the snapshots, and what waits for it.
pub(super) struct Publisher {
    store: Arc<Store>,
    jobs: Option<SyncSender<Job>>,
    budget: Arc<Budget>,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts the thread.
    pub(super) fn start(store: Arc<Store>, metrics: Arc<Metrics>) -> std::io::Result<Publisher> {
        let (jobs, receiver) = sync_channel(WAITING_MAX);
        let budget = Arc::new(Budget::default());
        let work = Work { store: Arc::clone(&store), metrics, budget: Arc::clone(&budget) };
        let thread = std::thread::Builder::new().name("publisher".to_owned()).spawn(move || work.run(&receiver))?;
        Ok(Publisher { store, jobs: Some(jobs), budget, thread: Some(thread) })
    }

    /// The views that are served.
    pub(super) fn served(&self) -> &[View] {
        self.store.served()
    }

    /// Hands over part of what a checkpoint brings back; waits while too many rows wait already.
    pub(super) fn restored(&self, closed: Arc<ClosedTick>) -> Result<(), LiveError> {
        self.send(Job::Restored(closed))
    }

    /// Hands over a tick that was fed then; waits while too many rows wait already.
    pub(super) fn closed(&self, closed: Arc<ClosedTick>, fed: Instant, catching_up: bool) -> Result<(), LiveError> {
        self.send(Job::Closed { closed, fed, catching_up })
    }

    /// Lets readers see what was handed over, once it has been taken in.
    pub(super) fn show(&self) -> Result<(), LiveError> {
        self.send(Job::Show(None))
    }

    /// Waits until readers see what was handed over.
    pub(super) fn show_now(&self) -> Result<(), LiveError> {
        let (shown, seen) = sync_channel(1);
        self.send(Job::Show(Some(shown)))?;
        seen.recv().map_err(|_| LiveError::Publisher)
    }

    /// Takes in what waits and ends the thread.
    pub(super) fn finish(mut self) -> Result<(), LiveError> {
        self.jobs = None;
        let ended = self.thread.take().map(JoinHandle::join);
        ended.map_or(Ok(()), |ended| ended.map_err(|_| LiveError::Publisher))
    }

    fn send(&self, job: Job) -> Result<(), LiveError> {
        let has_gone = || self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        self.budget.add(job.rows(), has_gone);
        match self.jobs.as_ref().map(|jobs| jobs.send(job)) {
            Some(Ok(())) => Ok(()),
            _ => Err(LiveError::Publisher),
        }
    }
}

struct Work {
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    budget: Arc<Budget>,
}

impl Work {
    fn run(&self, jobs: &Receiver<Job>) {
        View::ALL.iter().for_each(|view| self.measure(*view));
        for job in jobs {
            // What is being taken in is in memory twice, so it counts as waiting.
            let rows = job.rows();
            match job {
                Job::Restored(closed) => {
                    self.store.restore(&closed);
                    self.changed(&closed);
                }
                Job::Closed { closed, fed, catching_up: true } => {
                    self.store.catch_up(Arc::clone(&closed));
                    self.count(&closed, fed);
                }
                Job::Closed { closed, fed, catching_up: false } => {
                    self.store.publish(Arc::clone(&closed));
                    self.count(&closed, fed);
                }
                Job::Show(waiting) => {
                    self.store.show();
                    waiting.map(|waiting| waiting.send(()).ok());
                }
            }
            self.budget.take(rows);
        }
    }

    fn count(&self, closed: &ClosedTick, fed: Instant) {
        let metrics = &self.metrics;
        metrics.ticks.inc();
        let tick = i64::try_from(closed.tick).unwrap_or(i64::MAX);
        metrics.tick.set(tick);
        metrics.tick_seconds.observe(fed.elapsed().as_secs_f64());
        metrics.lag_ms.set(crate::cli::values::now().0 - closed.clock.0);
        for changes in &closed.changes {
            metrics.view_tick.with_label_values(&[changes.view().as_str()]).set(tick);
        }
        self.changed(closed);
    }

    /// Notes how many rows the views have that a tick changed.
    fn changed(&self, closed: &ClosedTick) {
        closed.changes.iter().for_each(|changes| self.measure(changes.view()));
    }

    fn measure(&self, view: View) {
        let rows = i64::try_from(self.store.len(view)).unwrap_or(i64::MAX);
        self.metrics.view_rows.with_label_values(&[view.as_str()]).set(rows);
    }
}
