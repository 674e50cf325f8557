//! `delivered_not_received`: delivered, and no receipt names the shipment in time. Key: shipment_id.

use landfall_schemas::Timestamp;

use super::Place;
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow};

/// The exception of a delivered shipment without a receipt, from `receipt_after_hours` after delivery on.
pub fn exception(place: &Place<'_>, delivered: Timestamp, world: &mut World<'_>) -> Option<ExceptionRow> {
    let shipment = place.shipment?;
    let since = delivered.plus_ms(world.settings().receipt_after_hours.hours_to_ms());
    let key = [shipment.shipment_id.as_str()];
    world.passed(since).then(|| place.exception(ExceptionCategory::DeliveredNotReceived, &key, "not_received", since))
}
