//! A partition on its way into ticks: decoded records in bounded chunks, taken up to an offset or a number.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use landfall_engine::Arrival;
use landfall_schemas::format::{Decoder, Record};
use landfall_schemas::{Origin, RecordId};

pub use super::pipe::Stopped;
use super::pipe::{CHUNK_BYTES_MAX, CHUNK_RECORDS_MAX, Chunk, Delivery, Pipe, Receiver};
use crate::checkpoint::PartitionId;

/// A tick takes no more once it has so many bytes.
const TICK_BYTES_MAX: usize = 256 << 20;

/// A record as it was received, kept where it is no event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRecord {
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its bytes.
    pub value: Vec<u8>,
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Wakes the one who waits for partitions to deliver.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Wakes the waiting one, or the next who would wait.
    pub fn ring(&self) {
        let (rung, waiting) = &*self.0;
        *rung.lock().expect("nobody panics while holding the bell") = true;
        waiting.notify_one();
    }

    /// Waits until it rings, at most so long.
    pub fn wait(&self, at_most: Duration) {
        let (rung, waiting) = &*self.0;
        let guard = rung.lock().expect("nobody panics while holding the bell");
        let (mut guard, _) =
            waiting.wait_timeout_while(guard, at_most, |rung| !*rung).expect("nobody panics while holding the bell");
        *guard = false;
    }
}

/// The end at which a partition's own thread decodes and delivers.
pub struct Deliverer {
    origin: Origin,
    partition: u32,
    decoder: Arc<dyn Decoder>,
    chunk: Chunk,
    written_at_ms: Option<i64>,
    pipe: Arc<Pipe>,
    bell: Bell,
    outcomes: Vec<landfall_schemas::format::Outcome>,
}

impl Deliverer {
    /// Decodes a record and delivers once enough have come together.
    ///
    /// # Errors
    /// When nobody takes deliveries any more.
    pub fn record(&mut self, record: &Record<'_>) -> Result<(), Stopped> {
        self.decoder.decode(record, &mut self.outcomes);
        let id = RecordId { origin: self.origin, partition: self.partition, offset: record.offset };
        if self.outcomes.iter().any(Result::is_err) {
            let header = |(name, value): &(&str, &[u8])| ((*name).to_owned(), value.to_vec());
            let raw = RawRecord {
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.to_vec(),
                headers: record.headers.iter().map(header).collect(),
            };
            self.chunk.raw.push_back((record.offset, raw));
        }
        self.chunk.arrivals.extend(self.outcomes.drain(..).map(|outcome| Arrival { record: id, outcome }));
        self.chunk.next_offset = record.offset + 1;
        self.chunk.records += 1;
        self.chunk.bytes += record.value.len();
        if self.chunk.records >= CHUNK_RECORDS_MAX || self.chunk.bytes >= CHUNK_BYTES_MAX {
            return self.flush();
        }
        Ok(())
    }

    /// Notes when the newest record was written, in milliseconds since 1970, where that is known.
    pub fn written_at(&mut self, written_at_ms: Option<i64>) {
        self.written_at_ms = written_at_ms;
    }

