//! JSON lines: one object a row, members named as the columns and in their order.
//!
//! Whole numbers are JSON numbers. Amounts and other decimals are strings, so that no reader makes binary fractions of
//! them. Times and dates are strings; where there is no value, the member is null.

use std::io::{BufWriter, Write};

use landfall_operators::rows::{Cell, Column, ViewRow};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{WriteError, flushed};

/// Writes the rows of one view.
///
/// # Errors
/// When the output takes no more.
pub(super) fn write<'a, R: ViewRow, W: Write>(
    mut output: BufWriter<W>,
    rows: impl Iterator<Item = &'a R>,
) -> Result<(), WriteError> {
    for row in rows {
        serde_json::to_writer(&mut output, &Object { columns: R::COLUMNS, cells: &row.cells() })?;
        output.write_all(b"\n")?;
    }
    flushed(output)
}

/// Cells of a row as a JSON object, members named as their columns.
pub fn json_object(columns: &[Column], cells: &[Cell<'_>]) -> Vec<u8> {
    let mut object = Vec::with_capacity(128);
    write_json_object(&mut object, columns, cells);
    object
}

/// The same in place of what the buffer held.
pub fn write_json_object(buffer: &mut Vec<u8>, columns: &[Column], cells: &[Cell<'_>]) {
    buffer.clear();
    if serde_json::to_writer(&mut *buffer, &Object { columns, cells }).is_err() {
        unreachable!("text and numbers can always be written to memory");
    }
}

struct Object<'a> {
    columns: &'a [Column],
    cells: &'a [Cell<'a>],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            match cell {
                Cell::Empty => object.serialize_entry(column.name, &())?,
                Cell::Integer(number) => object.serialize_entry(column.name, number)?,
                Cell::Text(text) => object.serialize_entry(column.name, text)?,
                Cell::Money(_) | Cell::Millionths(_) | Cell::Time(_) | Cell::Date(_) => {
                    object.serialize_entry(column.name, &AsText(cell))?;
                }
            }
        }
        object.end()
    }
}

/// A cell by its text, as a string.
struct AsText<'a>(&'a Cell<'a>);

impl Serialize for AsText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}
