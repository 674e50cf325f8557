//! Where closed ticks go: readers, sinks, checkpoints.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use landfall_engine::{ClosedTick, ViewSet};
use landfall_operators::Tick;
use landfall_schemas::{DataError, RecordId};

use super::LiveError;
use super::inputs::Inputs;
use super::publisher::Publisher;
use crate::checkpoint::{CheckpointJob, CheckpointWriter, Positions, TickLog, TickRecord};
use crate::sink::{DeadLetter, KafkaSinkHandle, Outgoing};
use crate::telemetry::{Alarms, Metrics};

/// A tick that has been fed and has not closed yet.
pub(super) struct Fed {
    pub(super) record: Arc<TickRecord>,
    pub(super) dead_letters: Vec<DeadLetter>,
    pub(super) at: Instant,
}

/// Where closed ticks go.
pub(super) struct Outputs {
    pub(super) publisher: Publisher,
    pub(super) sinks: Vec<KafkaSinkHandle>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) checkpoints: CheckpointWriter,
    pub(super) log: TickLog,
    pub(super) alarms: Arc<Alarms>,
    pub(super) fed: VecDeque<Fed>,
    /// Whether ticks follow one another as fast as they can: readers then see only some of them.
    pub(super) catching_up: bool,
    /// What somebody reads of a tick.
    pub(super) views: ViewSet,
    /// What somebody reads of what a checkpoint brings back: a sink whose topics are whole goes on by changes alone.
    pub(super) restored_views: ViewSet,
    /// Records since the last checkpoint that are no events.
    unsaved: Vec<(Tick, RecordId, DataError)>,
    /// The checkpoint that is being written, with its positions.
    under_way: Option<(Tick, Positions)>,
    checkpointed_at: Instant,
    interval: Duration,
}

impl Outputs {
    pub(super) fn new(
        publisher: Publisher,
        sinks: Vec<KafkaSinkHandle>,
        metrics: Arc<Metrics>,
        checkpoints: CheckpointWriter,
        log: TickLog,
        alarms: Arc<Alarms>,
        interval: Duration,
    ) -> Outputs {
        let read_with = |lacking_only: bool| {
            let sinks = sinks.iter().filter(|sink| sink.lacks_rows || !lacking_only);
            sinks.flat_map(|sink| &sink.views).chain(publisher.served()).copied().collect()
        };
        let (views, restored_views) = (read_with(false), read_with(true));
        Outputs {
            views,
            restored_views,
            publisher,
            sinks,
            metrics,
            checkpoints,
            log,
            alarms,
            fed: VecDeque::new(),
            catching_up: true,
            unsaved: Vec::new(),
            under_way: None,
            checkpointed_at: Instant::now(),
            interval,
        }
    }

    /// Whether the next tick is to be a checkpoint.
    pub(super) fn wants_checkpoint(&self) -> bool {
        self.under_way.is_none() && self.checkpointed_at.elapsed() >= self.interval
    }

    /// Part of what a checkpoint brings back.
    pub(super) fn restored(&self, closed: ClosedTick) -> Result<(), LiveError> {
        let closed = Arc::new(closed);
        for sink in &self.sinks {
            sink.send(Outgoing::Restored(Arc::clone(&closed)))?;
        }
        self.publisher.restored(closed)
    }

    /// A tick has closed.
    pub(super) fn closed(&mut self, mut closed: ClosedTick) -> Result<(), LiveError> {
        let Some(fed) = self.fed.pop_front() else {
            return Ok(());
        };
        let saved = closed.saved.take();
        for letter in &fed.dead_letters {
            self.metrics.errors.with_label_values(&[letter.error.code.as_str()]).inc();
            self.unsaved.push((closed.tick, letter.record, letter.error.clone()));
        }
        if let Some(saved) = saved {
            let unsaved = std::mem::take(&mut self.unsaved);
            let job = CheckpointJob {
                tick: closed.tick,
                clock: closed.clock,
                positions: fed.record.positions.clone(),
                saved,
                dead_letters: unsaved.into_iter().map(|(_, record, error)| (record, error)).collect(),
            };
            self.under_way = Some((closed.tick, fed.record.positions.clone()));
            self.checkpointed_at = Instant::now();
            self.hand_out(closed, &fed, true)?;
            self.checkpoints.submit(job);
            return Ok(());
        }
        self.hand_out(closed, &fed, false)
    }

    fn hand_out(&mut self, closed: ClosedTick, fed: &Fed, commit: bool) -> Result<(), LiveError> {
        let closed = Arc::new(closed);
        let dead_letters = Arc::new(fed.dead_letters.clone());
        for sink in &self.sinks {
            sink.send(Outgoing::Tick {
                closed: Arc::clone(&closed),
                record: Arc::clone(&fed.record),
                dead_letters: Arc::clone(&dead_letters),
                commit,
            })?;
        }
        self.publisher.closed(closed, fed.at, self.catching_up)
    }

    /// Sizes that change slowly.
    pub(super) fn measure(&self, sizes: &BTreeMap<&'static str, usize>) {
        for (operator, entries) in sizes {
            let entries = i64::try_from(*entries).unwrap_or(i64::MAX);
            self.metrics.operator_entries.with_label_values(&[operator]).set(entries);
        }
    }

    /// Looks whether a checkpoint is complete; then what only an older one needed goes.
    pub(super) fn look_at_checkpoint(&mut self, inputs: &mut Inputs) -> Result<(), LiveError> {
        while let Some(done) = self.checkpoints.take_done() {
            let done = done.inspect_err(|_| self.metrics.checkpoints_failed.inc())?;
            let metrics = &self.metrics;
            metrics.checkpoints.inc();
            metrics.checkpoint_seconds.observe(done.duration.as_secs_f64());
            metrics.checkpoint_bytes.set(i64::try_from(done.bytes_total).unwrap_or(i64::MAX));
            metrics.checkpoint_timestamp_seconds.set(crate::cli::values::now().0 / 1_000);
            tracing::debug!(?done, "a checkpoint is complete");
            if let Some((tick, positions)) = self.under_way.take() {
                inputs.checkpointed(tick, done.oldest_tick, &positions);
            }
        }
        Ok(())
    }

    /// Writes out everything that waits and ends the threads.
    pub(super) fn finish(self) -> Result<(), LiveError> {
        for done in self.checkpoints.finish() {
            let done = done?;
            tracing::info!(tick = done.tick, "the last checkpoint is complete");
        }
        for sink in self.sinks {
            let written = sink.committed().load(Ordering::Acquire);
            let name = sink.name.clone();
            sink.finish()?;
            tracing::info!(sink = name, written, "the sink is done");
        }
        self.publisher.finish()
    }
}
