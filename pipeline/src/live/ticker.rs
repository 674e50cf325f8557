//! The thread that makes ticks.
//!
//! A tick takes what the partitions delivered, becomes durable in the tick log, and only then goes into the engine. After a
//! crash the logged ticks are made again, with the same records and the same clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use landfall_engine::{Arrival, Engine, Feed};
use landfall_operators::Tick;
use landfall_schemas::Timestamp;

use super::inputs::Inputs;
use super::outputs::{Fed, Outputs};
use super::{Health, LiveError, Phase};
use crate::checkpoint::{Manifest, Objects, Owned, StoreError, TickRecord};
use crate::config::ClockPlan;
use crate::failpoint;
use crate::sink::DeadLetter;
use crate::source::feed::Taken;

/// Entries of a checkpoint that are restored at once: those of some 7,000 shipments. A part holds nearly all that speaks of its
/// shipments, so larger ones save next to nothing; they leave the caches, and what follows from a part waits in memory.
const RESTORED_AT_ONCE: usize = 100_000;
/// The engine has enough to do with so many ticks: one that it makes, and one that waits.
const TICKS_AHEAD: usize = 2;
/// How long to wait for the engine before looking again what has come meanwhile.
const GATHER_PAUSE: Duration = Duration::from_millis(5);
/// Where ticks are to follow one another sooner than this, they do so while they leave half of the time to others: what a tick costs
/// by itself is then no large part of all work, however much arrives.
const UNHURRIED: Duration = Duration::from_millis(100);
/// While nothing arrives, a tick tells the time this often.
const IDLE_INTERVAL: Duration = Duration::from_secs(1);
/// The part whose alarm says that ticks wait for the store.
const TICK_LOG_ALARM: &str = "tick log";
const MEASURE_INTERVAL: Duration = Duration::from_secs(5);
/// While catching up, readers see a newer state this often.
const SHOW_INTERVAL: Duration = Duration::from_secs(1);

/// Makes ticks.
pub(super) struct Ticker {
    pub(super) engine: Engine,
    pub(super) inputs: Inputs,
    pub(super) outputs: Outputs,
    pub(super) health: Arc<Health>,
    pub(super) clock: ClockPlan,
    pub(super) interval: Duration,
    pub(super) records_max: usize,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) owned: Owned,
    /// The newest tick and its clock.
    pub(super) tick: Tick,
    pub(super) now: Timestamp,
    /// When the newest tick began, and how long after that it and all before it had closed.
    pub(super) began: Instant,
    pub(super) took: Duration,
}

impl Ticker {
    /// Brings back what a checkpoint kept.
    pub(super) fn restore(&mut self, manifest: &Manifest, objects: &Objects) -> Result<(), LiveError> {
        let started = Instant::now();
        (self.tick, self.now) = (manifest.tick, manifest.clock());
        let (tick, clock) = (self.tick, self.now);
        let (engine, outputs) = (&mut self.engine, &self.outputs);
        let views = outputs.restored_views;
        let mut read_seconds = None;
        manifest.restore(objects, RESTORED_AT_ONCE, |part| {
            read_seconds.get_or_insert_with(|| started.elapsed().as_secs_f64());
            let dead = part.dead_letters.into_iter();
            let arrivals = dead.map(|(record, error)| Arrival { record, outcome: Err(error) }).collect();
            let feed = Feed { tick, clock, arrivals, restored: part.saved, save: false, views };
            for closed in engine.feed(feed)? {
                outputs.restored(closed)?;
            }
            Ok::<(), LiveError>(())
        })?;
        for closed in self.engine.settle()? {
            self.outputs.restored(closed)?;
        }
        self.outputs.publisher.show_now()?;
        let seconds = started.elapsed().as_secs_f64();
        tracing::info!(tick, seconds, read_seconds, "restored the checkpoint");
        Ok(())
    }

