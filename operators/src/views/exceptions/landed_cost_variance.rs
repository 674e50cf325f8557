//! `landed_cost_variance`: a row of that view. Key: order_id, line_no.

use landfall_schemas::Timestamp;

use super::of_order_line::What;
use crate::operator::world::World;
use crate::stage::order_lines::Line;
use crate::views::landed_cost_lines::{LineTotals, in_totals};

/// The exception, since the earliest date that contributed to a component in the totals.
pub fn noticed(line: &Line<'_>, totals: &LineTotals, world: &World<'_>) -> Option<(What, Timestamp)> {
    if !totals.off {
        return None;
    }
    let counted = line.costs.iter().filter(|(component, _)| in_totals(*component, world.settings()));
    let since = counted.filter_map(|(_, costs)| costs.earliest()).min()?.midnight();
    Some((What::Cost(totals.variance().into()), since))
}
