//! `landed_cost`: what each component of an order line was estimated to cost, has cost, and will cost (§5).
//!
//! Grain and key: (order_id, line_no, component). A row appears when the order estimates the component (and there is a
//! rate) or something has contributed to it; it goes with the order, or when both go. The actual is the sum of what
//! invoices and declarations put on the line; coverage is the share of the ordered quantity they were for; best is the
//! actual plus the estimate of what is not covered yet.
//!
//! As SQL: `best = coalesce(actual + round(estimate * (1 - coverage)), estimate)`. Example: 100.00 estimated, 30.00
//! invoiced for a quarter of the goods: best 105.00, variance 5.00.

use landfall_schemas::event::{Component, Order};
use landfall_schemas::exact::quotient;
use landfall_schemas::{Currency, Money};
use smallvec::SmallVec;

use crate::operator::world::World;
use crate::rows::{LandedCostRow, Millionths};
use crate::stage::order_lines::{Coverage, Line};

/// A component of a line: its row, without what the line says. Amounts are minor units of the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentCost {
    /// The component.
    pub component: Component,
    /// Estimated amount; 0 when none is given.
    pub estimate: i128,
    /// Invoiced and assessed so far; `None` if nothing contributed.
    pub actual: Option<i128>,
    /// The actual plus the estimate of what is not covered yet.
    pub best: i128,
    /// Which part the actual covers; `None` without one.
    pub coverage: Option<Coverage>,
}

impl ComponentCost {
    /// Best minus estimate; `None` without an actual.
    pub fn variance(&self) -> Option<i128> {
        self.actual.map(|_| self.best - self.estimate)
    }

    /// The row.
    pub fn row(&self, order: &Order, line_no: u32, base: Currency) -> LandedCostRow {
        let money = |minor: i128| Money::new(minor, base);
        LandedCostRow {
            order_id: order.order_id.clone(),
            line_no,
            component: self.component,
            estimate: money(self.estimate),
            actual: self.actual.map(money),
            best: money(self.best),
            variance: self.variance().map(money),
            coverage: self.coverage.and_then(Coverage::millionths).map(Millionths),
        }
    }
}

/// The components of a line that have a row.
pub fn components(line: &Line<'_>, world: &mut World<'_>) -> SmallVec<[ComponentCost; 8]> {
    Component::ALL.into_iter().filter_map(|component| component_cost(line, component, world)).collect()
}

fn component_cost(line: &Line<'_>, component: Component, world: &mut World<'_>) -> Option<ComponentCost> {
    let order = line.order;
    let estimate = line
        .line
        .estimates
        .get(component)
        .and_then(|estimate| world.to_base(i128::from(estimate), order.currency, order.ordered_on));
    let costs = line.costs.of(component);
    let actual = costs.and_then(|costs| costs.actual());
    if estimate.is_none() && actual.is_none() {
        return None;
    }
    let estimate = estimate.unwrap_or(0);
    let coverage = costs.filter(|_| actual.is_some()).map(|costs| costs.coverage(line.ordered));
    let best = match (actual, coverage) {
        (Some(actual), Some(coverage)) => actual + uncovered(estimate, coverage),
        _ => estimate,
    };
    Some(ComponentCost { component, estimate, actual, best, coverage })
}

/// The estimate of what is not covered yet, rounded.
fn uncovered(estimate: i128, coverage: Coverage) -> i128 {
    quotient(&[estimate, coverage.ordered - coverage.covered], &[coverage.ordered]).expect("at most the estimate")
}
