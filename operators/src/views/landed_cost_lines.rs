//! `landed_cost_lines` and `landed_cost_variance`: the landed cost of each order line, and the lines that are off (§5).
//!
//! Grain and key: (order_id, line_no), every line of every order in force that is not cancelled. Totals are over the
//! components, without `tax` unless `include_tax`. `landed_cost_variance` has the lines with some actual in the totals
//! whose variance is outside the tolerance rule (`*`, `landed_cost`); without a rule, any variance is.
//!
//! Example: estimates of 100.00 freight and 20.00 duty, 130.00 freight invoiced for all goods: best_total 150.00,
//! variance 30.00, variance_pct 0.250000, completeness `partial`.

use landfall_schemas::event::Component;
use landfall_schemas::exact::{Rate, power_of_ten, quotient};
use landfall_schemas::{Currency, Decimal, Money};
use triomphe::Arc;

use super::freight_charges::within;
use super::landed_cost::ComponentCost;
use crate::document::{OrderFields, OrderLineFields};
use crate::operator::world::World;
use crate::rows::{Completeness, LandedCostLineRow, Millionths};
use crate::settings::Settings;
use crate::stage::order_lines::{Coverage, Line};
use crate::stage::wide::Wide;

/// What percentages and unit costs are counted in.
const MILLION: i128 = 1_000_000;

/// Whether a component counts in the totals.
pub fn in_totals(component: Component, settings: &Settings) -> bool {
    component != Component::Tax || settings.include_tax
}

/// What a line comes to: its row, without what follows from the order alone. Amounts are minor units of the base currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineTotals {
    line_no: u32,
    /// Whether the line belongs to `landed_cost_variance`.
    pub off: bool,
    completeness: Completeness,
    estimate: Wide,
    actual: Wide,
    best: Wide,
    /// The rate of the order's currency to the base currency; `None` where there is none.
    rate: Option<Arc<Rate>>,
}

impl LineTotals {
    /// Of a line with these components.
    pub fn of(
        view: &Line<'_>,
        components: &[ComponentCost],
        rate: Option<Arc<Rate>>,
        world: &mut World<'_>,
    ) -> LineTotals {
        let settings = world.settings();
        let (mut estimate, mut actual, mut best) = (0, 0, 0);
        let (mut any_spent, mut all_covered) = (false, true);
        for cost in components.iter().filter(|cost| in_totals(cost.component, settings)) {
            estimate += cost.estimate();
            actual += cost.actual().unwrap_or(0);
            best += cost.best();
            any_spent |= cost.actual().is_some();
            all_covered &= cost.estimate() == 0 || cost.coverage().is_some_and(Coverage::is_whole);
        }
        let completeness = match (any_spent, all_covered) {
            (false, _) => Completeness::None,
            (true, true) => Completeness::Complete,
            (true, false) => Completeness::Partial,
        };
        let off = any_spent && is_off(view, best - estimate, estimate, world);
        let (estimate, actual, best) = (estimate.into(), actual.into(), best.into());
        LineTotals { line_no: view.line.line_no, off, completeness, estimate, actual, best, rate }
    }

    /// Best minus estimate.
    pub fn variance(&self) -> i128 {
        self.best.get() - self.estimate.get()
    }

    /// The row.
    ///
    /// # Panics
    /// If the order has no such line.
    pub fn row(&self, order: &OrderFields, base: Currency) -> LandedCostLineRow {
        let line = order.line(self.line_no).expect("a line with costs is a line of its order");
        let money = |minor: i128| Money::new(minor, base);
        let (estimate, best) = (self.estimate.get(), self.best.get());
        let goods_value = self.rate.as_ref().and_then(|rate| goods_value(line, rate, base));
        let landed_unit_cost = goods_value.and_then(|goods_value| {
            let (quantity, scale) = in_wholes(line.quantity);
            quotient(&[goods_value + best, MILLION, scale], &[power_of_ten(base.exponent()), quantity])
        });
        let variance_pct = (estimate != 0).then(|| quotient(&[self.variance(), MILLION], &[estimate])).flatten();
        LandedCostLineRow {
            order_id: order.order_id.clone(),
            line_no: self.line_no,
            estimate_total: money(estimate),
            actual_total: money(self.actual.get()),
            best_total: money(best),
            variance: money(self.variance()),
            variance_pct: variance_pct.map(Millionths),
            goods_value: goods_value.map(money),
            landed_unit_cost: landed_unit_cost.map(Millionths),
            completeness: self.completeness,
        }
    }
}

/// Quantity times unit price in the base currency, rounded.
fn goods_value(line: &OrderLineFields, rate: &Rate, base: Currency) -> Option<i128> {
    let (quantity, scale) = in_wholes(line.quantity);
    rate.apply(&[quantity, line.unit_price.units()], &[scale, Decimal::SCALE / power_of_ten(base.exponent())])
}

/// A number as a fraction: over 1 where it is whole, as nearly all quantities are, for then machine words hold what it is
/// multiplied with.
fn in_wholes(number: Decimal) -> (i128, i128) {
    let units = number.units();
    match (i64::try_from(units), i64::try_from(Decimal::SCALE)) {
        (Ok(units), Ok(scale)) if units % scale == 0 => (i128::from(units / scale), 1),
        _ => (units, Decimal::SCALE),
    }
}

/// Whether a line with some actual in its totals belongs to `landed_cost_variance`.
fn is_off(view: &Line<'_>, variance: i128, estimate: i128, world: &mut World<'_>) -> bool {
    let base = world.settings().base_currency;
    let rule = world.general_tolerance("landed_cost");
    let rule = rule.as_ref().map(|rule| &rule.data);
    !within(rule, variance, Money::new(estimate, base), view.order.ordered_on, world)
}
