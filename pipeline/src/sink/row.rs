//! Changes of views as keys and values of records.
//!
//! The key is a JSON object of the key columns, the value one of all columns, as in the JSON lines of `replay`; a row that is
//! gone is a tombstone. So a compacted topic is the view.

use std::convert::Infallible;
use std::fmt::Write;

use landfall_operators::change::Change;
use landfall_operators::rows::*;
use landfall_operators::{Tick, for_each_view};
use landfall_schemas::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};

use landfall_dump::write_json_object;

/// A record to write: its key, and its value or that it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRow {
    /// The view.
    pub view: View,
    /// The key columns as a JSON object.
    pub key: Vec<u8>,
    /// All columns as a JSON object; `None` when the row is gone.
    pub value: Option<Vec<u8>>,
}

/// What is done with the changed rows of a view.
pub trait RowWriter {
    /// Why it may fail.
    type Error;

    /// Whether the row with this key is to be written; only then is its value made.
    fn wants(&mut self, key: &[u8]) -> bool;

    /// Writes a row; without a value, it is gone.
    ///
    /// # Errors
    /// Whatever stops the writer.
    fn write(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Self::Error>;
}

macro_rules! rows_of {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// Writes the records of one view's changes in a tick, each key once.
        ///
        /// # Errors
        /// The writer's first error.
        pub fn write_changed<W: RowWriter>(changes: &Changes, writer: &mut W) -> Result<(), W::Error> {
            match changes { $(Changes::$variant(rows) => written::<$row, W>(rows, writer),)* }
        }
    };
}

for_each_view!(rows_of);

/// The records of one view's changes in a tick, each key once.
pub fn changed_rows(changes: &Changes) -> Vec<ChangedRow> {
    struct Collected(View, Vec<ChangedRow>);

    impl RowWriter for Collected {
        type Error = Infallible;

        fn wants(&mut self, _key: &[u8]) -> bool {
            true
        }

        fn write(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Infallible> {
            self.1.push(ChangedRow { view: self.0, key: key.to_vec(), value: value.map(<[u8]>::to_vec) });
            Ok(())
        }
    }

    let mut collected = Collected(changes.view(), Vec::with_capacity(changes.len()));
    let Ok(()) = write_changed(changes, &mut collected);
    collected.1
}

fn written<R: ViewRow, W: RowWriter>(rows: &RowChanges<R>, writer: &mut W) -> Result<(), W::Error> {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    for Change { before, after } in rows {
        let Some(row) = after.as_ref().or(before.as_ref()) else { continue };
        let cells = row.cells();
        write_json_object(&mut key, &R::COLUMNS[..R::KEY.len()], &cells[..R::KEY.len()]);
        if !writer.wants(&key) {
            continue;
        }
        if after.is_some() {
            write_json_object(&mut value, R::COLUMNS, &cells);
            writer.write(&key, Some(&value))?;
        } else {
            writer.write(&key, None)?;
        }
    }
    Ok(())
}

/// What the headers of all rows of a view in a tick have in common.
pub(super) struct TickHeaders {
    tick: String,
    clock: String,
    id_prefix: String,
    upserted: String,
    deleted: String,
}

impl TickHeaders {
    pub(super) fn new(view: View, tick: Tick, clock: Timestamp) -> TickHeaders {
        let view = view.as_str();
        TickHeaders {
            tick: tick.to_string(),
            clock: clock.to_string(),
            id_prefix: format!("{view}-{tick}-"),
            upserted: format!("landfall.{view}.upserted"),
            deleted: format!("landfall.{view}.deleted"),
        }
    }

    /// Headers of a changed row: CloudEvents in binary mode (CloudEvents Kafka protocol binding 1.0.2, section 3.2), and the
    /// tick. There is no subject: it would be the record's key once more.
    pub(super) fn of(&self, key: &[u8], stays: bool) -> OwnedHeaders {
        let mut id = String::with_capacity(self.id_prefix.len() + 16);
        id.push_str(&self.id_prefix);
        write!(id, "{:x}", fnv(key)).expect("a string takes all text");
        let texts: [(&str, &str); 7] = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id),
            ("ce_source", "landfall"),
            ("ce_type", if stays { &self.upserted } else { &self.deleted }),
            ("ce_time", &self.clock),
            ("content-type", "application/json"),
            ("landfall.tick", &self.tick),
        ];
        texts.into_iter().fold(OwnedHeaders::new_with_capacity(7), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        })
    }
}

/// Tells keys of one view and tick apart (FNV-1a, 64 bits).
fn fnv(key: &[u8]) -> u64 {
    key.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
