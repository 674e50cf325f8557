//! Tables in text: a header and rows, RFC 4180 quoting.
//!
//! A record is a whole table (a file, or one message with header and rows), or rows alone when the profile's option
//! `header` gives the header line. Whichever it is, the decoder keeps nothing from one record to the next.

use ::csv::{ReaderBuilder, StringRecord};

use super::canonical::{fault, text_of};
use super::options::{Options, ProfileError};
use crate::{DataError, ErrorCode};

/// Bytes of the longest table: it is many documents in one record.
pub const TABLE_BYTES_MAX: usize = 16 << 20;
/// Columns of the widest table.
const COLUMNS_MAX: usize = 1000;

/// How a partner writes tables.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    delimiter: u8,
    /// The header, where records have none.
    header: Option<StringRecord>,
}

/// A table of a record.
#[derive(Debug)]
pub(super) struct Table {
    /// The names of the columns, trimmed.
    pub header: StringRecord,
    /// The rows and the line each begins on; blank lines are none.
    pub rows: Vec<Result<Row, DataError>>,
}

/// A row of a table.
#[derive(Debug)]
pub(super) struct Row {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells, trimmed.
    pub cells: StringRecord,
}

impl Layout {
    /// The switches that a format with tables has for them.
    pub const OPTIONS: [&'static str; 2] = ["delimiter", "header"];

    /// The layout that a profile describes.
    pub fn of(options: &Options<'_>) -> Result<Layout, ProfileError> {
        let positions = [("comma", b','), ("semicolon", b';'), ("tab", b'\t'), ("pipe", b'|')];
        let delimiter = options.choice("delimiter", &positions)?;
        let mut layout = Layout { delimiter, header: None };
        if let Some(header) = options.get("header") {
            let bad = |expected: String| ProfileError::BadOption {
                name: "header".to_owned(),
                value: header.to_owned(),
                expected,
            };
            let mut lines = layout.lines(header);
            layout.header = match lines.pop() {
                Some(Ok(row)) if lines.is_empty() => Some(row.cells),
                _ => return Err(bad("one line with the names of the columns".to_owned())),
            };
            layout.header.as_ref().map_or(Ok(()), columns_differ).map_err(bad)?;
        }
        Ok(layout)
    }

    /// Reads the table of a record.
    ///
    /// # Errors
    /// Where the record is no text, or has no usable header.
    pub fn read(&self, record: &[u8]) -> Result<Table, DataError> {
        let mut rows = self.lines(text_of(record, TABLE_BYTES_MAX)?);
        let header = match &self.header {
            Some(header) => {
                // A file may have the header all the same.
                if matches!(rows.first(), Some(Ok(row)) if row.cells == *header) {
                    rows.drain(..1);
                }
                header.clone()
            }
            None if rows.is_empty() => {
                return Err(fault(None, ErrorCode::MissingField, "line 1", "a table without a header"));
            }
            None => rows.remove(0)?.cells,
        };
        columns_differ(&header).map_err(|problem| fault(None, ErrorCode::BadValue, "line 1", problem))?;
        Ok(Table { header, rows })
    }

    fn lines(&self, text: &str) -> Vec<Result<Row, DataError>> {
        let mut reader = ReaderBuilder::new();
        reader.has_headers(false).flexible(true).trim(::csv::Trim::All).delimiter(self.delimiter);
        let (mut rows, mut lines) = (Vec::new(), Lines { text: text.as_bytes(), counted: 0, line: 1 });
        for row in reader.from_reader(text.as_bytes()).into_records() {
            match row {
                Ok(cells) => {
                    let line = cells.position().map_or(1, |position| lines.line_of(position));
                    if cells.iter().any(|cell| !cell.is_empty()) {
                        rows.push(Ok(Row { line, cells }));
                    }
                }
                Err(problem) => {
                    let line = problem.position().map_or(1, |position| lines.line_of(position));
                    rows.push(Err(fault(None, ErrorCode::BadValue, &format!("line {line}"), problem.to_string())));
                }
            }
        }
        rows
    }
}

/// Counts the lines of a text. The reader's own count stops ahead of blank lines and within the ends of two characters.
struct Lines<'t> {
    text: &'t [u8],
    /// Bytes whose line ends have been counted.
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line, from 1, on which the row begins whose position this is; rows are asked for in their order.
    fn line_of(&mut self, position: &::csv::Position) -> u64 {
        let begin = usize::try_from(position.byte()).unwrap_or(usize::MAX).min(self.text.len());
        let blank = self.text[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        while self.counted < begin + blank {
            let (byte, next) = (self.text[self.counted], self.text.get(self.counted + 1));
            self.line += u64::from(byte == b'\n' || (byte == b'\r' && next != Some(&b'\n')));
            self.counted += 1;
        }
        self.line
    }
}

/// A header names every column once; columns without a name at the end are those of a trailing delimiter.
fn columns_differ(header: &StringRecord) -> Result<(), String> {
    if header.len() > COLUMNS_MAX {
        return Err(format!("{} columns: expected at most {COLUMNS_MAX}", header.len()));
    }
    let mut names: Vec<&str> = header.iter().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("column {} is there twice: expected it once", pair[0])),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_line_they_begin_on() {
        let layout = Layout { delimiter: b',', header: None };
        let lines = |text: &str| -> Vec<u64> {
            layout.lines(text).into_iter().map(|row| row.map_or(0, |row| row.line)).collect()
        };
        assert_eq!(lines("a,b\n1,2\n3,4"), [1, 2, 3]);
        assert_eq!(lines("a,b\r\n1,2\r\n\r\n3,4\r\n"), [1, 2, 4]);
        assert_eq!(lines("\n\na,b\n , \n\"1\n2\",2\n3,4\n"), [3, 5, 7]);
        assert_eq!(lines("a,b\r1,2\r3,4"), [1, 2, 3]);
        assert_eq!(lines(""), [0; 0]);
    }
}
