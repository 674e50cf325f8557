//! `landed_cost_variance`: a row of that view. Key: order_id, line_no.

use landfall_schemas::Text;

use super::Place;
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow, LandedCostLineRow};
use crate::stage::order_lines::Line;
use crate::views::landed_cost_lines::in_totals;

/// The exception, since the earliest date that contributed to a component in the totals.
pub fn exception(
    place: &Place<'_>,
    line: &Line<'_>,
    row: &LandedCostLineRow,
    world: &World<'_>,
) -> Option<ExceptionRow> {
    let counted = line.costs.iter().filter(|(component, _)| in_totals(*component, world.settings()));
    let since = counted.filter_map(|(_, costs)| costs.earliest()).min()?.midnight();
    let reason = over_or_under(row.variance.minor);
    let exception = of_order_line(place, ExceptionCategory::LandedCostVariance, line, reason, since);
    Some(ExceptionRow { amount_base: Some(row.variance), ..exception })
}

/// The name of the side of a variance.
pub fn over_or_under(variance: i128) -> &'static str {
    if variance > 0 { "over" } else { "under" }
}

/// An exception of an order line.
pub fn of_order_line(
    place: &Place<'_>,
    category: ExceptionCategory,
    line: &Line<'_>,
    reason: &str,
    since: landfall_schemas::Timestamp,
) -> ExceptionRow {
    let line_no = line.line.line_no.to_string();
    let row = place.exception(category, &[line.order.order_id.as_str(), &line_no], reason, since);
    ExceptionRow { order_id: Text::clone(&line.order.order_id), ..row }
}
