//! `no_tracking`: under way without a tracking number, claimed or linked. Key: shipment_id.

use landfall_schemas::Timestamp;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};

/// The exception, since the shipment was picked up or departed, whichever was earlier.
pub fn exception(place: &Place<'_>, since: Timestamp) -> ExceptionRow {
    let shipment_id = place.shipment.map(|shipment| shipment.shipment_id.as_str()).unwrap_or_default();
    place.exception(ExceptionCategory::NoTracking, &[shipment_id], "no_tracking", since)
}
