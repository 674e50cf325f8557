//! Changes of views as keys and values of records.
//!
//! The key is a JSON object of the key columns, the value one of all columns, as in the JSON lines of `replay`; a row that is
//! gone is a tombstone. So a compacted topic is the view.

use std::collections::BTreeMap;

use landfall_operators::rows::*;
use landfall_operators::{Tick, for_each_view};
use landfall_schemas::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};

use landfall_dump::json_object;

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

macro_rules! rows_of {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// The records of one view's changes in a tick, each key once.
        pub fn changed_rows(changes: &Changes) -> Vec<ChangedRow> {
            match changes { $(Changes::$variant(rows) => changed::<$row>(View::$variant, rows),)* }
        }
    };
}

for_each_view!(rows_of);

/// Headers of a changed row: CloudEvents in binary mode (CloudEvents Kafka protocol binding 1.0.2, section 3.2), and the tick.
pub(super) fn row_headers(tick: Tick, clock: Timestamp, row: &ChangedRow) -> OwnedHeaders {
    let view = row.view.as_str();
    let kind = if row.value.is_some() { "upserted" } else { "deleted" };
    let texts = [
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", format!("{view}-{tick}-{:x}", fnv(&row.key))),
        ("ce_source", "landfall".to_owned()),
        ("ce_type", format!("landfall.{view}.{kind}")),
        ("ce_time", clock.to_string()),
        ("ce_subject", String::from_utf8_lossy(&row.key).into_owned()),
        ("content-type", "application/json".to_owned()),
        ("landfall.tick", tick.to_string()),
    ];
    texts.iter().fold(OwnedHeaders::new_with_capacity(8), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    })
}

/// Tells keys of one view and tick apart (FNV-1a, 64 bits).
fn fnv(key: &[u8]) -> u64 {
    key.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn changed<R: ViewRow>(view: View, rows: &RowChanges<R>) -> Vec<ChangedRow> {
    let mut last: BTreeMap<R::Key, (&R, bool)> = BTreeMap::new();
    for (row, diff) in rows {
        let entry = last.entry(row.key()).or_insert((row, false));
        if *diff > 0 {
            *entry = (row, true);
        }
    }
    let record = |(row, stays): (&R, bool)| {
        let cells = row.cells();
        ChangedRow {
            view,
            key: json_object(&R::COLUMNS[..R::KEY.len()], &cells[..R::KEY.len()]),
            value: stays.then(|| json_object(R::COLUMNS, &cells)),
        }
    };
    last.into_values().map(record).collect()
}