    /// Makes the logged ticks again. Returns whether all of them were made: if told to stop before, no other tick may follow.
    pub(super) fn repeat(&mut self, records: Vec<TickRecord>) -> Result<bool, LiveError> {
        let count = records.len();
        for (done, record) in records.into_iter().enumerate() {
            self.health.set(Phase::Repeating { ticks_left: count - done });
            let taken = loop {
                if let Some(taken) = self.inputs.take_logged(&record, &self.outputs.metrics)? {
                    break taken;
                }
                if self.stop.load(Ordering::Acquire) {
                    return Ok(false);
                }
                // Here too it shows when the engine has stopped.
                self.settle()?;
                self.inputs.bell.wait(Duration::from_millis(50));
            };
            (self.tick, self.now) = (record.tick, Timestamp(record.clock_ms));
            self.feed(record, taken, false)?;
        }
        if count > 0 {
            tracing::info!(ticks = count, tick = self.tick, "repeated the ticks since the checkpoint");
        }
        Ok(true)
    }

    /// Ends without another tick: what is durable stays as it is, and processes that follow end in order.
    pub(super) fn leave(self) -> Result<(), LiveError> {
        self.engine.finish()?;
        Ok(())
    }

    /// Makes ticks until told to stop; then a last one that is a checkpoint.
    pub(super) fn run(mut self) -> Result<(), LiveError> {
        let mut looked = Looked { measured: Instant::now(), shown: Instant::now() };
        self.health.set(Phase::CatchingUp { behind: self.inputs.behind() });
        while !self.stop.load(Ordering::Acquire) {
            self.health.goes_round();
            let waits = self.inputs.has_records()?;
            let due = if waits { self.interval() } else { IDLE_INTERVAL };
            let catching_up = waits && self.inputs.behind() > 0 && self.health.phase() != Phase::Ready;
            if self.began.elapsed() < due && !catching_up {
                self.settle()?;
                // Records that come sooner than the tick is due still wait for it: a tick is a batch.
                if waits {
                    std::thread::sleep(self.interval().saturating_sub(self.began.elapsed()))
                } else {
                    self.inputs.bell.wait(self.interval)
                }
                self.look_around(&mut looked)?;
                continue;
            }
            self.live_tick(self.outputs.wants_checkpoint())?;
            self.look_around(&mut looked)?;
        }
        self.health.set(Phase::Stopping);
        self.live_tick(true)?;
        self.settle()?;
        self.outputs.finish()?;
        drop(self.inputs);
        self.engine.leave()?;
        Ok(())
    }

    /// How long after the newest tick the next is due.
    fn interval(&self) -> Duration {
        self.interval.max(UNHURRIED.min(2 * self.took))
    }

    fn live_tick(&mut self, save: bool) -> Result<(), LiveError> {
        self.began = Instant::now();
        let taken = self.gather()?;
        let now = match self.clock {
            ClockPlan::Wall => crate::cli::values::now(),
            ClockPlan::Fixed(time) => time,
        };
        let clock = self.now.max(now);
        if taken.records == 0 && clock == self.now && !save {
            return Ok(());
        }
        (self.tick, self.now) = (self.tick + 1, clock);
        let record = TickRecord { tick: self.tick, clock_ms: clock.0, positions: self.inputs.positions.clone() };
        failpoint::reach("before-tick-log");
        let started = Instant::now();
        self.append(&record)?;
        self.outputs.metrics.tick_log_seconds.observe(started.elapsed().as_secs_f64());
        failpoint::reach("after-tick-log");
        self.feed(record, taken, save)
    }

    /// Takes what waits. While the engine has enough to do it goes on taking what comes: the more records a tick has, the less
    /// each of them costs, for what replaces one another or belongs together then comes at once.
    fn gather(&mut self) -> Result<Taken, LiveError> {
        let mut taken = Taken::default();
        loop {
            self.health.goes_round();
            self.inputs.take(self.records_max, &mut taken, &self.outputs.metrics)?;
            for closed in self.engine.poll()? {
                self.outputs.closed(closed)?;
            }
            if self.engine.in_flight() < TICKS_AHEAD || self.stop.load(Ordering::Acquire) {
                return Ok(taken);
            }
            std::thread::sleep(GATHER_PAUSE);
        }
    }

