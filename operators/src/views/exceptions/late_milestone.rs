//! `late_milestone`: a row of `late_milestones`. Key: shipment_id, milestone.

use landfall_schemas::Timestamp;
use landfall_schemas::event::MilestoneKind;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow, MilestoneState};

/// The exception, since the limit; a milestone at risk since the estimate that says so was recorded.
pub fn row(place: &Place<'_>, milestone: MilestoneKind, state: MilestoneState, since: Timestamp) -> ExceptionRow {
    let key = [place.shipment_id(), milestone.as_str()];
    place.exception(ExceptionCategory::LateMilestone, &key, state.as_str(), since)
}
