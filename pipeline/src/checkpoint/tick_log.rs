//! The tick log: which records and which clock each tick has, durable before the engine moves past the tick.
//!
//! After a crash the same records meet the same clock again, and a sink can tell what it has already written.

use landfall_operators::Tick;
use serde::{Deserialize, Serialize};

use super::store::{Objects, StoreError};
use super::{Positions, frame};

const KIND: &[u8; 5] = b"LFTIC";
const FOLDER: &str = "ticks";

/// One tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRecord {
    /// Its number.
    pub tick: Tick,
    /// Its clock, in milliseconds since 1970.
    pub clock_ms: i64,
    /// The next offset after it of each partition that it moved.
    pub positions: Positions,
}

/// The log of ticks that no checkpoint has passed.
pub struct TickLog {
    objects: Objects,
}

fn name(tick: Tick) -> String {
    format!("{FOLDER}/{tick:020}")
}

/// Removes the ticks up to one that every kept checkpoint has passed.
///
/// # Errors
/// When the store does not do it.
pub(super) fn trim(objects: &Objects, through: Tick) -> Result<(), StoreError> {
    let last = name(through);
    let gone: Vec<String> =
        objects.list(FOLDER)?.into_iter().map(|(name, _)| name).filter(|name| *name <= last).collect();
    objects.delete_all(&gone)
}

impl TickLog {
    /// Opens the log and reads the ticks after a checkpoint, oldest first, up to the first that is missing or broken.
    ///
    /// Nothing after such a one was ever written out by a sink, for ticks become durable in their order. Ticks before the
    /// checkpoint stay: an older one may yet have to be gone back to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(objects: Objects, after: Tick) -> Result<(TickLog, Vec<TickRecord>), StoreError> {
        let log = TickLog { objects };
        let mut records: Vec<TickRecord> = Vec::new();
        let passed = name(after);
        for (name, _) in log.objects.list(FOLDER)?.into_iter().filter(|(name, _)| *name > passed) {
            let read = log.objects.get(&name)?.map(|bytes| frame::open::<TickRecord>(KIND, &bytes));
            let next = records.last().map_or(after, |last| last.tick) + 1;
            match read {
                Some(Ok(record)) if record.tick == next => records.push(record),
                Some(Ok(record)) => {
                    tracing::warn!(
                        object = name,
                        tick = record.tick,
                        expected = next,
                        "a tick is missing before this one"
                    );
                    log.objects.delete(&name)?;
                }
                Some(Err(reason)) => {
                    tracing::error!(
                        object = name,
                        reason,
                        "a tick of the log cannot be read; going on from the one before"
                    );
                    log.objects.delete(&name)?;
                }
                None => {}
            }
        }
        Ok((log, records))
    }

    /// Appends a tick; it survives a loss of power once this returns.
    ///
    /// # Errors
    /// When the store does not take it, or another process has written this tick.
    pub fn append(&self, record: &TickRecord) -> Result<(), StoreError> {
        let name = name(record.tick);
        let bytes = frame::seal(KIND, record).map_err(|reason| StoreError::Failed {
            action: "write",
            object: name.clone(),
            reason,
            expected: false,
        })?;
        self.objects.put_new(&name, bytes)
    }
}
