//! Changes of views as keys and values of records.
//!
//! The key is a JSON object of the key columns, the value one of all columns, as in the JSON lines of `replay`; a row that is
//! gone is a tombstone. So a compacted topic is the view.

use std::collections::BTreeMap;

use landfall_operators::for_each_view;
use landfall_operators::rows::*;

use crate::dump::json_object;

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
