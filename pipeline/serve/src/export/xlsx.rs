//! Workbooks for Excel: one sheet, a header row, numbers and times as such.

use std::io::{BufWriter, Write};

use landfall_operators::rows::{Cell, Column, ColumnKind};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use landfall_dump::WriteError;

/// Rows of a sheet without the header.
pub const ROWS_MAX: usize = 1_048_575;
/// A cell takes no longer text.
const TEXT_CHARS_MAX: usize = 32_767;
/// Excel keeps so many digits of a number; longer ones are written as text, so that none is lost.
const DIGITS_MAX: usize = 15;
const COLUMN_WIDTH: f64 = 18.0;

/// Writes rows as a workbook.
///
/// # Errors
/// When there are more rows than a sheet takes, or the output takes no more.
pub fn write<'a, W: Write + Send>(
    output: BufWriter<W>,
    name: &str,
    columns: &[&Column],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<(), WriteError> {
    let mut workbook = Workbook::new();
    // Rows are written to a temporary file, so that a large sheet takes no memory.
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    let (bold, time, date) = (
        Format::new().set_bold(),
        Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        Format::new().set_num_format("yyyy-mm-dd"),
    );
    for (place, column) in (0..).zip(columns) {
        sheet.set_column_width(place, COLUMN_WIDTH)?;
        sheet.write_string_with_format(0, place, column.name, &bold)?;
    }
    for (line, row) in (1..).zip(rows) {
        for ((place, cell), column) in (0..).zip(row).zip(columns) {
            match cell {
                Cell::Empty => {}
                Cell::Time(at) => {
                    let at = ExcelDateTime::parse_from_str(&at.to_string())?;
                    sheet.write_datetime_with_format(line, place, &at, &time)?;
                }
                Cell::Date(day) => {
                    let day = ExcelDateTime::parse_from_str(&day.to_string())?;
                    sheet.write_datetime_with_format(line, place, &day, &date)?;
                }
                cell => {
                    let text = cell.to_string();
                    match number(&text, column.kind) {
                        Some((number, format)) => sheet.write_number_with_format(line, place, number, &format)?,
                        None => {
                            sheet.write_string(line, place, text.chars().take(TEXT_CHARS_MAX).collect::<String>())?
                        }
                    };
                }
            }
        }
    }
    workbook.save_to_writer(output)?;
    Ok(())
}

/// A number with the decimals that it is shown with, where a sheet can hold it exactly.
fn number(text: &str, kind: ColumnKind) -> Option<(f64, Format)> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if kind == ColumnKind::Text || digits > DIGITS_MAX {
        return None;
    }
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let shown = if decimals == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(decimals)) };
    Some((text.parse().ok()?, Format::new().set_num_format(shown)))
}
