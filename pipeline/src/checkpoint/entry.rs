//! Entries of segments: a key to sort and replace by, and what is kept under it.

use std::ops::Range;

use landfall_operators::operator::upsert::{Held, Saved};
use landfall_operators::operator::winner::Winner;
use landfall_schemas::{DataError, RecordId};
use serde::Serialize;

use super::codec::{self, CodecError};
use super::segment::RawEntry;

/// What one entry brings back.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// State of the upsert rule.
    Saved(Saved),
    /// Records that are no events, at one place, with one error: so many.
    DeadLetter(RecordId, DataError, u32),
}

const DOCUMENT: u8 = 0;
const HELD: u8 = 1;
const DEAD_LETTER: u8 = 2;

/// Entries in the order of their keys. Values are encoded when their turn comes, so that the bytes of all are never in memory
/// at once.
#[derive(Default)]
pub(super) struct Entries {
    /// The bytes of all keys.
    keys: Vec<u8>,
    entries: Vec<(Range<usize>, Value)>,
}

enum Value {
    Winner(Winner),
    Records(u32),
}

impl Entries {
    /// The entry of a document key.
    pub(super) fn add_winner(&mut self, winner: Winner) -> Result<(), CodecError> {
        self.add(DOCUMENT, &winner.key(), Value::Winner(winner))
    }

    /// The entry of a held event.
    pub(super) fn add_held(&mut self, held: &Held, records: u32) -> Result<(), CodecError> {
        self.add(HELD, held, Value::Records(records))
    }

    /// The entry of dead letters.
    pub(super) fn add_dead_letter(
        &mut self,
        record: RecordId,
        error: &DataError,
        records: u32,
    ) -> Result<(), CodecError> {
        self.add(DEAD_LETTER, &(record, error), Value::Records(records))
    }

    fn add<K: Serialize>(&mut self, tag: u8, key: &K, value: Value) -> Result<(), CodecError> {
        let from = self.keys.len();
        self.keys.push(tag);
        codec::encode_into(key, &mut self.keys)?;
        self.entries.push((from..self.keys.len(), value));
        Ok(())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries as they are written, by their keys; each key is there once.
    pub(super) fn into_sorted(mut self) -> impl Iterator<Item = Result<RawEntry, CodecError>> {
        let key = |range: &Range<usize>| self.keys.get(range.clone());
        self.entries.sort_unstable_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
        self.entries.into_iter().map(move |(key, value)| {
            let mut bytes = Vec::new();
            match value {
                Value::Winner(winner) => codec::encode_into(&winner, &mut bytes)?,
                Value::Records(records) => codec::encode_into(&records, &mut bytes)?,
            }
            Ok((self.keys[key].to_vec(), bytes))
        })
    }
}

/// What stays of two entries with one key.
pub(super) fn merged(newer: RawEntry, older: RawEntry) -> Result<RawEntry, CodecError> {
    if newer.0.first() != Some(&DEAD_LETTER) {
        return Ok(newer);
    }
    let sum = codec::decode::<u32>(&newer.1)?.saturating_add(codec::decode::<u32>(&older.1)?);
    let mut value = Vec::new();
    codec::encode_into(&sum, &mut value)?;
    Ok((newer.0, value))
}

/// Whether an entry only says that what older runs have is gone.
pub(super) fn is_gone(entry: &RawEntry) -> bool {
    entry.0.first() == Some(&HELD) && entry.1 == [0]
}

/// What an entry brings back.
pub(super) fn read((key, value): &RawEntry) -> Result<Entry, CodecError> {
    let (tag, key) = key.split_first().ok_or_else(|| CodecError::from("an entry has no key"))?;
    match *tag {
        DOCUMENT => Ok(Entry::Saved(Saved::Winner(codec::decode(value)?))),
        HELD => Ok(Entry::Saved(Saved::Held(codec::decode(key)?, codec::decode(value)?))),
        DEAD_LETTER => {
            let (record, error) = codec::decode(key)?;
            Ok(Entry::DeadLetter(record, error, codec::decode(value)?))
        }
        other => Err(CodecError::from(format!("an entry of the unknown kind {other}"))),
    }
}
