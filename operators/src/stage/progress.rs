//! How far each shipment has come: its milestones, and what follows from them.

use std::hash::{Hash, Hasher};

use landfall_schemas::event::{Classifier, Milestone, MilestoneKind, Partner, Posting, PostingKind, Receipt, Shipment};
use landfall_schemas::{IdentifierType, Text, Timestamp};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::declarations::DeclarationState;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::ExceptionRow;
use crate::views::exceptions::{self, Place};
use crate::views::milestones::{Facts, Limit, Mark, milestones};
use crate::views::shipment_status::{Standing, standing};

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
        Told {
            at: event.data.at,
            recorded_at: event.envelope.recorded_at,
            milestone: event.data.milestone,
            classifier: event.data.classifier,
            has_location: event.data.location.is_some(),
            has_reason: event.data.reason.is_some(),
            alone,
            event,
        }
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
    Milestone(Doc<Shipment>, Mark),
    /// Something somebody should look at.
    Exception(Arc<ExceptionRow>),
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
    HeardTogether(Doc<Shipment>, Doc<Milestone>),
    /// A receipt belongs to its timeline.
    Received(Doc<Shipment>, Doc<Receipt>),
    /// A posting belongs to its timeline.
    Posted(Doc<Shipment>, Doc<Posting>),
}

/// What of a shipment the rules of milestones see.
pub struct Journey<'a> {
    /// The shipment.
    pub shipment: &'a Shipment,
    /// Milestone events about it.
    pub events: Vec<&'a Told>,
    /// Declarations that cover it and are not cancelled.
    pub declarations: Vec<&'a DeclarationState>,
    /// Receipts that name it.
    pub receipts: Vec<&'a Doc<Receipt>>,
    /// Postings of landed cost that name it.
    pub postings: Vec<&'a Doc<Posting>>,
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

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<ProgressFinding>) {
        let Some(shipment) = self.shipment.only() else { return };
        let journey = Journey {
            shipment: &shipment.data,
            events: self.milestones.iter().collect(),
            declarations: self.declarations.iter().map(Arc::as_ref).filter(|state| !state.cancelled()).collect(),
            receipts: self.receipts.iter().collect(),
            postings: self.postings.iter().filter(|posting| posting.data.kind == PostingKind::LandedCost).collect(),
        };
        let facts = Facts::of(&journey);
        let rows = milestones(&journey, &facts, world);
        let has_tracking = self.tracked > 0 || claims_tracking(&shipment.data);
        self.exceptions(shipment, &journey, &rows, has_tracking, world, findings);
        let delivered = facts.get(MilestoneKind::Delivered);
        findings.extend(delivered.actual.map(|fact| ProgressFinding::Delivered(key.clone(), fact.at)));
        self.heard(shipment, findings);
        findings
            .extend(self.receipts.iter().map(|receipt| ProgressFinding::Received(shipment.clone(), receipt.clone())));
        findings.extend(self.postings.iter().map(|posting| ProgressFinding::Posted(shipment.clone(), posting.clone())));
        let mut orders: Vec<&Text> = shipment.data.contents.iter().map(|line| &line.order_id).collect();
        orders.sort_unstable();
        orders.dedup();
        findings.extend(orders.into_iter().map(|order_id| ProgressFinding::Carries {
            order_id: order_id.clone(),
            tracking: has_tracking,
            eta: delivered.actual.is_some() || delivered.estimated.is_some(),
        }));
        findings.push(ProgressFinding::Standing(Arc::new(standing(shipment, &journey, &facts, &rows))));
        findings.extend(rows.into_iter().map(|(mark, _)| ProgressFinding::Milestone(shipment.clone(), mark)));
    }
}

impl ProgressDossier {
    fn exceptions(
        &self,
        shipment: &Doc<Shipment>,
        journey: &Journey<'_>,
        rows: &[(Mark, Limit)],
        has_tracking: bool,
        world: &mut World<'_>,
        findings: &mut Vec<ProgressFinding>,
    ) {
        let carrier: Option<Doc<Partner>> = world.partner(&shipment.data.carrier);
        let place = Place::at(&shipment.data, carrier.as_ref().map(|partner| &partner.data));
        let mut found = Vec::new();
        for (mark, limit) in rows.iter().filter(|(mark, _)| mark.is_late()) {
            found.push(exceptions::late_milestone::exception(&place, mark, *limit));
        }
        if let Some(delivered) = at(rows, MilestoneKind::Delivered).filter(|_| journey.receipts.is_empty()) {
            found.extend(exceptions::delivered_not_received::exception(&place, delivered, world));
        }
        if !has_tracking {
            let under_way = [MilestoneKind::PickedUp, MilestoneKind::Departed].map(|milestone| at(rows, milestone));
            found.extend(
                under_way.into_iter().flatten().min().map(|since| exceptions::no_tracking::exception(&place, since)),
            );
        }
        for state in journey.declarations.iter().filter(|state| state.target.only().is_some()) {
            exceptions::of_declaration(state, Some(&shipment.data), world, &mut found);
        }
        findings.extend(found.into_iter().map(|row| ProgressFinding::Exception(Arc::new(row))));
    }

    fn heard(&self, shipment: &Doc<Shipment>, findings: &mut Vec<ProgressFinding>) {
        let mut documents = 0;
        let mut newest = None;
        for told in self.milestones.iter() {
            if !told.alone {
                findings.push(ProgressFinding::HeardTogether(shipment.clone(), told.event.clone()));
                continue;
            }
            documents += 1;
            newest = newest.max(Some(told.recorded_at));
        }
        findings.extend(newest.map(|newest| ProgressFinding::Heard {
            carrier: shipment.data.carrier.clone(),
            documents,
            newest,
        }));
    }
}

/// When a milestone happened.
fn at(rows: &[(Mark, Limit)], milestone: MilestoneKind) -> Option<Timestamp> {
    rows.iter().find(|(mark, _)| mark.milestone == milestone).and_then(|(mark, _)| mark.actual_at)
}

fn claims_tracking(shipment: &Shipment) -> bool {
    shipment.identifiers.iter().any(|identifier| identifier.kind == IdentifierType::Tracking)
}
