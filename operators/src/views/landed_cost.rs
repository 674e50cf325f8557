//! `landed_cost`: what each component of an order line was estimated to cost, has cost, and will cost (§5).
//!
//! Grain and key: (order_id, line_no, component). A row appears when the order estimates the component (and there is a
//! rate) or something has contributed to it; it goes with the order, or when both go. The actual is the sum of what
//! invoices and declarations put on the line; coverage is the share of the ordered quantity they were for; best is the
//! actual plus the estimate of what is not covered yet.
//!
//! As SQL: `best = coalesce(actual + round(estimate * (1 - coverage)), estimate)`. Example: 100.00 estimated, 30.00
//! invoiced for a quarter of the goods: best 105.00, variance 5.00.

use landfall_schemas::Money;
use landfall_schemas::event::Component;
use landfall_schemas::exact::quotient;

use crate::operator::world::World;
use crate::rows::{LandedCostRow, Millionths};
use crate::stage::order_lines::{Coverage, Line};

/// A component of a line, with its exact coverage.
pub struct ComponentCost {
    /// The row.
    pub row: LandedCostRow,
    /// Coverage, exact; `None` without an actual.
    pub coverage: Option<Coverage>,
}

/// The components of a line that have a row.
pub fn components(line: &Line<'_>, world: &mut World<'_>) -> Vec<ComponentCost> {
    Component::ALL.into_iter().filter_map(|component| component_cost(line, component, world)).collect()
}

fn component_cost(line: &Line<'_>, component: Component, world: &mut World<'_>) -> Option<ComponentCost> {
    let order = line.order;
    let base = world.settings().base_currency;
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
    let row = LandedCostRow {
        order_id: order.order_id.clone(),
        line_no: line.line.line_no,
        component,
        estimate: Money::new(estimate, base),
        actual: actual.map(|actual| Money::new(actual, base)),
        best: Money::new(best, base),
        variance: actual.map(|_| Money::new(best - estimate, base)),
        coverage: coverage.and_then(Coverage::millionths).map(Millionths),
    };
    Some(ComponentCost { row, coverage })
}

/// The estimate of what is not covered yet, rounded.
fn uncovered(estimate: i128, coverage: Coverage) -> i128 {
    quotient(&[estimate, coverage.ordered - coverage.covered], &[coverage.ordered]).expect("at most the estimate")
}
