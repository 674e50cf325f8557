//! Columns of a view as queries name them: its own, and those computed when read.

use std::borrow::Cow;

use landfall_operators::rows::{Cell, Column, ColumnKind, View};
use landfall_schemas::Timestamp;

use crate::problem::Problem;
use landfall_snapshot::SnapshotRow;

const DAY_MS: i64 = 86_400_000;

/// What is computed from a row of `exceptions` and the clock of the tick.
const COMPUTED: [Column; 2] = [
    Column {
        name: "age_days",
        kind: ColumnKind::Integer,
        optional: false,
        doc: " Whole days from `since` to the clock; computed when read.",
    },
    Column {
        name: "age_bucket",
        kind: ColumnKind::Text,
        optional: false,
        doc: " `0-30`, `31-60`, `61-90` or `>90` days; computed when read.",
    },
];

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The row's own column with this index.
    Own(usize),
    /// Days from the time in the own column with this index.
    AgeDays(usize),
    /// Their bucket.
    AgeBucket(usize),
}

/// A column of a view that a query names.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Name, kind and meaning.
    pub column: &'static Column,
    origin: Origin,
}

impl At {
    /// The cell of a row in this column.
    #[inline]
    pub fn cell<R: SnapshotRow>(self, row: &R, clock: Timestamp) -> Cell<'_> {
        match self.origin {
            Origin::Own(index) => row.cell(index),
            Origin::AgeDays(index) => Cell::Integer(i128::from(days_since(row.cell(index), clock))),
            Origin::AgeBucket(index) => Cell::Text(Cow::Borrowed(bucket(days_since(row.cell(index), clock)))),
        }
    }

    /// Its index among the row's own columns; none where it is computed.
    pub fn own_column(self) -> Option<usize> {
        match self.origin {
            Origin::Own(index) => Some(index),
            Origin::AgeDays(_) | Origin::AgeBucket(_) => None,
        }
    }
}

fn days_since(since: Cell<'_>, clock: Timestamp) -> i64 {
    match since {
        Cell::Time(since) => clock.0.saturating_sub(since.0).div_euclid(DAY_MS),
        _ => 0,
    }
}

fn bucket(days: i64) -> &'static str {
    match days {
        ..=30 => "0-30",
        31..=60 => "31-60",
        61..=90 => "61-90",
        _ => ">90",
    }
}

/// The view's own columns, in their order.
pub fn own(view: View) -> Vec<At> {
    view.columns().iter().enumerate().map(|(index, column)| At { column, origin: Origin::Own(index) }).collect()
}

/// The view's own columns and those computed.
pub fn all(view: View) -> Vec<At> {
    let mut columns = own(view);
    let since = (view == View::Exceptions).then(|| columns.iter().position(|at| at.column.name == "since"));
    if let Some(index) = since.flatten() {
        columns.push(At { column: &COMPUTED[0], origin: Origin::AgeDays(index) });
        columns.push(At { column: &COMPUTED[1], origin: Origin::AgeBucket(index) });
    }
    columns
}

/// The column with this name.
///
/// # Errors
/// When the view has none, with those it has.
pub fn named(view: View, name: &str, parameter: &str) -> Result<At, Problem> {
    let columns = all(view);
    columns.iter().copied().find(|at| at.column.name == name).ok_or_else(|| {
        let known: Vec<&str> = columns.iter().map(|at| at.column.name).collect();
        let detail = format!("{} has no column `{name}`; it has {}", view.as_str(), known.join(", "));
        Problem::parameter(parameter, detail)
    })
}
