//! Writes checkpoints on a thread of its own, so that the engine goes on meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use landfall_operators::Tick;
use landfall_operators::operator::upsert::Saved;
use landfall_schemas::{DataError, RecordId, Stream, Timestamp};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

use super::codec::CodecError;
use super::entry::Entries;
use super::manifest::{FOLDER, Manifest, Run, SegmentMeta};
use super::merge::Merge;
use super::recovery::RecoveryError;
use super::segment::{self, RawEntry};
use super::store::{Objects, StoreError};
use super::{LockError, Owned, Positions, entry, tick_log};
use crate::failpoint;

/// What a checkpoint is to keep.
#[derive(Debug)]
pub struct CheckpointJob {
    /// As of this tick.
    pub tick: Tick,
    /// Its clock.
    pub clock: Timestamp,
    /// The next offset to read of each partition.
    pub positions: Positions,
    /// State of the upsert rule that changed since the last checkpoint.
    pub saved: Vec<Saved>,
    /// Records since the last checkpoint that are no events.
    pub dead_letters: Vec<(RecordId, DataError)>,
}

/// A checkpoint that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointDone {
    /// Its tick.
    pub tick: Tick,
    /// The oldest tick that somebody could still fall back to.
    pub oldest_tick: Tick,
    /// Bytes that were written, merges included.
    pub bytes_written: u64,
    /// Bytes of all segments.
    pub bytes_total: u64,
    /// How long it took.
    pub duration: Duration,
}

