//! `stale_feed`: a row of `feed_health` that is stale. Key: partner.

use landfall_schemas::event::Partner;

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow, FeedHealthRow, FeedState};

/// The exception, since the partner's silence was too long.
pub fn exception(row: &FeedHealthRow, partner: &Partner) -> Option<ExceptionRow> {
    let since = row.stale_at.filter(|_| row.state == FeedState::Stale)?;
    let place = Place { shipment: None, order: None, partner_code: &row.partner, partner: Some(partner) };
    Some(place.exception(ExceptionCategory::StaleFeed, &[row.partner.as_str()], row.state.as_str(), since))
}
