//! `shipment_status`: where shipments stand (§8).

use std::collections::BTreeMap;

use landfall_schemas::event::{Classifier, Milestone, MilestoneKind, Shipment};
use landfall_schemas::{Text, Timestamp};

use super::documents::Doc;
use super::milestones::{Facts, Progress};
use super::world::World;
use crate::rows::{EtaSource, ExceptionRow, MilestoneRow, ShipmentStatusRow};

/// What is counted by shipment, and its rows of other views.
struct Sources<'s, 'a> {
    world: &'s World<'a>,
    facts: &'s Facts<'a>,
    milestones: BTreeMap<&'s str, Vec<&'s MilestoneRow>>,
    actual_events: BTreeMap<&'a str, Vec<Doc<'a, Milestone>>>,
    open_holds: BTreeMap<&'a str, usize>,
    open_exceptions: BTreeMap<&'s str, u32>,
}

/// Every row of the view.
pub(crate) fn rows<'a>(
    world: &World<'a>,
    facts: &Facts<'a>,
    progress: &[Progress],
    exceptions: &[ExceptionRow],
) -> Vec<ShipmentStatusRow> {
    let mut milestones: BTreeMap<&str, Vec<&MilestoneRow>> = BTreeMap::new();
    for progress in progress {
        milestones.entry(&progress.row.shipment_id).or_default().push(&progress.row);
    }
    let mut open_holds: BTreeMap<&str, usize> = BTreeMap::new();
    for case in world.live_declarations() {
        for shipment in case.resolution.shipments() {
            *open_holds.entry(shipment).or_default() += case.open_holds().len();
        }
    }
    let mut open_exceptions: BTreeMap<&str, u32> = BTreeMap::new();
    for exception in exceptions {
        *open_exceptions.entry(&exception.shipment_id).or_default() += 1;
    }
    let actual_events = actual_events(world);
    let sources = Sources { world, facts, milestones, actual_events, open_holds, open_exceptions };
    world.documents.live_shipments().map(|doc| row(&sources, doc.data)).collect()
}

/// The milestone events that say what happened, by the shipments that they resolve to, the latest last.
fn actual_events<'a>(world: &World<'a>) -> BTreeMap<&'a str, Vec<Doc<'a, Milestone>>> {
    let mut events: BTreeMap<&str, Vec<Doc<'a, Milestone>>> = BTreeMap::new();
    for doc in world.documents.milestones.iter().filter(|doc| doc.data.classifier == Classifier::Actual) {
        let resolution = world.identity.resolve(std::slice::from_ref(&doc.data.reference));
        for shipment in resolution.shipments() {
            events.entry(shipment).or_default().push(*doc);
        }
    }
    for events in events.values_mut() {
        events.sort_by_key(|doc| {
            let envelope = doc.envelope;
            (doc.data.at, envelope.recorded_at, &envelope.source, &envelope.event_id, &doc.data.milestone_id)
        });
    }
    events
}

fn row(sources: &Sources<'_, '_>, shipment: &Shipment) -> ShipmentStatusRow {
    let id = shipment.shipment_id.as_str();
    let milestones = sources.milestones.get(id).map(Vec::as_slice).unwrap_or_default();
    let current =
        milestones.iter().filter(|row| row.actual_at.is_some()).max_by_key(|row| (row.actual_at, row.milestone));
    let next = milestones.iter().filter(|row| row.actual_at.is_none()).min_by_key(|row| (row.due_at, row.milestone));
    let (eta_at, eta_source) = eta(sources, id, milestones).unzip();
    let events = sources.actual_events.get(id).map(Vec::as_slice).unwrap_or_default();
    let last = |what: fn(&Milestone) -> Option<&Text>| {
        events.iter().rev().find_map(|doc| what(doc.data).cloned()).unwrap_or_default()
    };
    ShipmentStatusRow {
        shipment_id: shipment.shipment_id.clone(),
        carrier: shipment.carrier.clone(),
        mode: shipment.mode,
        region: sources.world.shipment_region(id).into(),
        current_milestone: current.map(|row| row.milestone),
        current_at: current.and_then(|row| row.actual_at),
        next_milestone: next.map(|row| row.milestone),
        next_due_at: next.and_then(|row| row.due_at),
        next_state: next.map(|row| row.state),
        eta_at,
        eta_source,
        last_location: last(|it| it.location.as_ref()),
        last_reason: last(|it| it.reason.as_deref()),
        open_holds: u32::try_from(sources.open_holds.get(id).copied().unwrap_or(0)).expect("fewer holds than events"),
        open_exceptions: sources.open_exceptions.get(id).copied().unwrap_or(0),
    }
}

/// When the shipment is, or should be, delivered.
fn eta(sources: &Sources<'_, '_>, shipment: &str, milestones: &[&MilestoneRow]) -> Option<(Timestamp, EtaSource)> {
    let actual = sources.facts.actual(shipment, MilestoneKind::Delivered);
    let estimated = sources.facts.fact(shipment, MilestoneKind::Delivered, Classifier::Estimated).map(|fact| fact.at);
    let row = milestones.iter().find(|row| row.milestone == MilestoneKind::Delivered);
    actual
        .map(|at| (at, EtaSource::Actual))
        .or_else(|| Some((estimated?, EtaSource::Estimated)))
        .or_else(|| Some((row?.due_at?, EtaSource::Planned)))
}
