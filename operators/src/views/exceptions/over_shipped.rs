//! `over_shipped`: shipments that are not cancelled carry more of an order line than was ordered. Key: order_id, line_no.

use landfall_schemas::{Decimal, Text, Timestamp};

use super::Place;
use super::landed_cost_variance::of_order_line;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::order_lines::Line;

/// The exception, since the latest of those shipments.
pub fn exception(place: &Place<'_>, line: &Line<'_>, shipped: Decimal, latest: Timestamp) -> ExceptionRow {
    let row = of_order_line(place, ExceptionCategory::OverShipped, line, "over_shipped", latest);
    ExceptionRow { detail: Text::from(format!("shipped={shipped};ordered={}", line.line.quantity)), ..row }
}