/// Why a checkpoint could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process has taken over the state.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A segment to merge cannot be read.
    #[error(transparent)]
    Merge(#[from] RecoveryError),
    /// An entry could not be written.
    #[error("an entry could not be written: {0}")]
    Entry(#[from] CodecError),
    /// Compression failed.
    #[error("a segment could not be compressed: {0}")]
    Compress(#[from] std::io::Error),
}

/// The thread that writes checkpoints; at most one waits while another is written.
pub struct CheckpointWriter {
    jobs: Option<SyncSender<CheckpointJob>>,
    done: Receiver<Result<CheckpointDone, CheckpointError>>,
    thread: Option<JoinHandle<()>>,
}

/// So many runs are merged at least.
const MERGED_RUNS: usize = 4;

/// How urgent checkpoints are, of 99; the engine and all other threads have 50. It comes to a nice value of 5: where processors
/// lack, they get a third of what another thread gets.
const PRIORITY: u8 = 35;
/// Pauses between attempts when the store fails.
const RETRY: Duration = Duration::from_secs(1);
/// The part whose alarm says that checkpoints wait for the store.
const ALARM: &str = "checkpoint";

impl CheckpointWriter {
    /// Starts the thread. `base` is the checkpoint that was recovered; `kept` complete ones stay to fall back on.
    /// A manifest is only put in place once `may_commit` says so of its tick.
    pub fn start(
        objects: Objects,
        base: Option<Manifest>,
        kept: usize,
        owned: Owned,
        may_commit: impl Fn(Tick) -> bool + Send + 'static,
    ) -> CheckpointWriter {
        let (jobs, receiver) = sync_channel::<CheckpointJob>(1);
        let (report, done) = sync_channel(16);
        let process = format!("{:08x}-{:x}", std::process::id(), crate::cli::values::now().0);
        let mut work = Work { objects, last: base.unwrap_or_default(), kept, owned, process, segments: 0 };
        let thread = std::thread::spawn(move || {
            give_precedence();
            for job in receiver {
                let result = work.checkpoint(job, &may_commit);
                if report.send(result).is_err() {
                    return;
                }
            }
        });
        CheckpointWriter { jobs: Some(jobs), done, thread: Some(thread) }
    }

    /// Hands over a job. Waits while another one waits already.
    pub fn submit(&self, job: CheckpointJob) {
        if let Some(jobs) = &self.jobs {
            // Where the thread has ended, `take_done` says so.
            jobs.send(job).ok();
        }
    }

    /// A checkpoint that has been completed, or failed for good, since the last call.
    pub fn take_done(&self) -> Option<Result<CheckpointDone, CheckpointError>> {
        self.done.try_recv().ok()
    }

    /// Waits for what was handed over and ends the thread.
    pub fn finish(mut self) -> Vec<Result<CheckpointDone, CheckpointError>> {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.done.try_iter().collect()
    }
}

/// Lets the ticks go before checkpoints, which merge for seconds now and then, and which nobody waits for.
fn give_precedence() {
    let priority = ThreadPriorityValue::try_from(PRIORITY).map(ThreadPriority::Crossplatform);
    let set = priority.map(thread_priority::set_current_thread_priority);
    if !matches!(set, Ok(Ok(()))) {
        tracing::warn!("the system does not let checkpoints be less urgent than the ticks: they may delay these");
    }
}

struct Work {
    objects: Objects,
    last: Manifest,
    kept: usize,
    owned: Owned,
    process: String,
    segments: u64,
}

impl Work {
    fn checkpoint(
        &mut self,
        job: CheckpointJob,
        may_commit: &impl Fn(Tick) -> bool,
    ) -> Result<CheckpointDone, CheckpointError> {
        let started = Instant::now();
        let mut next = self.last.clone();
        next.tick = job.tick;
        next.clock_ms = job.clock.0;
        next.positions = job.positions;
        next.written_at_ms = crate::cli::values::now().0;
        let entries = entries(job.saved, &job.dead_letters, &mut next.superseded)?;
        let mut written = 0;
        if !entries.is_empty() {
            failpoint::reach("segment");
            let mut entries = entries.into_sorted();
            let run = self.write_run(job.tick, || Ok(entries.next().transpose()?))?;
            written += run.bytes();
            next.runs.push(run);
        }
        written += self.merge_if_possible(&mut next)?;
        while !may_commit(next.tick) {
            std::thread::sleep(Duration::from_millis(5));
        }
        failpoint::reach("before-manifest");
        self.put_patiently(|work| next.commit(&work.objects))?;
        failpoint::reach("after-manifest");
        self.last = next;
        let oldest_tick = self.collect_garbage().unwrap_or_else(|error| {
            tracing::warn!(%error, "what no checkpoint needs could not be removed; the next one tries again");
            0
        });
        Ok(CheckpointDone {
            tick: self.last.tick,
            oldest_tick,
            bytes_written: written,
            bytes_total: self.last.runs.iter().map(Run::bytes).sum(),
            duration: started.elapsed(),
        })
    }

    /// Writes entries, which come in the order of their keys, as a run of segments.
    fn write_run(
        &mut self,
        tick: Tick,
        mut next: impl FnMut() -> Result<Option<RawEntry>, CheckpointError>,
    ) -> Result<Run, CheckpointError> {
        let mut run = Run::default();
        let mut writer = segment::Writer::new()?;
        while let Some((key, value)) = next()? {
            writer.push(&key, &value)?;
            if writer.bytes >= segment::SEGMENT_BYTES {
                let full = std::mem::replace(&mut writer, segment::Writer::new()?);
                run.segments.push(self.write_segment(tick, full)?);
            }
        }
        if writer.entries > 0 {
            run.segments.push(self.write_segment(tick, writer)?);
        }
        Ok(run)
    }

    fn write_segment(&mut self, tick: Tick, writer: segment::Writer) -> Result<SegmentMeta, CheckpointError> {
        self.segments += 1;
        let name = format!("segments/{tick:020}-{}-{}", self.process, self.segments);
        let entries = writer.entries;
        let bytes = writer.finish()?;
        let meta = SegmentMeta { name, checksum: segment::checksum(&bytes), bytes: bytes.len() as u64, entries };
        self.put_patiently(|work| work.objects.put(&meta.name, bytes.clone()))?;
        failpoint::reach("after-segment");
        Ok(meta)
    }

    /// Merges runs, where the store is there to read them: merging saves time later and can wait.
    fn merge_if_possible(&mut self, next: &mut Manifest) -> Result<u64, CheckpointError> {
        let runs = next.runs.clone();
        match self.merge(next) {
            Err(CheckpointError::Merge(RecoveryError::Store(error))) => {
                tracing::warn!(%error, "segments could not be merged; the next checkpoint tries again");
                next.runs = runs;
                Ok(0)
            }
            result => result,
        }
    }

    /// Merges the newest runs with those before them that are less than twice as large, once they are
    /// [`MERGED_RUNS`]: so each entry is rewritten a number of times that grows with the logarithm of the state.
    /// Returns the bytes written.
    fn merge(&mut self, next: &mut Manifest) -> Result<u64, CheckpointError> {
        let (mut from, mut sum) = (next.runs.len(), 0);
        while from > 0 && (sum == 0 || next.runs[from - 1].bytes() < 2 * sum) {
            from -= 1;
            sum += next.runs[from].bytes();
        }
        if next.runs.len() - from < MERGED_RUNS {
            return Ok(0);
        }
        let merged: Vec<Run> = next.runs.drain(from..).collect();
        let mut merge = Merge::open(&self.objects, &merged)?;
        let is_oldest = from == 0;
        let run = self.write_run(next.tick, || {
            loop {
                match merge.next()? {
                    Some(raw) if is_oldest && entry::is_gone(&raw) => {}
                    found => return Ok(found),
                }
            }
        })?;
        let bytes = run.bytes();
        next.runs.push(run);
        Ok(bytes)
    }

    /// Tries until the store takes it. Meanwhile the engine is held back by the queue of jobs, and nothing is lost.
    fn put_patiently(&self, put: impl Fn(&Work) -> Result<(), StoreError>) -> Result<(), CheckpointError> {
        loop {
            let reason = match self.owned.is_safe()? {
                true => match put(self) {
                    Ok(()) => {
                        self.objects.alarms().clear(ALARM);
                        return Ok(());
                    }
                    Err(error @ (StoreError::Failed { expected: true, .. } | StoreError::Conflict { .. })) => {
                        return Err(error.into());
                    }
                    Err(error) => error.to_string(),
                },
                false => "the lease of the state could not be renewed in time".to_owned(),
            };
            tracing::error!(reason, "the state cannot be written; trying again, and no further tick is lost");
            self.objects.alarms().raise(ALARM, &reason);
            std::thread::sleep(RETRY);
        }
    }

    /// Removes manifests beyond those to keep, and segments and ticks that none of the kept needs. Returns the oldest kept
    /// tick.
    fn collect_garbage(&self) -> Result<Tick, CheckpointError> {
        if !self.owned.is_safe()? {
            return Ok(0);
        }
        let names: Vec<String> = self.objects.list(FOLDER)?.into_iter().map(|(name, _)| name).collect();
        let (gone, kept) = names.split_at(names.len().saturating_sub(self.kept));
        self.objects.delete_all(gone)?;
        let mut named: BTreeSet<String> = self.last.segments().map(|segment| segment.name.clone()).collect();
        let mut oldest = self.last.tick;
        for name in kept {
            let read = self.objects.get(name)?.map(|bytes| Manifest::read(&bytes));
            if let Some(Ok(manifest)) = read {
                oldest = oldest.min(manifest.tick);
                named.extend(manifest.segments().map(|segment| segment.name.clone()));
            }
        }
        let segments = self.objects.list("segments")?.into_iter().map(|(name, _)| name);
        let unnamed: Vec<String> = segments.filter(|name| !named.contains(name)).collect();
        self.objects.delete_all(&unnamed)?;
        tick_log::trim(&self.objects, oldest)?;
        Ok(oldest)
    }
}

/// What is to be kept, each key once; counts are added to the totals.
fn entries(
    saved: Vec<Saved>,
    dead_letters: &[(RecordId, DataError)],
    superseded: &mut BTreeMap<Stream, u64>,
) -> Result<Entries, CodecError> {
    let mut entries = Entries::default();
    for saved in saved {
        match saved {
            Saved::Winner(winner) => entries.add_winner(winner)?,
            Saved::Held(held, records) => entries.add_held(&held, records)?,
            Saved::Superseded(stream, records) => *superseded.entry(stream).or_insert(0) += records,
        }
    }
    let mut counts: BTreeMap<(RecordId, &DataError), u32> = BTreeMap::new();
    for (record, error) in dead_letters {
        *counts.entry((*record, error)).or_insert(0) += 1;
    }
    for ((record, error), records) in counts {
        entries.add_dead_letter(record, error, records)?;
    }
    Ok(entries)
}
