//! Marks: a byte for each of a row's first texts, kept beside the pointer to the row.
//!
//! Rows lie anywhere in memory, and a filter over a million of them waits for each. Most filters ask whether a text equals
//! another; a row whose mark differs cannot pass and is never fetched.

use std::ops::Deref;

use landfall_operators::rows::{Cell, Column, ColumnKind};
use triomphe::Arc;

use super::SnapshotRow;

const SLOTS: usize = 8;

/// A row as a view's map holds it.
#[derive(Clone, Debug)]
pub struct Served<R> {
    row: Arc<R>,
    marks: Marks,
}

impl<R: SnapshotRow> Served<R> {
    /// The row with its marks.
    pub fn new(row: &Arc<R>) -> Served<R> {
        Served { row: Arc::clone(row), marks: Marks::of(&**row) }
    }
}

impl<R> Served<R> {
    /// The row, to be shared.
    pub fn row(&self) -> &Arc<R> {
        &self.row
    }

    /// Its marks.
    #[inline]
    pub fn marks(&self) -> Marks {
        self.marks
    }
}

impl<R> Deref for Served<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.row
    }
}

/// The marks of a row's first eight columns of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks([u8; SLOTS]);

impl Marks {
    fn of<R: SnapshotRow>(row: &R) -> Marks {
        let mut marks = [0; SLOTS];
        for (mark, column) in marks.iter_mut().zip(texts(R::COLUMNS)) {
            if let Cell::Text(text) = row.cell(column) {
                *mark = mark_of(&text);
            }
        }
        Marks(marks)
    }
}

/// Which columns hold texts.
fn texts(columns: &[Column]) -> impl Iterator<Item = usize> + '_ {
    columns.iter().enumerate().filter(|(_, column)| column.kind == ColumnKind::Text).map(|(index, _)| index)
}

/// The mark of a text: 0 where there is none, else anything else.
fn mark_of(text: &str) -> u8 {
    if text.is_empty() {
        return 0;
    }
    let mut hash = text.len() as u64;
    for piece in text.as_bytes().chunks(8) {
        let mut bytes = [0; 8];
        bytes[..piece.len()].copy_from_slice(piece);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    ((hash >> 56) as u8).max(1)
}

/// What the mark of one column must be for a row to pass.
#[derive(Clone, Debug)]
pub struct MarkFilter {
    slot: usize,
    /// A bit for each mark.
    wanted: [u64; 4],
}

impl MarkFilter {
    /// Of one of the columns of a view, to be told what is wanted; none where that column has no mark.
    pub fn on(columns: &[Column], column: usize) -> Option<MarkFilter> {
        let slot = texts(columns).take(SLOTS).position(|index| index == column)?;
        Some(MarkFilter { slot, wanted: [0; 4] })
    }

    /// Rows with this text, too; with the empty text, those that have none.
    #[must_use]
    pub fn or_text(mut self, text: &str) -> MarkFilter {
        let mark = mark_of(text);
        self.wanted[usize::from(mark / 64)] |= 1 << (mark % 64);
        self
    }

    /// Rows with any text.
    #[must_use]
    pub fn or_any_text(mut self) -> MarkFilter {
        self.wanted = [u64::MAX; 4];
        self.wanted[0] &= !1;
        self
    }

    /// Whether a row with these marks may pass; `false` is certain.
    #[inline]
    pub fn may_pass(&self, marks: Marks) -> bool {
        let mark = marks.0[self.slot];
        self.wanted[usize::from(mark / 64)] >> (mark % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use landfall_operators::rows::{ExceptionCategory, ExceptionRow, Severity, View};
    use landfall_schemas::{Text, Timestamp};

    use super::*;

    fn exception(number: usize) -> Served<ExceptionRow> {
        let text =
            |name: &str| Text::from(if number.is_multiple_of(3) { String::new() } else { format!("{name}-{number}") });
        Served::new(&Arc::new(ExceptionRow {
            exception_id: Text::from(format!("E{number}")),
            category: ExceptionCategory::ALL[number % ExceptionCategory::ALL.len()],
            reason: text("reason"),
            severity: Severity::High,
            partner: text("a partner with a long name"),
            region: text("region"),
            owner: text("owner"),
            shipment_id: text("S"),
            order_id: text("O"),
            invoice_no: text("I"),
            declaration_id: text("D"),
            amount_base: None,
            since: Timestamp(0),
            detail: text("detail"),
        }))
    }

    /// Whatever a filter wants, no row that has it is left out.
    #[test]
    fn marks_never_leave_out_a_row_that_passes() {
        let rows: Vec<_> = (0..1_000).map(exception).collect();
        let columns = View::Exceptions.columns();
        let marked: Vec<usize> = (0..columns.len()).filter(|index| MarkFilter::on(columns, *index).is_some()).collect();
        assert_eq!(marked.len(), SLOTS);
        for column in marked {
            let on = || MarkFilter::on(columns, column).expect("it has a mark");
            for row in &rows {
                let Cell::Text(text) = row.cell(column) else {
                    assert!(on().or_text("").may_pass(row.marks()) && !on().or_any_text().may_pass(row.marks()));
                    continue;
                };
                assert!(on().or_text(&text).or_text("another").may_pass(row.marks()));
                assert!(on().or_any_text().may_pass(row.marks()) && !on().or_text("").may_pass(row.marks()));
            }
        }
    }

    #[test]
    fn marks_leave_out_most_rows_that_do_not_pass() {
        let columns = View::Exceptions.columns();
        let wanted = MarkFilter::on(columns, 0).expect("it has a mark").or_text("E7");
        let passing = (0..10_000).filter(|number| wanted.may_pass(exception(*number).marks())).count();
        assert!((1..200).contains(&passing), "{passing} of 10,000 pass");
    }
}
