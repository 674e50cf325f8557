//! Queries over one view of one snapshot: filters, orders, pages, groups.

pub mod column;
pub mod cursor;
pub mod filter;
pub mod groups;
pub mod json;
pub mod lookup;
pub mod order;
pub mod page;

use landfall_operators::rows::{Cell, View};
use landfall_schemas::Timestamp;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use super::request::Parameters;
use filter::Filter;
use landfall_snapshot::{Rows, SnapshotRow};
use order::Order;

/// Which rows of a view, and in which order.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The view.
    pub view: View,
    /// Which rows.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
}

impl Selection {
    /// Reads the parameters `filter` and `sort`.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(view: View, parameters: &Parameters) -> Result<Selection, Problem> {
        let filter = Filter::read(view, parameters.all("filter"))?;
        let order = Order::read(view, &parameters.names("sort")?)?;
        Ok(Selection { view, filter, order })
    }

    /// The same text for the same selection, and for hardly any other.
    pub fn fingerprint(&self) -> String {
        let text = format!("{}\n{}\n{}", self.view.as_str(), self.filter.text(), self.order.text());
        hex(&Sha256::digest(text.as_bytes())[..8])
    }

    /// The rows in the order wanted. Those in the order of their keys are read as they are asked for.
    pub fn rows<'a, R: SnapshotRow>(
        &'a self,
        rows: &'a Rows<R>,
        clock: Timestamp,
    ) -> Box<dyn Iterator<Item = &'a R> + Send + 'a>
    where
        R::Key: Sync,
    {
        if self.order.is_key_order() {
            return Box::new(matching(rows, &self.filter, clock, None).map(|(_, row)| row));
        }
        let mut found: Vec<(&R::Key, &R)> = matching(rows, &self.filter, clock, None).collect();
        found.sort_unstable_by(|left, right| self.order.compare(*left, *right, clock));
        Box::new(found.into_iter().map(|(_, row)| row))
    }
}

/// The rows that pass a filter, in the order of their keys, behind a key. Where the filter says how keys begin, only
/// that range is read.
pub fn matching<'a, R: SnapshotRow>(
    rows: &'a Rows<R>,
    filter: &'a Filter,
    clock: Timestamp,
    behind: Option<&R::Key>,
) -> impl Iterator<Item = (&'a R::Key, &'a R)> + use<'a, R> {
    candidates(rows, filter, behind).filter(move |(_, row)| filter.passes(*row, clock))
}

/// The same rows and some more: what can be left out without a look at the row is. Whoever looks at it anyway then asks
/// [`Filter::passes`].
pub fn candidates<'a, R: SnapshotRow>(
    rows: &'a Rows<R>,
    filter: &'a Filter,
    behind: Option<&R::Key>,
) -> impl Iterator<Item = (&'a R::Key, &'a R)> + use<'a, R> {
    let prefix = filter.key_prefix(R::KEY);
    let begins = if prefix.is_empty() { filter.first_key_begins(R::KEY) } else { None };
    let parts: Vec<&str> = if prefix.is_empty() { begins.into_iter().collect() } else { texts(&prefix) };
    let least = if parts.is_empty() { rows.get_min().map(|(key, _)| key.clone()) } else { R::key_of(rows, &parts) };
    let from = match (least, behind) {
        (None, _) => None,
        (Some(least), Some(behind)) if *behind >= least => Some(std::ops::Bound::Excluded(behind.clone())),
        (Some(least), _) => Some(std::ops::Bound::Included(least)),
    };
    let range = from.map(|from| rows.range((from, std::ops::Bound::Unbounded)));
    range
        .into_iter()
        .flatten()
        .take_while(move |(_, row)| {
            prefix.iter().enumerate().all(|(index, part)| is_shown_as(&row.cell(index), part))
                && begins.is_none_or(|begins| matches!(row.cell(0), Cell::Text(text) if text.starts_with(begins)))
        })
        .filter(move |(_, row)| filter.may_pass(row.marks()))
        .map(|(key, row)| (key, &**row))
}

fn texts(parts: &[String]) -> Vec<&str> {
    parts.iter().map(String::as_str).collect()
}

fn is_shown_as(cell: &Cell<'_>, text: &str) -> bool {
    match cell {
        Cell::Text(known) => known == text,
        Cell::Empty => text.is_empty(),
        cell => cell.to_string() == text,
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
