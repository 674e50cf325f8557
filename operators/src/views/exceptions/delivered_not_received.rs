//! `delivered_not_received`: delivered, and no receipt names the shipment in time. Key: shipment_id.

use landfall_schemas::Timestamp;

use super::Place;
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow};

/// Since when a delivered shipment without a receipt is an exception: from `receipt_after_hours` after delivery on.
pub fn since(delivered: Timestamp, world: &mut World<'_>) -> Option<Timestamp> {
    let since = delivered.plus_ms(world.settings().receipt_after_hours.hours_to_ms());
    world.passed(since).then_some(since)
}

/// The exception.
pub fn row(place: &Place<'_>, since: Timestamp) -> ExceptionRow {
    place.exception(ExceptionCategory::DeliveredNotReceived, &[place.shipment_id()], "not_received", since)
}
