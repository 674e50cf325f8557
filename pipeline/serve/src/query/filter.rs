//! Filters: `COLUMN:OP:VALUE`.

use std::cmp::Ordering;
use std::fmt::Write as _;

use landfall_operators::rows::{Cell, ColumnKind, View};
use landfall_schemas::{Date, Timestamp};

use super::column::{At, named};
use crate::problem::Problem;
use landfall_snapshot::{MarkFilter, Marks, SnapshotRow};

const OPERATORS: &str = "eq, ne, lt, le, gt, ge, in, prefix, contains, empty, filled";
const VALUES_MAX: usize = 1_000;
const MILLIONTHS_DECIMALS: u32 = 6;

/// What a cell is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A text.
    Text(String),
    /// A number, in millionths.
    Number(i128),
    /// A point in time.
    Time(Timestamp),
    /// A date.
    Date(Date),
}

#[derive(Clone, Debug)]
enum Test {
    Equal(Operand),
    Compare(fn(Ordering) -> bool, Operand),
    NotEqual(Operand),
    In(Vec<Operand>),
    Prefix(String),
    Contains(String),
    Empty,
    Filled,
}

/// One condition on one column.
#[derive(Clone, Debug)]
pub struct Condition {
    at: At,
    test: Test,
    text: String,
    /// What leaves most rows out that do not pass, without a look at them.
    mark: Option<MarkFilter>,
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
}

