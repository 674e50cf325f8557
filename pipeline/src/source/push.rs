//! Records that nobody keeps for us, pushed over HTTP or piped in: kept in the state before they count as received.
//!
//! Each batch is one object, named by the offset of its first record, until a checkpoint that could be fallen back to has
//! passed it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use landfall_schemas::format::{Decoder, Record};
use serde::{Deserialize, Serialize};

use super::feed::{Bell, Deliverer, Feed, feed};
use crate::checkpoint::{Objects, PartitionId, Positions, StoreError, open_frame, seal_frame};

const KIND: &[u8; 5] = b"LFPSH";

/// Why a batch could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A kept batch cannot be read.
    #[error("batch {name} of pushed records cannot be read: {reason}")]
    Broken {
        /// Its object.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The process is stopping.
    #[error("the process is stopping")]
    Stopping,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Batch {
    first_offset: u64,
    records: Vec<Vec<u8>>,
}

/// The pushed records of one origin.
pub struct PushLog {
    origin: String,
    folder: String,
    objects: Objects,
    state: Mutex<State>,
}

struct State {
    next_offset: u64,
    /// First offset and object of the kept batches, oldest first.
    kept: VecDeque<(u64, String)>,
    deliverer: Deliverer,
}

impl PushLog {
    /// Opens the log. What is kept from the position on is delivered again, on a thread of its own.
    ///
    /// # Errors
    /// When the store cannot be read or a batch is broken.
    pub fn open(
        origin: &str,
        objects: &Objects,
        positions: &Positions,
        decoder: Arc<dyn Decoder>,
        bell: &Bell,
    ) -> Result<(Arc<PushLog>, Feed), PushError> {
        let id = PartitionId { origin: origin.to_owned(), partition: 0 };
        let from = positions.get(&id).copied().unwrap_or(0);
        let folder = format!("pushed-{}", origin.replace(' ', "-"));
        let (deliverer, taken) = feed(id, from, decoder, bell.clone());
        let mut state = State { next_offset: from, kept: VecDeque::new(), deliverer };
        let mut again = Vec::new();
        for (name, _) in objects.list(&folder)? {
            let broken = |reason| PushError::Broken { name: name.clone(), reason };
            let bytes = objects.get(&name)?.unwrap_or_default();
            let batch: Batch = open_frame(KIND, &bytes).map_err(broken)?;
            state.kept.push_back((batch.first_offset, name.clone()));
            state.next_offset = state.next_offset.max(batch.first_offset + batch.records.len() as u64);
            if batch.first_offset + batch.records.len() as u64 > from {
                again.push(batch);
            }
        }
        let log =
            Arc::new(PushLog { origin: origin.to_owned(), folder, objects: objects.clone(), state: Mutex::new(state) });
        let redelivering = Arc::clone(&log);
        // Nobody joins it: it ends when all is delivered, or with the process.
        std::thread::spawn(move || {
            let mut state = redelivering.state();
            for batch in again {
                if redelivering.deliver(&mut state, &batch, from).is_err() {
                    return;
                }
            }
            let next = state.next_offset;
            state.deliverer.caught_up(next).ok();
        });
        Ok((log, taken))
    }

    /// Keeps records for good, then delivers them. Returns the offset of the first. Waits while the engine is behind.
    ///
    /// # Errors
    /// When they cannot be kept; then none of them counts.
    pub fn push(&self, records: Vec<Vec<u8>>) -> Result<u64, PushError> {
        let mut state = self.state();
        let batch = Batch { first_offset: state.next_offset, records };
        let name = format!("{}/{:020}", self.folder, batch.first_offset);
        let bytes = seal_frame(KIND, &batch).map_err(|reason| PushError::Broken { name: name.clone(), reason })?;
        self.objects.put_new(&name, bytes)?;
        state.kept.push_back((batch.first_offset, name));
        state.next_offset += batch.records.len() as u64;
        self.deliver(&mut state, &batch, 0)?;
        let next = state.next_offset;
        state.deliverer.caught_up(next).map_err(|_| PushError::Stopping)?;
        Ok(batch.first_offset)
    }

    /// Removes batches all of whose records are before a position.
    ///
    /// # Errors
    /// When the store does not do it.
    pub fn trim(&self, before: u64) -> Result<(), PushError> {
        let mut state = self.state();
        while state.kept.len() > 1 && state.kept[1].0 <= before {
            self.objects.delete(&state.kept[0].1)?;
            state.kept.pop_front();
        }
        Ok(())
    }

    /// Its partition.
    pub fn partition(&self) -> PartitionId {
        PartitionId { origin: self.origin.clone(), partition: 0 }
    }

    fn deliver(&self, state: &mut State, batch: &Batch, from: u64) -> Result<(), PushError> {
        for (offset, value) in (batch.first_offset..).zip(&batch.records).filter(|(offset, _)| *offset >= from) {
            let record = Record { value, key: None, origin: &self.origin, partition: 0, offset, headers: &[] };
            state.deliverer.record(&record).map_err(|_| PushError::Stopping)?;
        }
        state.deliverer.flush().map_err(|_| PushError::Stopping)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while pushing")
    }
}
