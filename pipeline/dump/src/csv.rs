//! CSV by RFC 4180 with line feeds: a header row, then the cells as they are shown.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

use landfall_operators::rows::{Cell, Column};

use super::{WriteError, flushed};

/// Writes rows with these columns.
///
/// # Errors
/// When the output takes no more.
pub fn write<'a, W: Write>(
    output: BufWriter<W>,
    columns: &[&Column],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<(), WriteError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(output);
    writer.write_record(columns.iter().map(|column| column.name))?;
    let mut text = String::new();
    for row in rows {
        for cell in row {
            text.clear();
            write!(text, "{cell}").expect("a string takes any text");
            writer.write_field(&text)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    flushed(writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))?)
}