    /// Delivers what has come together.
    ///
    /// # Errors
    /// When nobody takes deliveries any more.
    pub fn flush(&mut self) -> Result<(), Stopped> {
        if self.chunk.records == 0 {
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.written_at_ms = self.written_at_ms.unwrap_or_else(|| crate::cli::values::now().0);
        self.send(Delivery::Chunk(chunk))
    }

    /// Tells that for now there is nothing from this offset on.
    ///
    /// # Errors
    /// When nobody takes deliveries any more.
    pub fn caught_up(&mut self, next_offset: u64) -> Result<(), Stopped> {
        self.flush()?;
        self.send(Delivery::CaughtUp(next_offset))
    }

    /// Tells that the partition cannot go on.
    pub fn fail(&mut self, reason: String) {
        self.send(Delivery::Failed(reason)).ok();
    }

    fn send(&mut self, delivery: Delivery) -> Result<(), Stopped> {
        self.pipe.send(delivery)?;
        self.bell.ring();
        Ok(())
    }
}

/// The end at which ticks take a partition's records.
pub struct Feed {
    /// Which partition.
    pub id: PartitionId,
    receiver: Receiver,
    waiting: VecDeque<Chunk>,
    next_offset: u64,
    caught_up_at: Option<u64>,
    /// When the newest record that was taken was written.
    pub written_at_ms: Option<i64>,
}

/// What a tick takes from a partition.
#[derive(Debug, Default)]
pub struct Taken {
    /// Decoded records.
    pub arrivals: Vec<Arrival>,
    /// Original bytes of those that are no events.
    pub raw: Vec<(RecordId, RawRecord)>,
    /// How many records.
    pub records: usize,
    /// Their bytes; where part of a chunk was taken, by the average of the chunk.
    pub bytes: usize,
}

/// A partition that could not go on.
#[derive(Debug, thiserror::Error)]
#[error("{partition}: {reason}")]
pub struct FeedError {
    /// Which.
    pub partition: PartitionId,
    /// Why.
    pub reason: String,
}

/// Both ends of a partition that is read from an offset.
pub fn feed(id: PartitionId, from: u64, decoder: Arc<dyn Decoder>, bell: Bell) -> (Deliverer, Feed) {
    let pipe = Arc::<Pipe>::default();
    let deliverer = Deliverer {
        origin: Origin::named(&id.origin),
        partition: id.partition,
        decoder,
        chunk: Chunk::default(),
        written_at_ms: None,
        pipe: Arc::clone(&pipe),
        bell,
        outcomes: Vec::new(),
    };
    let feed = Feed {
        id,
        receiver: Receiver(pipe),
        waiting: VecDeque::new(),
        next_offset: from,
        caught_up_at: None,
        written_at_ms: None,
    };
    (deliverer, feed)
}

impl Feed {
    /// The offset after the last record that was taken.
    pub fn next_offset(&self) -> u64 {
        self.next_offset
    }

    /// Whether everything that was there when last looked has been taken.
    pub fn is_caught_up(&self) -> bool {
        self.waiting.is_empty() && self.caught_up_at.is_some()
    }

    /// Whether records wait.
    ///
    /// # Errors
    /// When the partition cannot go on.
    pub fn has_records(&mut self) -> Result<bool, FeedError> {
        Ok(self.next_written_at_ms()?.is_some())
    }

    /// When the records that come next were written, or read where that is not known; `None` while there are none.
    ///
    /// # Errors
    /// When the partition cannot go on.
    pub fn next_written_at_ms(&mut self) -> Result<Option<i64>, FeedError> {
        // What is not received waits in the pipe, which is bounded.
        while self.waiting.is_empty() && self.receive_one()? {}
        Ok(self.waiting.front().map(|chunk| chunk.written_at_ms))
    }

