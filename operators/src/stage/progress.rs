//! How far each shipment has come: its milestones, and what follows from them.

use std::hash::{Hash, Hasher};
use std::hint::black_box;

use landfall_schemas::event::{Classifier, Milestone, MilestoneKind, Posting, PostingKind, Receipt, Shipment};
use landfall_schemas::{IdentifierType, Text, Timestamp};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use triomphe::Arc;

use super::declarations::DeclarationState;
use super::subject::Subject;
use crate::document::{Doc, MilestoneParts};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{ExceptionRow, TimelineRow};
use crate::views::exceptions;
use crate::views::exceptions::of_shipment::{OfShipment, What};
use crate::views::milestones::{Facts, Mark, Milestones, milestones};
use crate::views::shipment_status::{Standing, standing};
use crate::views::shipment_timeline;

/// What is known about a shipment's progress.
#[derive(Default)]
pub struct ProgressDossier {
    shipment: Bag<Doc<Shipment>>,
    milestones: Bag<Told>,
    declarations: Bag<Arc<DeclarationState>>,
    receipts: Bag<Doc<Receipt>>,
    postings: Bag<Doc<Posting>>,
    tracked: isize,
}

/// A milestone event about a shipment, with what rules read of every event again and again: the documents of a shipment
/// lie far apart in memory.
#[derive(Clone, Debug)]
pub struct Told {
    /// The event.
    pub event: Doc<Milestone>,
    /// Its time.
    pub at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Which milestone.
    pub milestone: MilestoneKind,
    /// Planned, estimated or actual.
    pub classifier: Classifier,
    /// Whether it says where.
    pub has_location: bool,
    /// Whether it says why.
    pub has_reason: bool,
    /// Whether it is about this shipment alone.
    pub alone: bool,
}

impl Told {
    fn new(event: Doc<Milestone>, alone: bool) -> Told {
        let MilestoneParts { at, milestone, classifier, location, reason, .. } = event.parts();
        let (has_location, has_reason) = (location.is_some(), reason.is_some());
        Told { at, recorded_at: event.recorded_at(), milestone, classifier, has_location, has_reason, alone, event }
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.alone == other.alone && self.at == other.at && self.event == other.event
    }
}

impl Eq for Told {}

impl Hash for Told {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.event.hash(state);
    }
}

/// A fact about a shipment's progress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProgressFact {
    /// The shipment is in force and not cancelled.
    Shipment(Doc<Shipment>),
    /// A milestone event is about it; whether about it alone.
    Milestone(Doc<Milestone>, bool),
    /// A declaration covers it.
    Declaration(Arc<DeclarationState>),
    /// A receipt names it.
    Receipt(Doc<Receipt>),
    /// A posting names it.
    Posting(Doc<Posting>),
    /// It is linked to a tracking number.
    Tracked,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProgressFinding {
    /// A milestone that is due or has happened.
    Milestone(Subject, Mark),
    /// Something somebody should look at.
    Exception(OfShipment),
    /// The same about a declaration that covers it alone.
    Declared(Arc<ExceptionRow>),
    /// Where it stands, open exceptions not counted yet.
    Standing(Arc<Standing>),
    /// When it was delivered.
    Delivered(Text, Timestamp),
    /// It carries goods of an order.
    Carries {
        /// The order.
        order_id: Text,
        /// Whether it has a tracking number.
        tracking: bool,
        /// Whether it has an estimated or actual delivery.
        eta: bool,
    },
    /// Its carrier sent so many milestone events about it alone, the newest recorded then.
    Heard {
        /// The carrier.
        carrier: Text,
        /// How many.
        documents: u64,
        /// When the newest was recorded.
        newest: Timestamp,
    },
    /// Its carrier sent a milestone event about it and other shipments.
    HeardTogether(Subject, Doc<Milestone>),
    /// A document names it, and belongs to its timeline.
    Named(Subject, Naming),
}

