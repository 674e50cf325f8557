//! Rows as JSON objects: the same form in lists, lookups and subscriptions.

use landfall_operators::rows::Cell;
use landfall_schemas::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::column::At;
use landfall_snapshot::SnapshotRow;

/// A row that has been written.
pub type RowJson = Box<RawValue>;

/// Writes a row with these columns.
pub fn row_json<R: SnapshotRow>(row: &R, columns: &[At], clock: Timestamp) -> RowJson {
    serde_json::value::to_raw_value(&Object { row, columns, clock }).expect("texts and numbers are JSON")
}

struct Object<'a, R> {
    row: &'a R,
    columns: &'a [At],
    clock: Timestamp,
}

impl<R: SnapshotRow> Serialize for Object<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for at in self.columns {
            object.serialize_entry(at.column.name, &CellJson(&at.cell(self.row, self.clock)))?;
        }
        object.end()
    }
}

/// A cell: empty is null, whole numbers are numbers, all else is text.
pub struct CellJson<'a>(pub &'a Cell<'a>);

impl Serialize for CellJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Cell::Empty => serializer.serialize_unit(),
            Cell::Integer(number) => serializer.serialize_i128(*number),
            Cell::Text(text) => serializer.serialize_str(text),
            cell => serializer.collect_str(&cell),
        }
    }
}
