//! CSV by RFC 4180 with line feeds: a header row, then the cells as they are shown.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

use landfall_operators::rows::ViewRow;

use super::{WriteError, flushed};

/// Writes the rows of one view.
///
/// # Errors
/// When the output takes no more.
pub(super) fn write<'a, R: ViewRow, W: Write>(
    output: BufWriter<W>,
    rows: impl Iterator<Item = &'a R>,
) -> Result<(), WriteError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(output);
    writer.write_record(R::COLUMNS.iter().map(|column| column.name))?;
    let mut text = String::new();
    for row in rows {
        for cell in row.cells() {
            text.clear();
            write!(text, "{cell}").expect("a string takes any text");
            writer.write_field(&text)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    flushed(writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))?)
}
