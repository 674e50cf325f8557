//! `over_shipped`: shipments that are not cancelled carry more of an order line than was ordered, since the latest of them.
//! Key: order_id, line_no.

use landfall_schemas::{Decimal, Text};

/// What the exception says.
pub fn detail(shipped: Decimal, ordered: Decimal) -> Text {
    Text::from(format!("shipped={shipped};ordered={ordered}"))
}
