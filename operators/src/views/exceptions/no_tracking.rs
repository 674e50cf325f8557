//! `no_tracking`: under way without a tracking number, claimed or linked. Key: shipment_id.

use landfall_schemas::Timestamp;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};

/// The exception, since the shipment was picked up or departed, whichever was earlier.
pub fn row(place: &Place<'_>, since: Timestamp) -> ExceptionRow {
    place.exception(ExceptionCategory::NoTracking, &[place.shipment_id()], "no_tracking", since)
}
