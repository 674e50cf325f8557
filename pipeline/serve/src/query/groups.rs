//! Groups of rows: how many there are, and sums of amounts. Amounts of different currencies are never added.

use std::collections::HashMap;
use std::fmt::Write as _;

use landfall_operators::rows::{Cell, ColumnKind, View};
use landfall_schemas::{Money, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use super::column::{At, named};
use super::filter::Filter;
use super::{json::CellJson, matching};
use crate::problem::Problem;
use landfall_snapshot::{Rows, RowsVisitor, SnapshotRow};

const SHOWN_MAX: usize = 1_000;
/// More groups than this are not counted: they would be no answer anybody reads.
const GROUPS_MAX: usize = 100_000;
const COLUMNS_MAX: usize = 8;

/// What to group by and what to add up.
#[derive(Clone, Debug)]
pub struct GroupQuery {
    by: Vec<At>,
    sums: Vec<At>,
}

/// A group.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Group {
    /// The values that its rows share.
    #[schema(value_type = Object)]
    pub by: Map<String, Value>,
    /// How many rows.
    pub count: u64,
    /// Sums by column.
    #[schema(value_type = Object)]
    pub sums: Map<String, Value>,
}

/// Groups, the largest first.
#[derive(Debug, Default)]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// Whether there are more.
    pub truncated: bool,
}

impl GroupQuery {
    /// Reads what to group by and to add up; adds the column of the currency of each amount.
    ///
    /// # Errors
    /// When a column does not exist or cannot be added up.
    pub fn read(view: View, by: &[&str], sums: &[&str]) -> Result<GroupQuery, Problem> {
        if by.len() > COLUMNS_MAX || sums.len() > COLUMNS_MAX {
            return Err(Problem::parameter("by", format!("more than {COLUMNS_MAX} columns")));
        }
        let mut by = by.iter().map(|name| named(view, name, "by")).collect::<Result<Vec<_>, _>>()?;
        let sums = sums.iter().map(|name| named(view, name, "sum")).collect::<Result<Vec<_>, _>>()?;
        for sum in &sums {
            if !matches!(sum.column.kind, ColumnKind::Money | ColumnKind::Integer) {
                let detail = format!("{} cannot be added up: only amounts and counts can", sum.column.name);
                return Err(Problem::parameter("sum", detail));
            }
            let currency = currency_column(sum.column.name).and_then(|name| named(view, name, "sum").ok());
            if let Some(currency) = currency.filter(|it| !by.iter().any(|at| at.column.name == it.column.name)) {
                by.push(currency);
            }
        }
        Ok(GroupQuery { by, sums })
    }
}

/// The column that holds the currency of an amount; amounts in the base currency have none.
fn currency_column(amount: &str) -> Option<&'static str> {
    match amount {
        "amount" => Some("currency"),
        "expected_amount" | "billed_amount" | "variance_amount" => Some("expected_currency"),
        _ => None,
    }
}

/// A running sum.
#[derive(Clone, Copy, Default)]
struct Sum {
    amount: Option<Money>,
    number: i128,
}

impl Sum {
    fn add(&mut self, cell: &Cell<'_>) {
        match cell {
            Cell::Money(money) => {
                let minor = self.amount.map_or(0, |amount| amount.minor);
                self.amount = Some(Money::new(minor.saturating_add(money.minor), money.currency));
            }
            Cell::Integer(number) => self.number = self.number.saturating_add(*number),
            _ => {}
        }
    }

    /// As decimal text; `0` where no row has an amount.
    fn shown(self) -> String {
        self.amount.map_or_else(|| self.number.to_string(), |amount| amount.to_string())
    }
}

/// A group while rows are added.
struct Running<'a> {
    by: Vec<Cell<'a>>,
    count: u64,
    sums: Vec<Sum>,
}

/// Groups the rows of a view that pass a filter.
pub struct Grouping<'a> {
    /// What to group by and to add up.
    pub query: &'a GroupQuery,
    /// Which rows.
    pub filter: &'a Filter,
    /// The clock of the tick.
    pub clock: Timestamp,
}

impl RowsVisitor for Grouping<'_> {
    type Output = Result<Groups, Problem>;

    fn rows<R: SnapshotRow>(self, _view: View, rows: &Rows<R>) -> Result<Groups, Problem>
    where
        R::Key: Sync,
    {
        let mut groups: HashMap<String, Running<'_>> = HashMap::new();
        let mut text = String::new();
        for (_, row) in matching(rows, self.filter, self.clock, None) {
            text.clear();
            for at in &self.query.by {
                let cell = at.cell(row, self.clock);
                let mark = if cell == Cell::Empty { '\u{1}' } else { '\u{2}' };
                write!(text, "{mark}{cell}").expect("a string takes any text");
            }
            if !groups.contains_key(text.as_str()) {
                let by = self.query.by.iter().map(|at| at.cell(row, self.clock)).collect();
                groups
                    .insert(text.clone(), Running { by, count: 0, sums: vec![Sum::default(); self.query.sums.len()] });
            }
            let group = groups.get_mut(text.as_str()).expect("it was just put there");
            group.count += 1;
            for (sum, at) in group.sums.iter_mut().zip(&self.query.sums) {
                sum.add(&at.cell(row, self.clock));
            }
            if groups.len() > GROUPS_MAX {
                let detail = format!("more than {GROUPS_MAX} groups: group by fewer columns, or filter");
                return Err(Problem::too_large(detail));
            }
        }
        let mut groups: Vec<(String, Running<'_>)> = groups.into_iter().collect();
        groups.sort_unstable_by(|(left_text, left), (right_text, right)| {
            right.count.cmp(&left.count).then_with(|| left_text.cmp(right_text))
        });
        let truncated = groups.len() > SHOWN_MAX;
        let groups = groups.iter().take(SHOWN_MAX).map(|(_, group)| self.group(group)).collect();
        Ok(Groups { groups, truncated })
    }
}

impl Grouping<'_> {
    fn group(&self, group: &Running<'_>) -> Group {
        let value = |cell: &Cell<'_>| serde_json::to_value(CellJson(cell)).unwrap_or(Value::Null);
        let by = self.query.by.iter().zip(&group.by);
        let by = by.map(|(at, cell)| (at.column.name.to_owned(), value(cell))).collect();
        let sums = self.query.sums.iter().zip(&group.sums);
        let sums = sums.map(|(at, sum)| (at.column.name.to_owned(), Value::String(sum.shown()))).collect();
        Group { by, count: group.count, sums }
    }
}
