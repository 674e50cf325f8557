//! `landed_cost_lines`: the landed cost of order lines in total (§5).

use dashu_ratio::RBig;
use landfall_schemas::event::Component;
use landfall_schemas::exact::{fraction, six_decimals};

use super::landed_cost::{ComponentCost, LineCost};
use super::money::{minor_units, product, to_minor};
use super::world::World;
use crate::rows::{Completeness, LandedCostLineRow, Millionths};

/// The components that count in totals.
pub(crate) fn in_totals<'c>(world: &World<'_>, cost: &'c LineCost<'_>) -> impl Iterator<Item = &'c ComponentCost> {
    let include_tax = world.settings.include_tax;
    cost.components.iter().filter(move |it| include_tax || it.component != Component::Tax)
}

/// The rows of the view.
pub(crate) fn rows(world: &World<'_>, costs: &[LineCost<'_>]) -> Vec<LandedCostLineRow> {
    costs.iter().map(|cost| row(world, cost)).collect()
}

fn row(world: &World<'_>, cost: &LineCost<'_>) -> LandedCostLineRow {
    let money = |minor| world.rates.base_money(minor);
    let total = |amount: fn(&ComponentCost) -> i128| in_totals(world, cost).map(amount).sum::<i128>();
    let estimate_total = total(|it| it.estimate);
    let best_total = total(|it| it.best);
    let variance = best_total - estimate_total;
    let goods_value = goods_value(world, cost);
    LandedCostLineRow {
        order_id: cost.order.order_id.clone(),
        line_no: cost.line.line_no,
        estimate_total: money(estimate_total),
        actual_total: money(total(|it| it.actual.as_ref().map_or(0, |actual| actual.minor))),
        best_total: money(best_total),
        variance: money(variance),
        variance_pct: ratio(RBig::from(variance), RBig::from(estimate_total)),
        goods_value: goods_value.map(money),
        landed_unit_cost: goods_value.and_then(|goods_value| {
            let units = RBig::from(goods_value + best_total) / minor_units(world.settings.base_currency);
            ratio(units, fraction(cost.line.quantity))
        }),
        completeness: completeness(world, cost),
    }
}

/// One number over another with six decimals; nothing over zero.
pub(crate) fn ratio(numerator: RBig, denominator: RBig) -> Option<Millionths> {
    if denominator == RBig::ZERO { None } else { six_decimals(&(numerator / denominator)).map(Millionths) }
}

/// Quantity times price in minor units of the base currency.
fn goods_value(world: &World<'_>, cost: &LineCost<'_>) -> Option<i128> {
    let rate = world.rates.base_rate(cost.order.currency, cost.order.ordered_on)?;
    to_minor(&(product(cost.line.quantity, cost.line.unit_price) * rate), world.settings.base_currency)
}

fn completeness(world: &World<'_>, cost: &LineCost<'_>) -> Completeness {
    let is_covered = |it: &ComponentCost| it.actual.as_ref().is_some_and(|actual| actual.coverage == RBig::ONE);
    if in_totals(world, cost).all(|it| it.actual.is_none()) {
        Completeness::None
    } else if in_totals(world, cost).all(|it| it.estimate == 0 || is_covered(it)) {
        Completeness::Complete
    } else {
        Completeness::Partial
    }
}
