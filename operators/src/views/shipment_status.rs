//! `shipment_status`: where each shipment stands (§8).
//!
//! Grain and key: shipment_id, one row per shipment that is not cancelled. Everything but the number of open
//! exceptions follows from the shipment's own facts ([`standing`]); the exceptions are counted afterwards, because some of
//! them (charges, unbilled charges) are found only once the milestones are known.

use landfall_schemas::event::{Classifier, Milestone, MilestoneKind, Shipment};
use landfall_schemas::packed::PackedText;
use landfall_schemas::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::milestones::{Facts, Mark, Milestones};
use crate::document::{Doc, MilestoneParts};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{EtaSource, MilestoneState, ShipmentStatusRow};
use crate::stage::progress::{Journey, Told};

/// Where a shipment stands, open exceptions not counted yet: its row, without what the shipment says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// The shipment, as its document in force says: this is kept, and an older version would be kept with it.
    pub shipment: Doc<Shipment>,
    /// The latest milestone that happened, and when.
    current: Option<(MilestoneKind, Timestamp)>,
    /// The milestone due next, when, and its state.
    next: Option<(MilestoneKind, Timestamp, MilestoneState)>,
    /// When it is or was expected to be delivered, and where that comes from.
    eta: Option<(EtaSource, Timestamp)>,
    last_location: Text,
    last_reason: Text,
    open_holds: u32,
}

impl Standing {
    fn row(&self, open_exceptions: u32) -> ShipmentStatusRow {
        let shipment = &self.shipment.data;
        ShipmentStatusRow {
            shipment_id: shipment.shipment_id.clone(),
            carrier: shipment.carrier.clone(),
            mode: shipment.mode,
            region: shipment.region.clone(),
            current_milestone: self.current.map(|(milestone, _)| milestone),
            current_at: self.current.map(|(_, at)| at),
            next_milestone: self.next.map(|(milestone, _, _)| milestone),
            next_due_at: self.next.map(|(_, due_at, _)| due_at),
            next_state: self.next.map(|(_, _, state)| state),
            eta_at: self.eta.map(|(_, at)| at),
            eta_source: self.eta.map(|(source, _)| source),
            last_location: self.last_location.clone(),
            last_reason: self.last_reason.clone(),
            open_holds: self.open_holds,
            open_exceptions,
        }
    }
}

/// Where a shipment stands.
pub fn standing(shipment: &Doc<Shipment>, journey: &Journey<'_>, facts: &Facts, rows: &Milestones) -> Standing {
    let mut standing = Standing {
        shipment: shipment.clone(),
        current: None,
        next: None,
        eta: None,
        last_location: last_given(journey, |told| told.has_location, |milestone| milestone.location),
        last_reason: last_given(journey, |told| told.has_reason, |milestone| milestone.reason),
        open_holds: 0,
    };
    let mut delivery = None;
    for (row, _) in rows {
        match (row.actual_at, row.due_at) {
            // Of two at the same time the later milestone is the current one, the earlier one is next.
            (Some(at), _) if standing.current.is_none_or(|(_, latest)| at >= latest) => {
                standing.current = Some((row.milestone, at));
            }
            (None, Some(due_at)) if standing.next.is_none_or(|(_, earliest, _)| due_at < earliest) => {
                standing.next = Some((row.milestone, due_at, row.state));
            }
            _ => {}
        }
        if row.milestone == MilestoneKind::Delivered {
            delivery = Some(row);
        }
    }
    standing.eta = eta(facts, delivery);
    let holds: usize = journey.declarations.iter().map(|state| state.open_holds().len()).sum();
    standing.open_holds = u32::try_from(holds).expect("fewer than 2^32 holds of one shipment");
    standing
}

/// When a shipment was, is expected to be, or should be delivered.
fn eta(facts: &Facts, row: Option<&Mark>) -> Option<(EtaSource, Timestamp)> {
    let delivered = facts.get(MilestoneKind::Delivered);
    let actual = delivered.actual.map(|fact| (EtaSource::Actual, fact.at));
    let estimated = delivered.estimated.map(|fact| (EtaSource::Estimated, fact.at));
    actual.or(estimated).or_else(|| Some((EtaSource::Planned, row?.due_at?)))
}

/// What the latest actual milestone event says that says something about it.
fn last_given(
    journey: &Journey<'_>,
    says: fn(&Told) -> bool,
    pick: fn(MilestoneParts<'_>) -> Option<PackedText<'_>>,
) -> Text {
    let given = journey.events.iter().filter(|told| told.classifier == Classifier::Actual && says(told));
    let latest = given.max_by(|a, b| {
        let by_time = (a.at, a.recorded_at).cmp(&(b.at, b.recorded_at));
        by_time.then_with(|| by_event(&a.event).cmp(&by_event(&b.event)))
    });
    latest.and_then(|told| pick(told.event.parts())).map(Text::from).unwrap_or_default()
}

fn by_event(event: &Doc<Milestone>) -> (&str, PackedText<'_>, PackedText<'_>) {
    let told = event.provenance();
    (told.source, told.event_id, event.parts().milestone_id)
}

/// A shipment's status and its open exceptions.
#[derive(Default)]
pub struct StatusDossier {
    standing: Bag<Arc<Standing>>,
    open_exceptions: isize,
}

/// A fact about a shipment's status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StatusFact {
    /// Where it stands.
    Standing(Arc<Standing>),
    /// An exception names it.
    OpenException,
}

impl StatusFact {
    /// Where a shipment stands, by its id.
    pub fn by_shipment(standing: Arc<Standing>) -> (Text, StatusFact) {
        (standing.shipment.data.shipment_id.clone(), StatusFact::Standing(standing))
    }
}

impl Dossier for StatusDossier {
    const NAME: &'static str = "ShipmentStatus";
    type Key = Text;
    type Fact = StatusFact;
    type Finding = Arc<ShipmentStatusRow>;

    fn apply(&mut self, fact: StatusFact, diff: isize) {
        match fact {
            StatusFact::Standing(standing) => self.standing.update(standing, diff),
            StatusFact::OpenException => self.open_exceptions += diff,
        }
    }

    fn is_empty(&self) -> bool {
        self.standing.is_empty() && self.open_exceptions == 0
    }

    fn evaluate(&self, _key: &Text, _world: &mut World<'_>, findings: &mut Vec<Arc<ShipmentStatusRow>>) {
        let Some(standing) = self.standing.only() else { return };
        let open_exceptions = u32::try_from(self.open_exceptions).expect("no exception goes before it comes");
        findings.push(Arc::new(standing.row(open_exceptions)));
    }
}
