//! Rows by their keys.

use landfall_operators::rows::View;
use landfall_schemas::Timestamp;

use super::column::At;
use super::json::{RowJson, row_json};
use landfall_snapshot::{Rows, RowsVisitor, SnapshotRow};

/// The row with exactly this key.
pub struct Lookup<'a> {
    /// The parts of the key, as they are shown.
    pub key: &'a [String],
    /// Which columns.
    pub columns: &'a [At],
    /// The clock of the tick.
    pub clock: Timestamp,
}

impl RowsVisitor for Lookup<'_> {
    type Output = Option<RowJson>;

    fn rows<R: SnapshotRow>(self, _view: View, rows: &Rows<R>) -> Option<RowJson>
    where
        R::Key: Sync,
    {
        let parts: Vec<&str> = self.key.iter().map(String::as_str).collect();
        let key = (parts.len() == R::KEY.len()).then(|| R::key_of(rows, &parts)).flatten()?;
        rows.get(&key).map(|row| row_json(&**row, self.columns, self.clock))
    }
}

/// The rows whose keys begin with these parts.
pub fn under<'a, R: SnapshotRow>(rows: &'a Rows<R>, parts: &[&str]) -> impl Iterator<Item = &'a R> + use<'a, R> {
    let range = R::key_of(rows, parts).map(|least| rows.range(least..));
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    let begins = move |row: &&R| parts.iter().enumerate().all(|(index, part)| row.cell(index).to_string() == *part);
    range.into_iter().flatten().map(|(_, row)| &**row).take_while(begins)
}
