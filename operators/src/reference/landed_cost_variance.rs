//! `landed_cost_variance`: order lines whose cost is off the estimate by more than the tolerance (§5).

use super::landed_cost::LineCost;
use super::landed_cost_lines::in_totals;
use super::tolerance::{Deviation, is_inside};
use super::world::World;
use crate::rows::LandedCostLineRow;

/// Whether a variance of an order line against its estimate is outside the rule (`*`, `name`), in minor units of
/// the base currency.
pub(crate) fn is_outside(world: &World<'_>, name: &str, cost: &LineCost<'_>, variance: i128, estimate: i128) -> bool {
    let rule = world.documents.tolerances.get(&("*", name)).map(|doc| doc.data);
    let deviation =
        Deviation { variance, against: estimate, currency: world.settings.base_currency, day: cost.order.ordered_on };
    !is_inside(rule, deviation, &world.rates)
}

/// The rows of the view, of those of `landed_cost_lines`, with their costs.
pub(crate) fn rows<'c, 'a>(
    world: &World<'a>,
    costs: &'c [LineCost<'a>],
    lines: &[LandedCostLineRow],
) -> Vec<(&'c LineCost<'a>, LandedCostLineRow)> {
    costs
        .iter()
        .zip(lines)
        .filter(|(cost, _)| in_totals(world, cost).any(|it| it.actual.is_some()))
        .filter(|(cost, row)| is_outside(world, "landed_cost", cost, row.variance.minor, row.estimate_total.minor))
        .map(|(cost, row)| (cost, row.clone()))
        .collect()
}
