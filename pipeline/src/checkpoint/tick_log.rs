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
    /// Ticks that are there, oldest first.
    kept: std::collections::VecDeque<Tick>,
}

fn name(tick: Tick) -> String {
    format!("{FOLDER}/{tick:020}")
}

impl TickLog {
    /// Opens the log and reads the ticks after a checkpoint, oldest first, up to the first that is missing or broken.
    ///
    /// Nothing after such a one was ever written out by a sink, for ticks become durable in their order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(objects: Objects, after: Tick) -> Result<(TickLog, Vec<TickRecord>), StoreError> {
        let mut log = TickLog { objects, kept: std::collections::VecDeque::new() };
        let mut records: Vec<TickRecord> = Vec::new();
        for (name, _) in log.objects.list(FOLDER)? {
            let read = log.objects.get(&name)?.map(|bytes| frame::open::<TickRecord>(KIND, &bytes));
            let next = records.last().map_or(after, |last| last.tick) + 1;
            match read {
                Some(Ok(record)) if record.tick == next => {
                    log.kept.push_back(record.tick);
                    records.push(record);
                }
                Some(Ok(record)) if record.tick <= after => log.objects.delete(&name)?,
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
    /// When the store does not take it.
    pub fn append(&mut self, record: &TickRecord) -> Result<(), StoreError> {
        let name = name(record.tick);
        let bytes = frame::seal(KIND, record).map_err(|reason| StoreError::Failed {
            action: "write",
            object: name.clone(),
            reason,
            expected: false,
        })?;
        self.objects.put(&name, bytes, false)?;
        if self.kept.back() != Some(&record.tick) {
            self.kept.push_back(record.tick);
        }
        Ok(())
    }

    /// Removes the ticks up to one that a checkpoint has passed.
    ///
    /// # Errors
    /// When the store does not do it.
    pub fn trim(&mut self, through: Tick) -> Result<(), StoreError> {
        while let Some(tick) = self.kept.front().copied().filter(|tick| *tick <= through) {
            self.objects.delete(&name(tick))?;
            self.kept.pop_front();
        }
        Ok(())
    }
}
