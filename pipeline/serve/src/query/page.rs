//! One page of a view.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use landfall_operators::rows::View;
use landfall_schemas::Timestamp;

use super::column::At;
use super::json::{RowJson, row_json};
use super::order::Order;
use super::{Selection, candidates, matching};
use crate::problem::Problem;
use landfall_snapshot::{Rows, RowsVisitor, SnapshotRow};

/// Which page.
#[derive(Clone, Debug)]
pub struct PageQuery<'a> {
    /// Which rows in which order.
    pub selection: &'a Selection,
    /// Which columns.
    pub columns: &'a [At],
    /// At most so many rows.
    pub limit: usize,
    /// Behind the row with this key.
    pub behind: Option<&'a [String]>,
    /// Whether to count all rows that pass.
    pub count: bool,
    /// The clock of the tick.
    pub clock: Timestamp,
}

/// A page.
#[derive(Debug, Default)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<RowJson>,
    /// The key of its last row, where more rows follow.
    pub last: Option<Vec<String>>,
    /// How many rows pass the filter, where that was asked for.
    pub total: Option<u64>,
}

impl RowsVisitor for PageQuery<'_> {
    type Output = Result<Page, Problem>;

    fn rows<R: SnapshotRow>(self, _view: View, rows: &Rows<R>) -> Result<Page, Problem>
    where
        R::Key: Sync,
    {
        let behind = self.behind.map(|parts| known_row(rows, parts)).transpose()?;
        let (found, mut total) = if self.selection.order.is_key_order() {
            (self.in_key_order(rows, behind), None)
        } else {
            self.sorted(rows, behind)
        };
        if self.count && total.is_none() {
            let filter = &self.selection.filter;
            let all = if filter.is_empty() { rows.len() } else { matching(rows, filter, self.clock, None).count() };
            total = Some(all as u64);
        }
        let more = found.len() > self.limit;
        let shown = &found[..found.len().min(self.limit)];
        let last = shown.last().filter(|_| more).map(|(_, row)| key_parts(*row));
        let rows = shown.iter().map(|(_, row)| row_json(*row, self.columns, self.clock)).collect();
        Ok(Page { rows, last, total })
    }
}

/// A row with its key.
type Keyed<'a, R> = (&'a <R as landfall_operators::rows::ViewRow>::Key, &'a R);

impl PageQuery<'_> {
    /// One row more than the limit, where there are so many.
    fn in_key_order<'r, R: SnapshotRow>(
        &'r self,
        rows: &'r Rows<R>,
        behind: Option<Keyed<'r, R>>,
    ) -> Vec<Keyed<'r, R>> {
        let found = matching(rows, &self.selection.filter, self.clock, behind.map(|(key, _)| key));
        found.take(self.limit + 1).collect()
    }

    /// The first rows of the order in a heap that never holds more than the page needs; and how many rows pass, where that was
    /// asked for. Else a row that comes too late in the order is passed over before anything else of it is looked at.
    fn sorted<'r, R: SnapshotRow>(
        &'r self,
        rows: &'r Rows<R>,
        behind: Option<Keyed<'r, R>>,
    ) -> (Vec<Keyed<'r, R>>, Option<u64>) {
        let Selection { order, filter, .. } = self.selection;
        let mut total = 0;
        let mut first: BinaryHeap<Ranked<'r, R>> = BinaryHeap::with_capacity(self.limit + 2);
        for (key, row) in candidates(rows, filter, None) {
            if self.count {
                if !filter.passes(row, self.clock) {
                    continue;
                }
                total += 1;
            }
            let is_full = first.len() > self.limit;
            let last = first.peek().filter(|_| is_full);
            if last.is_some_and(|last| order.compare((key, row), (last.key, last.row), self.clock).is_gt())
                || behind.is_some_and(|behind| order.compare((key, row), behind, self.clock).is_le())
                || !(self.count || filter.passes(row, self.clock))
            {
                continue;
            }
            if is_full {
                first.pop();
            }
            first.push(Ranked { key, row, order, clock: self.clock });
        }
        let found = first.into_sorted_vec().into_iter().map(|ranked| (ranked.key, ranked.row)).collect();
        (found, self.count.then_some(total))
    }
}

struct Ranked<'a, R: SnapshotRow> {
    key: &'a R::Key,
    row: &'a R,
    order: &'a Order,
    clock: Timestamp,
}

impl<R: SnapshotRow> Ord for Ranked<'_, R> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.compare((self.key, self.row), (other.key, other.row), self.clock)
    }
}

impl<R: SnapshotRow> PartialOrd for Ranked<'_, R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: SnapshotRow> PartialEq for Ranked<'_, R> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<R: SnapshotRow> Eq for Ranked<'_, R> {}

/// The parts of a row's key as they are shown.
pub fn key_parts<R: SnapshotRow>(row: &R) -> Vec<String> {
    (0..R::KEY.len()).map(|index| row.cell(index).to_string()).collect()
}

/// The row that a cursor names: it is there, for the cursor pins the tick.
fn known_row<'r, R: SnapshotRow>(rows: &'r Rows<R>, parts: &[String]) -> Result<Keyed<'r, R>, Problem> {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let key = (parts.len() == R::KEY.len()).then(|| R::key_of(rows, &parts)).flatten();
    let row = key.and_then(|key| rows.get_key_value(&key));
    let row = row.map(|(key, row)| (key, &**row));
    row.ok_or_else(|| Problem::parameter("cursor", "the cursor names no row of this tick: begin without a cursor"))
}