impl Filter {
    /// Reads filters of a view.
    ///
    /// # Errors
    /// What is wrong with the first bad one.
    pub fn read<'a>(view: View, texts: impl Iterator<Item = &'a str>) -> Result<Filter, Problem> {
        let conditions = texts.map(|text| Condition::read(view, text)).collect::<Result<_, _>>()?;
        Ok(Filter { conditions })
    }

    /// Whether a row with these marks may pass; `false` is certain.
    #[inline]
    pub fn may_pass(&self, marks: Marks) -> bool {
        self.conditions.iter().all(|condition| condition.mark.as_ref().is_none_or(|mark| mark.may_pass(marks)))
    }

    /// Whether a row passes.
    #[inline]
    pub fn passes<R: SnapshotRow>(&self, row: &R, clock: Timestamp) -> bool {
        self.conditions.iter().all(|condition| condition.holds(&condition.at.cell(row, clock)))
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether it looks at a column that is computed when read.
    pub fn is_computed(&self) -> bool {
        self.conditions.iter().any(|condition| condition.at.own_column().is_none())
    }

    /// The filter as it was written: the same text for the same filter of the same view.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for condition in &self.conditions {
            writeln!(text, "{}", condition.text).unwrap_or_default();
        }
        text
    }

    /// The leading key columns that must equal a value, as the values are shown.
    pub fn key_prefix(&self, key: &[&'static str]) -> Vec<String> {
        let equal = |name: &str| {
            self.conditions.iter().find_map(|condition| match &condition.test {
                Test::Equal(operand) if condition.at.column.name == name => Some(operand.shown()),
                _ => None,
            })
        };
        key.iter().map_while(|name| equal(name)).collect()
    }

    /// The text that the first key column must begin with, where one filter says so.
    pub fn first_key_begins(&self, key: &[&'static str]) -> Option<&str> {
        self.conditions.iter().find_map(|condition| match &condition.test {
            Test::Prefix(prefix) if Some(&condition.at.column.name) == key.first() => Some(prefix.as_str()),
            _ => None,
        })
    }
}

impl Condition {
    fn read(view: View, text: &str) -> Result<Condition, Problem> {
        let wrong = |detail: String| Problem::parameter("filter", detail);
        let (name, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong(format!("`{text}` is no filter: write COLUMN:OP:VALUE, as in status:eq:overdue")))?;
        let at = named(view, name, "filter")?;
        let (operator, value) = rest.split_once(':').map_or((rest, None), |(operator, value)| (operator, Some(value)));
        let needed = || value.ok_or_else(|| wrong(format!("`{text}` has no value: write {name}:{operator}:VALUE")));
        let operand = || Operand::read(at, needed()?);
        let texts = || {
            let value = needed()?;
            if at.column.kind == ColumnKind::Text {
                Ok(value.to_owned())
            } else {
                Err(wrong(format!("`{operator}` is for texts, and {name} holds none: use lt, le, gt, ge")))
            }
        };
        let test = match operator {
            "eq" => Test::Equal(operand()?),
            "ne" => Test::NotEqual(operand()?),
            "lt" => Test::Compare(Ordering::is_lt, operand()?),
            "le" => Test::Compare(Ordering::is_le, operand()?),
            "gt" => Test::Compare(Ordering::is_gt, operand()?),
            "ge" => Test::Compare(Ordering::is_ge, operand()?),
            "in" => Test::In(operands(at, needed()?)?),
            "prefix" => Test::Prefix(texts()?),
            "contains" => Test::Contains(texts()?.to_ascii_lowercase()),
            "empty" => Test::Empty,
            "filled" => Test::Filled,
            _ => return Err(wrong(format!("there is no operator `{operator}`; known: {OPERATORS}"))),
        };
        let mark = at.own_column().and_then(|index| test.mark(MarkFilter::on(view.columns(), index)?));
        Ok(Condition { at, test, text: text.to_owned(), mark })
    }

    #[inline]
    fn holds(&self, cell: &Cell<'_>) -> bool {
        match &self.test {
            Test::Equal(operand) => compare(cell, operand).is_some_and(Ordering::is_eq),
            Test::Compare(wanted, operand) => compare(cell, operand).is_some_and(wanted),
            Test::NotEqual(operand) => compare(cell, operand).is_none_or(Ordering::is_ne),
            Test::In(operands) => operands.iter().any(|operand| compare(cell, operand).is_some_and(Ordering::is_eq)),
            Test::Prefix(prefix) => matches!(cell, Cell::Text(text) if text.starts_with(prefix)),
            Test::Contains(part) => matches!(cell, Cell::Text(text) if contains(text, part)),
            Test::Empty => *cell == Cell::Empty,
            Test::Filled => *cell != Cell::Empty,
        }
    }
}

impl Test {
    /// What the mark of the column must be; none where a mark says nothing.
    fn mark(&self, none: MarkFilter) -> Option<MarkFilter> {
        match self {
            Test::Equal(Operand::Text(text)) => Some(none.or_text(text)),
            Test::In(operands) => operands.iter().try_fold(none, |mark, operand| match operand {
                Operand::Text(text) => Some(mark.or_text(text)),
                _ => None,
            }),
            Test::Empty => Some(none.or_text("")),
            Test::Filled => Some(none.or_any_text()),
            _ => None,
        }
    }
}

fn operands(at: At, text: &str) -> Result<Vec<Operand>, Problem> {
    let values: Vec<&str> = text.split(',').collect();
    if values.len() > VALUES_MAX {
        return Err(Problem::parameter("filter", format!("more than {VALUES_MAX} values for `in`")));
    }
    values.into_iter().map(|value| Operand::read(at, value)).collect()
}

impl Operand {
    fn read(at: At, text: &str) -> Result<Operand, Problem> {
        let wrong = |what: &str| {
            let detail = format!("`{text}` is {what}, and {} holds such", at.column.name);
            Problem::parameter("filter", detail)
        };
        match at.column.kind {
            ColumnKind::Text => Ok(Operand::Text(text.to_owned())),
            ColumnKind::Integer | ColumnKind::Money | ColumnKind::Millionths | ColumnKind::Figure => {
                millionths(text).map(Operand::Number).ok_or_else(|| wrong("no number like 12 or -1234.50"))
            }
            ColumnKind::Time => {
                let date = || text.parse::<Date>().ok().map(Date::midnight);
                let time = text.parse::<Timestamp>().ok().or_else(date);
                time.map(Operand::Time).ok_or_else(|| wrong("no time like 2026-03-20T08:00:00Z, nor a date"))
            }
            ColumnKind::Date => text.parse().map(Operand::Date).map_err(|_| wrong("no date like 2026-03-20")),
        }
    }

    fn shown(&self) -> String {
        match self {
            Operand::Text(text) => text.clone(),
            // Numbers in keys are whole.
            Operand::Number(number) => (number / 10_i128.pow(MILLIONTHS_DECIMALS)).to_string(),
            Operand::Time(time) => time.to_string(),
            Operand::Date(date) => date.to_string(),
        }
    }
}

/// A decimal number in millionths.
fn millionths(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_max = MILLIONTHS_DECIMALS as usize;
    if whole.is_empty()
        || whole.len() > 24
        || fraction.len() > fraction_max
        || !is_digits(whole)
        || !is_digits(fraction)
    {
        return None;
    }
    let magnitude: i128 = format!("{whole}{fraction:0<fraction_max$}").parse().ok()?;
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// A number in millionths, where the cell is one.
pub fn number_of(cell: &Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Integer(number) => Some(number.saturating_mul(10_i128.pow(MILLIONTHS_DECIMALS))),
        Cell::Money(money) => {
            let decimals = MILLIONTHS_DECIMALS.saturating_sub(money.currency.exponent());
            Some(money.minor.saturating_mul(10_i128.pow(decimals)))
        }
        Cell::Millionths(number) => Some(*number),
        _ => None,
    }
}

#[inline]
fn compare(cell: &Cell<'_>, operand: &Operand) -> Option<Ordering> {
    match (cell, operand) {
        (Cell::Text(text), Operand::Text(value)) => Some(text.as_bytes().cmp(value.as_bytes())),
        (Cell::Time(time), Operand::Time(value)) => Some(time.cmp(value)),
        (Cell::Date(date), Operand::Date(value)) => Some(date.cmp(value)),
        (cell, Operand::Number(value)) => number_of(cell).map(|number| number.cmp(value)),
        _ => None,
    }
}

/// Whether a text holds another, whatever the case of ASCII letters; `part` is in lower case.
fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
