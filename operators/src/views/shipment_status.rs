//! `shipment_status`: where each shipment stands (§8).
//!
//! Grain and key: shipment_id, one row per shipment that is not cancelled. Everything but the number of open
//! exceptions follows from the shipment's own facts ([`status`]); the exceptions are counted afterwards, because some of
//! them (charges, unbilled charges) are found only once the milestones are known.

use std::sync::Arc;

use landfall_schemas::event::{Classifier, Milestone, MilestoneKind};
use landfall_schemas::{Text, Timestamp};
use serde::{Deserialize, Serialize};

use super::milestones::{Facts, Limit, Mark};
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{EtaSource, ShipmentStatusRow};
use crate::stage::progress::{Journey, Told};

/// Where a shipment stands, open exceptions not counted yet.
pub fn status(journey: &Journey<'_>, facts: &Facts, marks: &[(Mark, Limit)]) -> ShipmentStatusRow {
    let shipment = journey.shipment;
    let rows = || marks.iter().map(|(mark, _)| mark);
    let current = rows().filter_map(|row| Some((row.actual_at?, row.milestone))).max();
    let next = rows()
        .filter(|row| row.actual_at.is_none())
        .filter_map(|row| Some((row.due_at?, row)))
        .min_by_key(|(due_at, row)| (*due_at, row.milestone));
    let (eta_at, eta_source) = eta(facts, rows().find(|row| row.milestone == MilestoneKind::Delivered)).unzip();
    let holds: usize = journey.declarations.iter().map(|state| state.open_holds().len()).sum();
    ShipmentStatusRow {
        shipment_id: shipment.shipment_id.clone(),
        carrier: shipment.carrier.clone(),
        mode: shipment.mode,
        region: shipment.region.clone(),
        current_milestone: current.map(|(_, milestone)| milestone),
        current_at: current.map(|(at, _)| at),
        next_milestone: next.map(|(_, row)| row.milestone),
        next_due_at: next.map(|(due_at, _)| due_at),
        next_state: next.map(|(_, row)| row.state),
        eta_at,
        eta_source,
        last_location: last_given(journey, |told| told.has_location, |milestone| milestone.location.as_ref()),
        last_reason: last_given(journey, |told| told.has_reason, |milestone| milestone.reason.as_ref()),
        open_holds: u32::try_from(holds).expect("fewer than 2^32 holds of one shipment"),
        open_exceptions: 0,
    }
}

/// When a shipment was, is expected to be, or should be delivered.
fn eta(facts: &Facts, row: Option<&Mark>) -> Option<(Timestamp, EtaSource)> {
    let delivered = facts.get(MilestoneKind::Delivered);
    let actual = delivered.actual.map(|fact| (fact.at, EtaSource::Actual));
    let estimated = delivered.estimated.map(|fact| (fact.at, EtaSource::Estimated));
    actual.or(estimated).or_else(|| Some((row?.due_at?, EtaSource::Planned)))
}

/// What the latest actual milestone event says that says something about it.
fn last_given(journey: &Journey<'_>, says: fn(&Told) -> bool, pick: fn(&Milestone) -> Option<&Text>) -> Text {
    let given = journey.events.iter().filter(|told| told.classifier == Classifier::Actual && says(told));
    let latest = given.max_by(|a, b| {
        let by_time = (a.at, a.recorded_at).cmp(&(b.at, b.recorded_at));
        by_time.then_with(|| by_event(&a.event).cmp(&by_event(&b.event)))
    });
    latest.and_then(|told| pick(&told.event.data)).cloned().unwrap_or_default()
}

fn by_event(event: &Doc<Milestone>) -> (&Text, &Text, &Text) {
    (&event.envelope.source, &event.envelope.event_id, &event.data.milestone_id)
}

/// A shipment's status and its open exceptions.
#[derive(Default)]
pub struct StatusDossier {
    status: Bag<Arc<ShipmentStatusRow>>,
    open_exceptions: isize,
}

/// A fact about a shipment's status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StatusFact {
    /// Where it stands.
    Status(Arc<ShipmentStatusRow>),
    /// An exception names it.
    OpenException,
}

impl Dossier for StatusDossier {
    const NAME: &'static str = "ShipmentStatus";
    type Key = Text;
    type Fact = StatusFact;
    type Finding = ShipmentStatusRow;

    fn apply(&mut self, fact: StatusFact, diff: isize) {
        match fact {
            StatusFact::Status(status) => self.status.update(status, diff),
            StatusFact::OpenException => self.open_exceptions += diff,
        }
    }

    fn is_empty(&self) -> bool {
        self.status.is_empty() && self.open_exceptions == 0
    }

    fn evaluate(&self, _key: &Text, _world: &mut World<'_>, findings: &mut Vec<ShipmentStatusRow>) {
        let Some(status) = self.status.only() else { return };
        let open_exceptions = u32::try_from(self.open_exceptions).expect("no exception goes before it comes");
        findings.push(ShipmentStatusRow { open_exceptions, ..ShipmentStatusRow::clone(status) });
    }
}
