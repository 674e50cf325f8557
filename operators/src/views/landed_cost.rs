//! `landed_cost`: what each component of an order line was estimated to cost, has cost, and will cost (§5).
//!
//! Grain and key: (order_id, line_no, component). A row appears when the order estimates the component (and there is a
//! rate) or something has contributed to it; it goes with the order, or when both go. The actual is the sum of what
//! invoices and declarations put on the line; coverage is the share of the ordered quantity they were for; best is the
//! actual plus the estimate of what is not covered yet.
//!
//! As SQL: `best = coalesce(actual + round(estimate * (1 - coverage)), estimate)`. Example: 100.00 estimated, 30.00
//! invoiced for a quarter of the goods: best 105.00, variance 5.00.

use landfall_schemas::event::Component;
use landfall_schemas::exact::{Rate, quotient};
use landfall_schemas::{Currency, Money};
use smallvec::SmallVec;

use crate::document::OrderFields;
use crate::rows::{LandedCostRow, Millionths};
use crate::stage::order_lines::{Coverage, Line};
use crate::stage::wide::Wide;

/// A component of a line: its row, without what the line says. Amounts are minor units of the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentCost {
    /// The component.
    pub component: Component,
    estimate: Wide,
    best: Wide,
    spent: Option<Spent>,
}

/// What was invoiced and assessed so far, and which part of the line it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    amount: Wide,
    /// Which part of the quantity it was for.
    pub coverage: Coverage,
}

impl ComponentCost {
    /// Estimated amount; 0 when none is given.
    pub fn estimate(&self) -> i128 {
        self.estimate.get()
    }

    /// Invoiced and assessed so far; `None` if nothing contributed.
    pub fn actual(&self) -> Option<i128> {
        self.spent.map(|spent| spent.amount.get())
    }

    /// The actual plus the estimate of what is not covered yet.
    pub fn best(&self) -> i128 {
        self.best.get()
    }

    /// Which part the actual covers; `None` without one.
    pub fn coverage(&self) -> Option<Coverage> {
        self.spent.map(|spent| spent.coverage)
    }

    /// Best minus estimate; `None` without an actual.
    pub fn variance(&self) -> Option<i128> {
        self.spent.map(|_| self.best() - self.estimate())
    }

    /// The row.
    pub fn row(&self, order: &OrderFields, line_no: u32, base: Currency) -> LandedCostRow {
        let money = |minor: i128| Money::new(minor, base);
        LandedCostRow {
            order_id: order.order_id.clone(),
            line_no,
            component: self.component,
            estimate: money(self.estimate()),
            actual: self.actual().map(money),
            best: money(self.best()),
            variance: self.variance().map(money),
            coverage: self.coverage().and_then(Coverage::millionths).map(Millionths),
        }
    }
}

/// The components of a line that have a row. `rate` is that of the order's currency to the base currency.
pub fn components(line: &Line<'_>, rate: Option<&Rate>, base: Currency) -> SmallVec<[ComponentCost; 8]> {
    let mut found = SmallVec::new();
    // Both are in the order of the components.
    let mut estimates = line.line.estimates.iter().peekable();
    let mut costs = line.costs.iter().peekable();
    for component in Component::ALL {
        let estimate = estimates.next_if(|(of, _)| *of == component);
        let estimate =
            estimate.and_then(|(_, estimate)| rate?.convert(i128::from(estimate), line.order.currency, base));
        let costs = costs.next_if(|(of, _)| *of == component).map(|(_, costs)| costs);
        let actual = costs.and_then(|costs| Some((costs.actual()?, costs.coverage(line.ordered))));
        if estimate.is_some() || actual.is_some() {
            found.push(component_cost(component, estimate.unwrap_or(0), actual));
        }
    }
    found
}

fn component_cost(component: Component, estimate: i128, actual: Option<(i128, Coverage)>) -> ComponentCost {
    let best = actual.map_or(estimate, |(actual, coverage)| actual + uncovered(estimate, coverage));
    let spent = actual.map(|(amount, coverage)| Spent { amount: amount.into(), coverage });
    ComponentCost { component, estimate: estimate.into(), best: best.into(), spent }
}

/// The estimate of what is not covered yet, rounded.
fn uncovered(estimate: i128, coverage: Coverage) -> i128 {
    if coverage.is_whole() || estimate == 0 {
        return 0;
    }
    let (covered, ordered) = (coverage.covered(), coverage.ordered());
    quotient(&[estimate, ordered - covered], &[ordered]).expect("at most the estimate")
}