    /// Whether all records before an offset have been delivered, so that [`Feed::take`] can take them.
    ///
    /// # Errors
    /// When the partition cannot go on.
    pub fn has_all_before(&mut self, offset: u64) -> Result<bool, FeedError> {
        // One chunk at a time, so that no more waits here than has to.
        while self.delivered() < offset {
            if !self.receive_one()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn delivered(&self) -> u64 {
        let chunks = self.waiting.back().map_or(self.next_offset, |chunk| chunk.next_offset);
        chunks.max(self.caught_up_at.unwrap_or(0))
    }

    /// Takes at most about `records_max` of the records that [`Feed::next_written_at_ms`] speaks of, or all before an offset.
    pub fn take(&mut self, records_max: usize, before: Option<u64>, taken: &mut Taken) {
        let mut left = records_max;
        while left > 0 {
            let Some(chunk) = self.waiting.front_mut() else {
                break;
            };
            // Records that say nothing cannot be told apart; they are taken at once, however many.
            let fits = chunk.records <= left || chunk.arrivals.is_empty();
            if fits && before.is_none_or(|before| chunk.next_offset <= before) {
                left = left.saturating_sub(chunk.records);
                self.next_offset = chunk.next_offset;
                self.written_at_ms = Some(chunk.written_at_ms);
                let whole = self.waiting.pop_front().unwrap_or_default();
                taken.whole(whole);
                continue;
            }
            // Part of a chunk: whole records, by their offsets.
            let end = before.unwrap_or(u64::MAX);
            let Some(offset) = chunk.arrivals.front().map(|arrival| arrival.record.offset).filter(|at| *at < end)
            else {
                break;
            };
            taken.record(chunk, offset);
            left -= 1;
            self.next_offset = offset + 1;
        }
        if let Some(before) = before {
            self.next_offset = self.next_offset.max(before);
        }
    }

    fn receive_one(&mut self) -> Result<bool, FeedError> {
        match self.receiver.try_receive() {
            Some(Delivery::Chunk(chunk)) => {
                self.caught_up_at = None;
                self.waiting.push_back(chunk);
                Ok(true)
            }
            Some(Delivery::CaughtUp(offset)) => {
                self.caught_up_at = Some(offset);
                Ok(true)
            }
            Some(Delivery::Failed(reason)) => Err(FeedError { partition: self.id.clone(), reason }),
            None => Ok(false),
        }
    }
}

/// Takes about so many records of several partitions, those first that were written first, and tells how many records and
/// bytes of which. So what belongs together comes together while much waits, as it does otherwise, and no view is full of
/// what only lacks its other half.
///
/// # Errors
/// When a partition cannot go on.
pub fn take_oldest(
    feeds: &mut [Feed],
    records_max: usize,
    taken: &mut Taken,
    mut tell: impl FnMut(&Feed, usize, usize),
) -> Result<(), FeedError> {
    let mut oldest = BinaryHeap::new();
    for (index, feed) in feeds.iter_mut().enumerate() {
        oldest.extend(feed.next_written_at_ms()?.map(|written_at| Reverse((written_at, index))));
    }
    while taken.records < records_max
        && taken.bytes < TICK_BYTES_MAX
        && let Some(Reverse((_, index))) = oldest.pop()
    {
        let feed = &mut feeds[index];
        let before = (taken.records, taken.bytes);
        feed.take(records_max - taken.records, None, taken);
        tell(feed, taken.records - before.0, taken.bytes - before.1);
        oldest.extend(feed.next_written_at_ms()?.map(|written_at| Reverse((written_at, index))));
    }
    Ok(())
}

impl Taken {
    fn whole(&mut self, chunk: Chunk) {
        self.records += chunk.records;
        self.bytes += chunk.bytes;
        if let Some(first) = chunk.arrivals.front() {
            let place = first.record;
            self.raw.extend(chunk.raw.into_iter().map(|(offset, raw)| (RecordId { offset, ..place }, raw)));
        }
        self.arrivals.extend(chunk.arrivals);
    }

    fn record(&mut self, chunk: &mut Chunk, offset: u64) {
        while chunk.arrivals.front().is_some_and(|arrival| arrival.record.offset == offset) {
            self.arrivals.extend(chunk.arrivals.pop_front());
        }
        if chunk.raw.front().is_some_and(|(at, _)| *at == offset)
            && let (Some((_, raw)), Some(arrival)) = (chunk.raw.pop_front(), self.arrivals.last())
        {
            self.raw.push((arrival.record, raw));
        }
        let bytes = chunk.bytes / chunk.records.max(1);
        chunk.bytes -= bytes;
        chunk.records = chunk.records.saturating_sub(1);
        self.records += 1;
        self.bytes += bytes;
    }
}
