//! `late_milestone`: a row of `late_milestones`. Key: shipment_id, milestone.

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow, MilestoneRow, MilestoneState};
use crate::views::milestones::Limit;

/// The exception, since the limit; a milestone at risk since the estimate that says so was recorded.
pub fn exception(place: &Place<'_>, row: &MilestoneRow, limit: Limit) -> ExceptionRow {
    let since = match row.state {
        MilestoneState::AtRisk => limit.estimate_recorded_at,
        _ => limit.at,
    };
    let since = since.expect("a late milestone has a limit, one at risk an estimate");
    let key = [row.shipment_id.as_str(), row.milestone.as_str()];
    place.exception(ExceptionCategory::LateMilestone, &key, row.state.as_str(), since)
}
