//! Filters as ranges of keys.
//!
//! A filter that fixes the first parts of a view's key, or bounds the one after them, says where in the ordered map to
//! begin and to end. Such filters are answered wholly here; all others are left to the query engine.

use datafusion::arrow::datatypes::TimeUnit;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;
use landfall_operators::rows::View;

use super::keys::{Literal, Place};

/// The keys of a view that filters leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyRange {
    /// Parts of the key that are fixed.
    fixed: Vec<Literal>,
    /// Bounds of the part behind them, and whether they are excluded.
    lower: Option<(Literal, bool)>,
    upper: Option<(Literal, bool)>,
}

/// Both ends of a range.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    lower: Vec<Literal>,
    lower_behind: bool,
    upper: Vec<Literal>,
    upper_behind: bool,
}

impl Ends {
    pub fn lower<K>(&self) -> Place<'_, K> {
        Place::Beside { parts: &self.lower, behind: self.lower_behind }
    }

    pub fn upper<K>(&self) -> Place<'_, K> {
        Place::Beside { parts: &self.upper, behind: self.upper_behind }
    }
}

impl KeyRange {
    /// The range of some filters, and which of them it answers wholly.
    pub fn of(view: View, filters: &[&Expr]) -> (KeyRange, Vec<bool>) {
        let terms: Vec<Option<Term>> = filters.iter().map(|filter| Term::of(view, filter)).collect();
        let mut range = KeyRange::default();
        let mut answered = vec![false; filters.len()];
        for part in 0..view.key().len() {
            let mut equal = terms.iter().enumerate().filter_map(|(at, term)| Some((at, term.as_ref()?)));
            let Some((at, term)) = equal.find(|(_, term)| term.part == part && term.operator == Operator::Eq) else {
                range.bound(part, &terms, &mut answered);
                break;
            };
            range.fixed.push(term.literal.clone());
            answered[at] = true;
        }
        (range, answered)
    }

    /// Takes the bounds of the first part that is not fixed.
    fn bound(&mut self, part: usize, terms: &[Option<Term>], answered: &mut [bool]) {
        for (at, term) in terms.iter().enumerate() {
            let Some(term) = term.as_ref().filter(|term| term.part == part) else { continue };
            let (side, excluded) = match term.operator {
                Operator::Gt => (&mut self.lower, true),
                Operator::GtEq => (&mut self.lower, false),
                Operator::Lt => (&mut self.upper, true),
                Operator::LtEq => (&mut self.upper, false),
                _ => continue,
            };
            if side.is_none() {
                *side = Some((term.literal.clone(), excluded));
                answered[at] = true;
            }
        }
    }

    /// Whether it leaves every key.
    pub fn is_full(&self) -> bool {
        self == &KeyRange::default()
    }

    /// Whether it can leave no key at all.
    pub fn is_empty(&self) -> bool {
        match (&self.lower, &self.upper) {
            (Some((lower, one)), Some((upper, other))) => lower > upper || (lower == upper && (*one || *other)),
            _ => false,
        }
    }

    /// Whether it leaves one key at most.
    pub fn is_point(&self, view: View) -> bool {
        self.fixed.len() == view.key().len()
    }

    /// Where it begins and ends.
    pub fn ends(&self) -> Ends {
        let with = |bound: &Option<(Literal, bool)>| {
            let mut parts = self.fixed.clone();
            parts.extend(bound.as_ref().map(|(literal, _)| literal.clone()));
            parts
        };
        Ends {
            lower: with(&self.lower),
            lower_behind: self.lower.as_ref().is_some_and(|(_, excluded)| *excluded),
            upper: with(&self.upper),
            upper_behind: self.upper.as_ref().is_none_or(|(_, excluded)| !*excluded),
        }
    }
}

impl std::fmt::Display for KeyRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "fixed={:?}", self.fixed)?;
        if let Some((literal, excluded)) = &self.lower {
            write!(f, ", {} {literal:?}", if *excluded { ">" } else { ">=" })?;
        }
        if let Some((literal, excluded)) = &self.upper {
            write!(f, ", {} {literal:?}", if *excluded { "<" } else { "<=" })?;
        }
        Ok(())
    }
}

/// `part operator literal`.
struct Term {
    part: usize,
    operator: Operator,
    literal: Literal,
}

impl Term {
    fn of(view: View, filter: &Expr) -> Option<Term> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
        let (column, operator, value) = match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _)) => (column, *op, value),
            (Expr::Literal(value, _), Expr::Column(column)) => (column, op.swap()?, value),
            _ => return None,
        };
        let part = view.key().iter().position(|name| *name == column.name())?;
        let comparison =
            matches!(operator, Operator::Eq | Operator::Gt | Operator::GtEq | Operator::Lt | Operator::LtEq);
        comparison.then_some(Term { part, operator, literal: literal(value)? })
    }
}

/// A literal of the type of a key's column; the query engine has made the types of both sides equal before.
fn literal(value: &ScalarValue) -> Option<Literal> {
    match value {
        ScalarValue::Utf8(Some(text)) => Some(Literal::Text(text.clone())),
        ScalarValue::Int64(Some(number)) => Some(Literal::Integer(*number)),
        ScalarValue::TimestampMicrosecond(Some(micros), Some(_)) => {
            debug_assert!(matches!(
                value.data_type(),
                datafusion::arrow::datatypes::DataType::Timestamp(TimeUnit::Microsecond, _)
            ));
            Some(Literal::Micros(*micros))
        }
        _ => None,
    }
}
