//! Sort orders: `-amount,issued_on`. Empty cells come last either way; ties are ordered by the key.

use std::cmp::Ordering;

use landfall_operators::rows::{Cell, View};
use landfall_schemas::Timestamp;

use super::column::{At, named};
use super::filter::number_of;
use crate::problem::Problem;
use landfall_snapshot::SnapshotRow;

const COLUMNS_MAX: usize = 8;

/// In which order rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Order {
    columns: Vec<(At, bool)>,
}

impl Order {
    /// Reads a sort order; a column with `-` before it goes down.
    ///
    /// # Errors
    /// When a column does not exist, or there are too many.
    pub fn read(view: View, names: &[&str]) -> Result<Order, Problem> {
        if names.len() > COLUMNS_MAX {
            return Err(Problem::parameter("sort", format!("more than {COLUMNS_MAX} columns to sort by")));
        }
        let column = |name: &&str| {
            let (name, down) = name.strip_prefix('-').map_or((*name, false), |name| (name, true));
            Ok((named(view, name, "sort")?, down))
        };
        Ok(Order { columns: names.iter().map(column).collect::<Result<_, Problem>>()? })
    }

    /// Whether rows are wanted in the order of their keys.
    pub fn is_key_order(&self) -> bool {
        self.columns.is_empty()
    }

    /// The order as it was written.
    pub fn text(&self) -> String {
        let column = |(at, down): &(At, bool)| format!("{}{}", if *down { "-" } else { "" }, at.column.name);
        self.columns.iter().map(column).collect::<Vec<_>>().join(",")
    }

    /// Compares two rows with their keys.
    #[inline]
    pub fn compare<R: SnapshotRow>(
        &self,
        (left_key, left): (&R::Key, &R),
        (right_key, right): (&R::Key, &R),
        clock: Timestamp,
    ) -> Ordering {
        for (at, down) in &self.columns {
            let ordering = compare(&at.cell(left, clock), &at.cell(right, clock), *down);
            if ordering.is_ne() {
                return ordering;
            }
        }
        left_key.cmp(right_key)
    }
}

fn compare(left: &Cell<'_>, right: &Cell<'_>, down: bool) -> Ordering {
    let ordering = match (left, right) {
        (Cell::Empty, Cell::Empty) => return Ordering::Equal,
        (Cell::Empty, _) => return Ordering::Greater,
        (_, Cell::Empty) => return Ordering::Less,
        (Cell::Text(left), Cell::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Cell::Time(left), Cell::Time(right)) => left.cmp(right),
        (Cell::Date(left), Cell::Date(right)) => left.cmp(right),
        (left, right) => number_of(left).cmp(&number_of(right)),
    };
    if down { ordering.reverse() } else { ordering }
}
