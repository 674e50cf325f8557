//! `late_milestone`: a row of `late_milestones`. Key: shipment_id, milestone.

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow, MilestoneState};
use crate::views::milestones::{Limit, Mark};

/// The exception, since the limit; a milestone at risk since the estimate that says so was recorded.
pub fn exception(place: &Place<'_>, mark: &Mark, limit: Limit) -> ExceptionRow {
    let since = match mark.state {
        MilestoneState::AtRisk => limit.estimate_recorded_at,
        _ => limit.at,
    };
    let since = since.expect("a late milestone has a limit, one at risk an estimate");
    let shipment_id = place.shipment.map(|shipment| shipment.shipment_id.as_str()).unwrap_or_default();
    let key = [shipment_id, mark.milestone.as_str()];
    place.exception(ExceptionCategory::LateMilestone, &key, mark.state.as_str(), since)
}
