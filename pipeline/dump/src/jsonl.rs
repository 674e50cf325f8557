//! JSON lines: one object a row, members named as the columns and in their order.
//!
//! Whole numbers are JSON numbers. Amounts and other decimals are strings, so that no reader makes binary fractions of
//! them. Times and dates are strings; where there is no value, the member is null.

use std::io::{BufWriter, Write};

use landfall_operators::rows::{Cell, Column, ViewRow};

use super::{WriteError, flushed};

/// Writes the rows of one view.
///
/// # Errors
/// When the output takes no more.
pub(super) fn write<'a, R: ViewRow, W: Write>(
    mut output: BufWriter<W>,
    rows: impl Iterator<Item = &'a R>,
) -> Result<(), WriteError> {
    let mut object = Vec::new();
    for row in rows {
        write_json_object(&mut object, R::COLUMNS, &row.cells());
        object.push(b'\n');
        output.write_all(&object)?;
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
    buffer.push(b'{');
    for (index, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if index > 0 {
            buffer.push(b',');
        }
        // Names of columns and numbers, amounts and times have nothing to escape.
        buffer.push(b'"');
        buffer.extend_from_slice(column.name.as_bytes());
        buffer.extend_from_slice(b"\":");
        let written = match cell {
            Cell::Empty => buffer.write_all(b"null"),
            Cell::Integer(_) => write!(buffer, "{cell}"),
            Cell::Text(text) => serde_json::to_writer(&mut *buffer, text).map_err(std::io::Error::from),
            Cell::Money(_) | Cell::Millionths(_) | Cell::Time(_) | Cell::Date(_) => write!(buffer, "\"{cell}\""),
        };
        if written.is_err() {
            unreachable!("text and numbers can always be written to memory");
        }
    }
    buffer.push(b'}');
}
