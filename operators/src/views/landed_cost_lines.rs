//! `landed_cost_lines` and `landed_cost_variance`: the landed cost of each order line, and the lines that are off (§5).
//!
//! Grain and key: (order_id, line_no), every line of every order in force that is not cancelled. Totals are over the
//! components, without `tax` unless `include_tax`. `landed_cost_variance` has the lines with some actual in the totals
//! whose variance is outside the tolerance rule (`*`, `landed_cost`); without a rule, any variance is.
//!
//! Example: estimates of 100.00 freight and 20.00 duty, 130.00 freight invoiced for all goods: best_total 150.00,
//! variance 30.00, variance_pct 0.250000, completeness `partial`.

use landfall_schemas::Decimal;
use landfall_schemas::Money;
use landfall_schemas::event::Component;
use landfall_schemas::exact::{power_of_ten, quotient};

use super::freight_charges::within;
use super::landed_cost::ComponentCost;
use crate::operator::world::World;
use crate::rows::{Completeness, LandedCostLineRow, Millionths};
use crate::settings::Settings;
use crate::stage::order_lines::{Coverage, Line};

/// What percentages and unit costs are counted in.
const MILLION: i128 = 1_000_000;

/// Whether a component counts in the totals.
pub fn in_totals(component: Component, settings: &Settings) -> bool {
    component != Component::Tax || settings.include_tax
}

/// The row of a line.
pub fn line(view: &Line<'_>, components: &[ComponentCost], world: &mut World<'_>) -> LandedCostLineRow {
    let settings = world.settings();
    let base = settings.base_currency;
    let counted: Vec<&ComponentCost> =
        components.iter().filter(|component| in_totals(component.component, settings)).collect();
    let sum = |pick: fn(&ComponentCost) -> i128| counted.iter().map(|component| pick(component)).sum::<i128>();
    let estimate_total = sum(|component| component.estimate);
    let actual_total = sum(|component| component.actual.unwrap_or(0));
    let best_total = sum(|component| component.best);
    let variance = best_total - estimate_total;
    let goods_value = goods_value(view, world);
    let landed_unit_cost = goods_value.and_then(|goods_value| {
        let units = [power_of_ten(base.exponent()), view.line.quantity.units()];
        quotient(&[goods_value + best_total, MILLION, Decimal::SCALE], &units)
    });
    LandedCostLineRow {
        order_id: view.order.order_id.clone(),
        line_no: view.line.line_no,
        estimate_total: Money::new(estimate_total, base),
        actual_total: Money::new(actual_total, base),
        best_total: Money::new(best_total, base),
        variance: Money::new(variance, base),
        variance_pct: (estimate_total != 0)
            .then(|| quotient(&[variance, MILLION], &[estimate_total]))
            .flatten()
            .map(Millionths),
        goods_value: goods_value.map(|goods_value| Money::new(goods_value, base)),
        landed_unit_cost: landed_unit_cost.map(Millionths),
        completeness: completeness(&counted),
    }
}

/// Quantity times unit price in the base currency, rounded; `None` without a rate.
fn goods_value(view: &Line<'_>, world: &mut World<'_>) -> Option<i128> {
    let base = world.settings().base_currency;
    let rate = world.rate(view.order.currency, base, view.order.ordered_on)?;
    let (quantity, price) = (view.line.quantity.units(), view.line.unit_price.units());
    rate.apply(&[quantity, price, power_of_ten(base.exponent())], &[Decimal::SCALE, Decimal::SCALE])
}

fn completeness(counted: &[&ComponentCost]) -> Completeness {
    let covered = |component: &&&ComponentCost| component.coverage.is_some_and(Coverage::is_whole);
    if counted.iter().all(|component| component.actual.is_none()) {
        Completeness::None
    } else if counted.iter().filter(|component| component.estimate != 0).all(|component| covered(&component)) {
        Completeness::Complete
    } else {
        Completeness::Partial
    }
}

/// Whether a line belongs to `landed_cost_variance`.
pub fn is_off(view: &Line<'_>, row: &LandedCostLineRow, world: &mut World<'_>) -> bool {
    if row.completeness == Completeness::None {
        return false;
    }
    let rule = world.general_tolerance("landed_cost");
    let rule = rule.as_ref().map(|rule| &rule.data);
    !within(rule, row.variance.minor, row.estimate_total, view.order.ordered_on, world)
}