/// A document that names a shipment by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// A receipt.
    Receipt(Doc<Receipt>),
    /// A posting.
    Posting(Doc<Posting>),
}

impl Naming {
    /// Its entry in the shipment's timeline.
    pub fn entry(&self, shipment_id: &Text) -> Arc<TimelineRow> {
        match self {
            Naming::Receipt(receipt) => shipment_timeline::of_receipt(shipment_id, receipt),
            Naming::Posting(posting) => shipment_timeline::of_posting(shipment_id, posting),
        }
    }
}

/// What of a shipment the rules of milestones see.
pub struct Journey<'a> {
    /// Milestone events about it.
    pub events: SmallVec<[&'a Told; 16]>,
    /// Declarations that cover it and are not cancelled.
    pub declarations: SmallVec<[&'a DeclarationState; 2]>,
    /// Receipts that name it.
    pub receipts: SmallVec<[&'a Doc<Receipt>; 4]>,
    /// Postings of landed cost that name it.
    pub postings: SmallVec<[&'a Doc<Posting>; 4]>,
}

impl Dossier for ProgressDossier {
    const NAME: &'static str = "Progress";
    type Key = Text;
    type Fact = ProgressFact;
    type Finding = ProgressFinding;

    fn apply(&mut self, fact: ProgressFact, diff: isize) {
        match fact {
            ProgressFact::Shipment(shipment) => self.shipment.update(shipment, diff),
            ProgressFact::Milestone(milestone, alone) => self.milestones.update(Told::new(milestone, alone), diff),
            ProgressFact::Declaration(state) => self.declarations.update(state, diff),
            ProgressFact::Receipt(receipt) => self.receipts.update(receipt, diff),
            ProgressFact::Posting(posting) => self.postings.update(posting, diff),
            ProgressFact::Tracked => self.tracked += diff,
        }
    }

    fn is_empty(&self) -> bool {
        self.shipment.is_empty()
            && self.milestones.is_empty()
            && self.declarations.is_empty()
            && self.receipts.is_empty()
            && self.postings.is_empty()
            && self.tracked == 0
    }

    fn bring(&self) {
        self.shipment.iter().for_each(|shipment| {
            let fields = &shipment.data;
            black_box((fields.plan.first().map(|plan| plan.at), fields.contents.first().map(|line| line.line_no)));
        });
        self.milestones.iter().for_each(|told| {
            black_box(told.at);
        });
        self.declarations.iter().for_each(|state| {
            black_box((state.data().kind, state.statuses.first().map(|status| status.data.at)));
        });
        self.receipts.iter().for_each(|receipt| {
            black_box(receipt.data.received_at);
        });
        self.postings.iter().for_each(|posting| {
            black_box(posting.data.posted_at);
        });
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<ProgressFinding>) {
        let Some(document) = self.shipment.only() else { return };
        let shipment = &Subject::new(document);
        let journey = self.journey();
        let facts = Facts::of(&journey);
        let rows = milestones(shipment, &facts, world);
        let has_tracking = self.tracked > 0 || claims_tracking(document);
        exceptions(shipment, &journey, &rows, has_tracking, world, findings);
        let delivered = facts.get(MilestoneKind::Delivered);
        findings.extend(delivered.actual.map(|fact| ProgressFinding::Delivered(key.clone(), fact.at)));
        heard(shipment, &journey, findings);
        for receipt in &journey.receipts {
            findings.push(ProgressFinding::Named(shipment.clone(), Naming::Receipt(Doc::clone(receipt))));
        }
        for posting in self.postings.iter() {
            findings.push(ProgressFinding::Named(shipment.clone(), Naming::Posting(posting.clone())));
        }
        let eta = delivered.actual.is_some() || delivered.estimated.is_some();
        let mut orders: SmallVec<[&Text; 8]> = shipment.contents.iter().map(|line| &line.order_id).collect();
        orders.sort_unstable();
        orders.dedup();
        findings.extend(orders.into_iter().map(|order_id| {
            let order_id = order_id.clone();
            ProgressFinding::Carries { order_id, tracking: has_tracking, eta }
        }));
        findings.push(ProgressFinding::Standing(Arc::new(standing(document, &journey, &facts, &rows))));
        for (mark, _) in &rows {
            findings.push(ProgressFinding::Milestone(shipment.clone(), *mark));
        }
    }
}

impl ProgressDossier {
    fn journey(&self) -> Journey<'_> {
        let mut journey = Journey {
            events: SmallVec::new(),
            declarations: SmallVec::new(),
            receipts: SmallVec::new(),
            postings: SmallVec::new(),
        };
        self.milestones.iter().for_each(|told| journey.events.push(told));
        let live = self.declarations.iter().filter(|state| !state.cancelled());
        live.for_each(|state| journey.declarations.push(state));
        self.receipts.iter().for_each(|receipt| journey.receipts.push(receipt));
        let landed = self.postings.iter().filter(|posting| posting.data.kind == PostingKind::LandedCost);
        landed.for_each(|posting| journey.postings.push(posting));
        journey
    }
}

/// What of a shipment's progress somebody should look at.
fn exceptions(
    shipment: &Subject,
    journey: &Journey<'_>,
    rows: &Milestones,
    has_tracking: bool,
    world: &mut World<'_>,
    findings: &mut Vec<ProgressFinding>,
) {
    let mut noticed: SmallVec<[(What, Timestamp); 8]> = SmallVec::new();
    for (mark, late_since) in rows.iter().filter(|(mark, _)| mark.is_late()) {
        let since = late_since.expect("a late milestone has a limit, one at risk an estimate");
        noticed.push((What::Late(mark.milestone, mark.state), since));
    }
    if let Some(delivered) = at(rows, MilestoneKind::Delivered).filter(|_| journey.receipts.is_empty()) {
        let since = exceptions::delivered_not_received::since(delivered, world);
        noticed.extend(since.map(|since| (What::NotReceived, since)));
    }
    if !has_tracking {
        let under_way = [MilestoneKind::PickedUp, MilestoneKind::Departed].map(|milestone| at(rows, milestone));
        noticed.extend(under_way.into_iter().flatten().min().map(|since| (What::NoTracking, since)));
    }
    if !noticed.is_empty() {
        let carrier = world.partner(&shipment.carrier);
        findings.extend(noticed.into_iter().map(|(what, since)| {
            let (shipment, carrier) = (shipment.clone(), carrier.clone());
            ProgressFinding::Exception(OfShipment { shipment, carrier, what, since })
        }));
    }
    let mut found = Vec::new();
    for state in journey.declarations.iter().filter(|state| state.target.only().is_some()) {
        exceptions::of_declaration(state, Some(shipment), world, &mut found);
    }
    findings.extend(found.into_iter().map(|row| ProgressFinding::Declared(Arc::new(row))));
}

/// What the carrier said.
fn heard(shipment: &Subject, journey: &Journey<'_>, findings: &mut Vec<ProgressFinding>) {
    let mut documents = 0;
    let mut newest = None;
    for told in &journey.events {
        if !told.alone {
            findings.push(ProgressFinding::HeardTogether(shipment.clone(), told.event.clone()));
            continue;
        }
        documents += 1;
        newest = newest.max(Some(told.recorded_at));
    }
    findings.extend(newest.map(|newest| ProgressFinding::Heard {
        carrier: shipment.carrier.clone(),
        documents,
        newest,
    }));
}

/// When a milestone happened.
fn at(rows: &Milestones, milestone: MilestoneKind) -> Option<Timestamp> {
    rows.iter().find(|(mark, _)| mark.milestone == milestone).and_then(|(mark, _)| mark.actual_at)
}

fn claims_tracking(shipment: &Doc<Shipment>) -> bool {
    shipment.identifiers().any(|(kind, _)| kind == IdentifierType::Tracking)
}
