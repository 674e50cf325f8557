//! `unresolved_milestone`: a milestone event whose reference gives no shipment. Key: source, milestone_id.

use landfall_schemas::event::Milestone;

use super::Place;
use crate::document::Doc;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::target::Target;
use crate::views::freight_charges::unresolved_status;

/// The exception, since the milestone's own time.
pub fn exception(milestone: &Doc<Milestone>, target: &Target) -> Option<ExceptionRow> {
    let reason = unresolved_status(target)?;
    let parts = milestone.parts();
    let key = [milestone.source(), parts.milestone_id.as_str()];
    let place = Place::default();
    Some(place.exception(ExceptionCategory::UnresolvedMilestone, &key, reason.as_str(), parts.at))
}
