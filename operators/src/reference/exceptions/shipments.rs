//! Exceptions about shipments and feeds: `late_milestone`, `unresolved_milestone`, `delivered_not_received`,
//! `no_tracking`, `stale_feed`.

use std::collections::BTreeSet;

use landfall_schemas::event::MilestoneKind;

use super::{Finding, Sources};
use crate::reference::milestones::is_late;
use crate::rows::{ExceptionCategory, FeedState, MilestoneState};

pub(super) fn late_milestones<'s>(sources: &Sources<'s, '_>) -> Vec<Finding<'s>> {
    sources
        .progress
        .iter()
        .filter(|progress| is_late(&progress.row))
        .map(|progress| {
            let row = &progress.row;
            let since = match row.state {
                MilestoneState::AtRisk => progress.estimate_recorded_at,
                _ => progress.limit,
            };
            let since = since.expect("what is late has a limit, what is at risk an estimate");
            let key = [row.shipment_id.as_str(), row.milestone.as_str()];
            Finding {
                partner: &sources.world.documents.shipments[row.shipment_id.as_str()].data.carrier,
                shipment: Some(&row.shipment_id),
                ..Finding::new(ExceptionCategory::LateMilestone, &key, row.state.as_str(), since)
            }
        })
        .collect()
}

pub(super) fn unresolved_milestones<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    sources
        .world
        .documents
        .milestones
        .iter()
        .filter_map(|doc| {
            let resolution = sources.world.identity.resolve(std::slice::from_ref(&doc.data.reference));
            let key = [doc.envelope.source.as_str(), &doc.data.milestone_id];
            let reason = resolution.failure()?;
            Some(Finding::new(ExceptionCategory::UnresolvedMilestone, &key, reason, doc.data.at))
        })
        .collect()
}

pub(super) fn delivered_not_received<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    let world = sources.world;
    let received: BTreeSet<&str> =
        world.documents.receipts.iter().filter_map(|doc| doc.data.shipment_id.as_deref()).collect();
    world
        .documents
        .live_shipments()
        .filter_map(|doc| {
            let id = doc.data.shipment_id.as_str();
            let delivered_at = sources.facts.actual(id, MilestoneKind::Delivered)?;
            let deadline = delivered_at.plus_ms(world.settings.receipt_after_hours.hours_to_ms());
            (world.clock > deadline && !received.contains(id)).then(|| Finding {
                partner: &doc.data.carrier,
                shipment: Some(id),
                ..Finding::new(ExceptionCategory::DeliveredNotReceived, &[id], "not_received", deadline)
            })
        })
        .collect()
}

pub(super) fn no_tracking<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    sources
        .world
        .documents
        .live_shipments()
        .filter_map(|doc| {
            let id = doc.data.shipment_id.as_str();
            let under_way = [MilestoneKind::Departed, MilestoneKind::PickedUp];
            let since = under_way.iter().filter_map(|milestone| sources.facts.actual(id, *milestone)).min()?;
            (!sources.world.identity.has_tracking(id)).then(|| Finding {
                partner: &doc.data.carrier,
                shipment: Some(id),
                ..Finding::new(ExceptionCategory::NoTracking, &[id], "no_tracking", since)
            })
        })
        .collect()
}

pub(super) fn stale_feeds<'s>(sources: &Sources<'s, '_>) -> Vec<Finding<'s>> {
    sources
        .feeds
        .iter()
        .filter(|feed| feed.state == FeedState::Stale)
        .filter_map(|feed| {
            let partner = feed.partner.as_str();
            let finding = Finding::new(ExceptionCategory::StaleFeed, &[partner], "stale", feed.stale_at?);
            Some(Finding { partner, ..finding })
        })
        .collect()
}
