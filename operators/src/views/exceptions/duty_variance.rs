//! `duty_variance`: the duty of an order line is off its estimate, outside the tolerance rule (`*`, `duty_variance`);
//! without a rule, any difference is. Key: order_id, line_no.

use landfall_schemas::Money;
use landfall_schemas::event::Component;

use super::Place;
use super::landed_cost_variance::{of_order_line, over_or_under};
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::order_lines::Line;
use crate::views::freight_charges::within;
use crate::views::landed_cost::ComponentCost;

/// The exception, since the earliest declaration that contributed.
pub fn exception(
    place: &Place<'_>,
    line: &Line<'_>,
    components: &[ComponentCost],
    world: &mut World<'_>,
) -> Option<ExceptionRow> {
    let duty = components.iter().find(|cost| cost.component == Component::Duty)?;
    let base = world.settings().base_currency;
    let variance = duty.variance()?;
    let rule = world.general_tolerance("duty_variance");
    let rule = rule.as_ref().map(|rule| &rule.data);
    if within(rule, variance, Money::new(duty.estimate, base), line.order.ordered_on, world) {
        return None;
    }
    let since = line.costs.of(Component::Duty)?.earliest()?.midnight();
    let row = of_order_line(place, ExceptionCategory::DutyVariance, line, over_or_under(variance), since);
    Some(ExceptionRow { amount_base: Some(Money::new(variance, base)), ..row })
}
