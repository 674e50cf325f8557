//! `duty_variance`: the duty of an order line is off its estimate, outside the tolerance rule (`*`, `duty_variance`);
//! without a rule, any difference is. Key: order_id, line_no.

use landfall_schemas::event::Component;
use landfall_schemas::{Money, Timestamp};

use super::of_order_line::What;
use crate::operator::world::World;
use crate::stage::order_lines::Line;
use crate::views::freight_charges::within;
use crate::views::landed_cost::ComponentCost;

/// The exception, since the earliest declaration that contributed.
pub fn noticed(line: &Line<'_>, components: &[ComponentCost], world: &mut World<'_>) -> Option<(What, Timestamp)> {
    let duty = components.iter().find(|cost| cost.component == Component::Duty)?;
    let base = world.settings().base_currency;
    let variance = duty.variance()?;
    let rule = world.general_tolerance("duty_variance");
    let rule = rule.as_ref().map(|rule| &rule.data);
    if within(rule, variance, Money::new(duty.estimate(), base), line.order.ordered_on, world) {
        return None;
    }
    let since = line.costs.of(Component::Duty)?.earliest()?.midnight();
    Some((What::Duty(variance.into()), since))
}