    /// Appends to the tick log. While the store does not take it nothing moves, and nothing is lost.
    fn append(&mut self, record: &TickRecord) -> Result<(), LiveError> {
        loop {
            let reason = match self.owned.is_safe()? {
                true => match self.outputs.log.append(record) {
                    Ok(()) => {
                        self.outputs.alarms.clear(TICK_LOG_ALARM);
                        return Ok(());
                    }
                    Err(error @ StoreError::Conflict { .. }) => return Err(error.into()),
                    Err(error) => error.to_string(),
                },
                false => "the lease of the state could not be renewed in time".to_owned(),
            };
            tracing::error!(reason, "the tick log cannot be written; trying again, and nothing is read meanwhile");
            self.outputs.alarms.raise(TICK_LOG_ALARM, &reason);
            if self.stop.load(Ordering::Acquire) {
                // The tick is not durable, so it has not happened: its records are read again.
                return Err(LiveError::Unwritable { reason });
            }
            std::thread::sleep(IDLE_INTERVAL);
        }
    }

    fn feed(&mut self, record: TickRecord, taken: Taken, save: bool) -> Result<(), LiveError> {
        let metrics = &self.outputs.metrics;
        metrics.tick_records.observe(taken.records as f64);
        let errors =
            taken.arrivals.iter().filter_map(|arrival| Some((arrival.record, arrival.outcome.as_ref().err()?)));
        let mut raw = taken.raw.into_iter().peekable();
        let mut dead_letters: Vec<DeadLetter> = Vec::new();
        for (place, error) in errors {
            while raw
                .next_if(|(at, _)| *at != place && dead_letters.last().is_none_or(|last| last.record != place))
                .is_some()
            {}
            let bytes = raw.next_if(|(at, _)| *at == place).map(|(_, raw)| raw);
            let bytes = bytes.or_else(|| dead_letters.last().map(|last| last.raw.clone())).unwrap_or_default();
            dead_letters.push(DeadLetter { record: place, error: error.clone(), raw: bytes });
        }
        let feed = Feed {
            tick: record.tick,
            clock: Timestamp(record.clock_ms),
            arrivals: taken.arrivals,
            restored: Vec::new(),
            save,
            views: self.outputs.views,
        };
        self.outputs.fed.push_back(Fed { record: Arc::new(record), dead_letters, at: Instant::now() });
        for closed in self.engine.feed(feed)? {
            self.outputs.closed(closed)?;
        }
        if save || !self.inputs.has_records()? {
            self.settle()?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), LiveError> {
        let is_under_way = self.engine.in_flight() > 0;
        for closed in self.engine.settle()? {
            self.outputs.closed(closed)?;
        }
        if is_under_way {
            self.took = self.began.elapsed();
        }
        Ok(())
    }

    fn look_around(&mut self, looked: &mut Looked) -> Result<(), LiveError> {
        self.outputs.look_at_checkpoint(&mut self.inputs)?;
        self.inputs.look_for_partitions()?;
        self.inputs.measure_lag(&self.outputs.metrics);
        if self.health.phase() != Phase::Ready {
            match self.inputs.behind() {
                0 => {
                    self.outputs.catching_up = false;
                    self.outputs.publisher.show_now()?;
                    tracing::info!(tick = self.tick, "caught up: ready");
                    self.health.set(Phase::Ready);
                }
                behind => self.health.set(Phase::CatchingUp { behind }),
            }
            if looked.shown.elapsed() >= SHOW_INTERVAL {
                looked.shown = Instant::now();
                self.outputs.publisher.show()?;
            }
        }
        if looked.measured.elapsed() >= MEASURE_INTERVAL {
            looked.measured = Instant::now();
            let sizes = self.engine.sizes();
            self.outputs.measure(&sizes);
        }
        Ok(())
    }
}

/// When the ticker last did what is not done at every tick.
struct Looked {
    measured: Instant,
    shown: Instant,
}
