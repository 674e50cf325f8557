//! Entries of segments: a key to sort and replace by, and what is kept under it.

use landfall_operators::operator::upsert::{Held, Saved};
use landfall_operators::operator::winner::Winner;
use landfall_schemas::{DataError, DocumentKey, RecordId};
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

fn raw<K: Serialize, V: Serialize>(tag: u8, key: &K, value: &V) -> Result<RawEntry, CodecError> {
    let mut entry = (vec![tag], Vec::new());
    codec::encode_into(key, &mut entry.0)?;
    codec::encode_into(value, &mut entry.1)?;
    Ok(entry)
}

/// The entry of a document key.
pub(super) fn of_winner(key: &DocumentKey, winner: &Winner) -> Result<RawEntry, CodecError> {
    raw(DOCUMENT, key, winner)
}

/// The entry of a held event.
pub(super) fn of_held(held: &Held, records: u32) -> Result<RawEntry, CodecError> {
    raw(HELD, held, &records)
}

/// The entry of dead letters.
pub(super) fn of_dead_letter(record: RecordId, error: &DataError, records: u32) -> Result<RawEntry, CodecError> {
    raw(DEAD_LETTER, &(record, error), &records)
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
