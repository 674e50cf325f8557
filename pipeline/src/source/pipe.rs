//! Between the thread that decodes a partition and the ticks: chunks of records, bounded in number and size.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use landfall_engine::Arrival;

use super::feed::RawRecord;

/// Chunks of one partition that wait for the engine. With the sizes of a chunk this bounds the memory of a partition.
pub(super) const CHUNKS_WAITING_MAX: usize = 4;
/// A chunk is handed over once it has so many records or bytes; smaller ones are put together while they wait.
pub(super) const CHUNK_RECORDS_MAX: usize = 2_000;
pub(super) const CHUNK_BYTES_MAX: usize = 1 << 20;

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
    /// When the last of them was written, in milliseconds since 1970, where that is known.
    pub(super) written_at_ms: Option<i64>,
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
        self.written_at_ms = next.written_at_ms.or(self.written_at_ms);
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
    /// Nobody receives any more.
    is_over: bool,
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nobody panics while delivering")
    }

    /// Puts a delivery behind the others. A chunk waits while there are too many, unless it can be joined to the last.
    ///
    /// # Errors
    /// When nobody receives any more.
    pub(super) fn send(&self, mut delivery: Delivery) -> Result<(), Stopped> {
        let mut waiting = self.lock();
        loop {
            if waiting.is_over {
                return Err(Stopped);
            }
            let deliveries = &mut waiting.deliveries;
            // That there was nothing more counts only until there is more.
            if matches!(deliveries.back(), Some(Delivery::CaughtUp(_))) {
                deliveries.pop_back();
            }
            delivery = match (delivery, deliveries.back_mut()) {
                (Delivery::Chunk(chunk), Some(Delivery::Chunk(last))) => match last.join(chunk) {
                    Some(chunk) => Delivery::Chunk(chunk),
                    None => return Ok(()),
                },
                (delivery, _) => delivery,
            };
            if deliveries.len() < CHUNKS_WAITING_MAX || !matches!(delivery, Delivery::Chunk(_)) {
                deliveries.push_back(delivery);
                return Ok(());
            }
            waiting = self.room.wait(waiting).expect("nobody panics while delivering");
        }
    }
}

/// The receiving end of a pipe.
pub(super) struct Receiver(pub(super) Arc<Pipe>);

impl Receiver {
    /// The next delivery, where there is one.
    pub(super) fn try_receive(&self) -> Option<Delivery> {
        let received = self.0.lock().deliveries.pop_front();
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
