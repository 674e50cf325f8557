//! Between the thread that decodes a partition and the ticks: chunks of records, bounded in number and size.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use landfall_engine::Arrival;

use super::feed::RawRecord;

/// A chunk is handed over once it has so many records or bytes; smaller ones are put together while they wait. Ticks take the
/// oldest chunk of all partitions first, so a chunk is small.
pub(super) const CHUNK_RECORDS_MAX: usize = 250;
pub(super) const CHUNK_BYTES_MAX: usize = 128 << 10;
/// Once so much of a partition waits for the engine, no further chunk is delivered: this bounds the memory of a partition.
const WAITING_RECORDS_MAX: usize = 16_000;
const WAITING_BYTES_MAX: usize = 8 << 20;

/// Decoded records that follow one another.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// What they say, in the order of their offsets; a record may say several things.
    pub(super) arrivals: VecDeque<Arrival>,
    /// Original bytes of those that are no events, by offset.
    pub(super) raw: VecDeque<(u64, RawRecord)>,
    /// The offset after the last of them.
    pub(super) next_offset: u64,
    pub(super) records: usize,
    pub(super) bytes: usize,
    /// When the last of them was written, or read where that is not known; in milliseconds since 1970.
    pub(super) written_at_ms: i64,
}

impl Chunk {
    /// Adds one that follows; gives it back where the two are too much for one.
    fn join(&mut self, next: Chunk) -> Option<Chunk> {
        if self.records + next.records > CHUNK_RECORDS_MAX || self.bytes + next.bytes > CHUNK_BYTES_MAX {
            return Some(next);
        }
        self.arrivals.extend(next.arrivals);
        self.raw.extend(next.raw);
        self.next_offset = next.next_offset;
        self.records += next.records;
        self.bytes += next.bytes;
        self.written_at_ms = next.written_at_ms;
        None
    }
}

/// What a partition has to say.
#[derive(Debug)]
pub(super) enum Delivery {
    /// Records.
    Chunk(Chunk),
    /// For now, there is nothing from this offset on.
    CaughtUp(u64),
    /// It cannot go on; the reason, for people.
    Failed(String),
}

/// Nobody takes deliveries any more: the process is stopping.
#[derive(Debug)]
pub struct Stopped;

/// Deliveries between the two ends.
#[derive(Default)]
pub(super) struct Pipe {
    waiting: Mutex<Waiting>,
    /// Told whenever a delivery has been received, or nobody receives any more.
    room: Condvar,
}

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<Delivery>,
    /// Of all chunks.
    records: usize,
    bytes: usize,
    /// Nobody receives any more.
    is_over: bool,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nobody panics while delivering")
    }

    /// Puts a delivery behind the others. A chunk waits while there is too much, and is joined to the last where that is small.
    ///
    /// # Errors
    /// When nobody receives any more.
    pub(super) fn send(&self, delivery: Delivery) -> Result<(), Stopped> {
        let mut waiting = self.lock();
        if matches!(delivery, Delivery::Chunk(_)) {
            let is_full = |waiting: &mut Waiting| !waiting.is_over && waiting.is_full();
            waiting = self.room.wait_while(waiting, is_full).expect("nobody panics while delivering");
        }
        if waiting.is_over {
            return Err(Stopped);
        }
        waiting.put(delivery);
        Ok(())
    }
}

impl Waiting {
    fn is_full(&self) -> bool {
        self.records >= WAITING_RECORDS_MAX || self.bytes >= WAITING_BYTES_MAX
    }

    fn put(&mut self, delivery: Delivery) {
        // That there was nothing more counts only until there is more.
        if matches!(self.deliveries.back(), Some(Delivery::CaughtUp(_))) {
            self.deliveries.pop_back();
        }
        let delivery = match delivery {
            Delivery::Chunk(chunk) => {
                self.records += chunk.records;
                self.bytes += chunk.bytes;
                match self.deliveries.back_mut() {
                    Some(Delivery::Chunk(last)) => last.join(chunk).map(Delivery::Chunk),
                    _ => Some(Delivery::Chunk(chunk)),
                }
            }
            other => Some(other),
        };
        self.deliveries.extend(delivery);
    }

    fn take(&mut self) -> Option<Delivery> {
        let delivery = self.deliveries.pop_front();
        if let Some(Delivery::Chunk(chunk)) = &delivery {
            self.records -= chunk.records;
            self.bytes -= chunk.bytes;
        }
        delivery
    }
}

/// The receiving end of a pipe.
pub(super) struct Receiver(pub(super) Arc<Pipe>);

impl Receiver {
    /// The next delivery, where there is one.
    pub(super) fn try_receive(&self) -> Option<Delivery> {
        let received = self.0.lock().take();
        self.0.room.notify_one();
        received
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.room.notify_one();
    }
}
