//! `milestones` and `late_milestones`: when each milestone of a shipment is due, expected, happened (§6).
//!
//! Grain and key: (shipment_id, milestone). A row appears when the milestone has a due time or has happened, and goes
//! when neither holds any more or the shipment is cancelled. Facts come from milestone events, from customs statuses,
//! from receipts and from postings; of several with one classifier the newest recorded counts. Due is what an event
//! planned, else the shipment's plan, else a service level counted from another milestone.
//!
//! As SQL: `case when actual is not null and due is null then 'done' when actual <= due + grace then 'met' when actual is
//! not null then 'late' when clock > due + grace then 'overdue' when estimate > due + grace then 'at_risk' else
//! 'pending' end`. Example: departed due 1 March 12:00, no event: `pending` until 12:00:00.000, `overdue` from .001 on.

use landfall_schemas::event::{
    Classifier, CustomsStatus, CustomsStatusKind, DeclarationKind, Milestone, MilestoneKind,
};
use landfall_schemas::packed::PackedText;
use landfall_schemas::{Text, Timestamp};
use smallvec::SmallVec;

use crate::document::{Doc, ShipmentFields};
use crate::operator::world::World;
use crate::rows::{DueSource, MilestoneRow, MilestoneState};
use crate::stage::progress::Journey;

/// How many milestones there are.
const KINDS: usize = MilestoneKind::ALL.len();

/// A fact about a milestone.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// When it is planned, is expected or happened.
    pub at: Timestamp,
    /// When that was recorded.
    pub recorded_at: Timestamp,
}

/// The facts that count for one milestone.
#[derive(Clone, Copy, Debug, Default)]
pub struct MilestoneFacts {
    /// Planned by an event.
    pub planned: Option<Fact>,
    /// Expected.
    pub estimated: Option<Fact>,
    /// Happened.
    pub actual: Option<Fact>,
}

/// The facts that count for every milestone of a shipment.
#[derive(Clone, Debug, Default)]
pub struct Facts([MilestoneFacts; KINDS]);

/// How a milestone of a shipment stands: its row, without what the shipment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Which milestone.
    pub milestone: MilestoneKind,
    /// Its state at the clock.
    pub state: MilestoneState,
    /// Where the due time comes from.
    pub due_source: Option<DueSource>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// When it is expected.
    pub estimated_at: Option<Timestamp>,
    /// When it happened.
    pub actual_at: Option<Timestamp>,
}

impl Mark {
    /// The row of `milestones`, and of `late_milestones` where it is late.
    pub fn row(&self, shipment_id: &Text) -> MilestoneRow {
        let lateness = self.due_at.zip(self.actual_at).filter(|_| self.state == MilestoneState::Late);
        MilestoneRow {
            shipment_id: shipment_id.clone(),
            milestone: self.milestone,
            due_at: self.due_at,
            due_source: self.due_source,
            estimated_at: self.estimated_at,
            actual_at: self.actual_at,
            state: self.state,
            lateness_seconds: lateness.map(|(due, actual)| (actual.0 - due.0) / 1000),
        }
    }

    /// Whether it belongs to `late_milestones`.
    pub fn is_late(&self) -> bool {
        matches!(self.state, MilestoneState::Late | MilestoneState::Overdue | MilestoneState::AtRisk)
    }
}

/// A milestone that has a row; where it is late, since when that is an exception: since the limit, or where it is at risk
/// since the estimate that says so was recorded.
pub type Milestones = SmallVec<[(Mark, Option<Timestamp>); KINDS]>;

/// The milestones of a shipment that have a row, in their order.
pub fn milestones(shipment: &ShipmentFields, facts: &Facts, world: &mut World<'_>) -> Milestones {
    let levels = world.service_levels(&shipment.carrier, shipment.mode, &shipment.region);
    let mut promised = [None; KINDS];
    for plan in shipment.plan.iter().rev() {
        promised[plan.milestone as usize] = Some((plan.at, DueSource::Plan));
    }
    let mut rows = Milestones::new();
    for milestone in MilestoneKind::ALL {
        let own = facts.get(milestone);
        let planned = own.planned.map(|fact| (fact.at, DueSource::Event));
        let agreed = || {
            let (after, within_ms) = levels.due(milestone)?;
            Some((facts.get(after).actual?.at.plus_ms(within_ms), DueSource::Sla))
        };
        let due = planned.or(promised[milestone as usize]).or_else(agreed);
        if due.is_none() && own.actual.is_none() {
            continue;
        }
        let limit = due.map(|(at, _)| match own.actual {
            // What happened in time was in time whatever the grace: so most of the past does not depend on it.
            Some(actual) if actual.at <= at => at,
            _ => at.plus_ms(world.grace_ms(&shipment.carrier, shipment.mode, &shipment.region, milestone)),
        });
        let state = state(own, limit, world);
        let mark = Mark {
            milestone,
            state,
            due_source: due.map(|(_, source)| source),
            due_at: due.map(|(at, _)| at),
            estimated_at: own.estimated.map(|fact| fact.at),
            actual_at: own.actual.map(|fact| fact.at),
        };
        let late_since = match state {
            MilestoneState::AtRisk => own.estimated.map(|fact| fact.recorded_at),
            MilestoneState::Late | MilestoneState::Overdue => limit,
            MilestoneState::Done | MilestoneState::Met | MilestoneState::Pending => None,
        };
        rows.push((mark, late_since));
    }
    rows
}

fn state(facts: &MilestoneFacts, limit: Option<Timestamp>, world: &mut World<'_>) -> MilestoneState {
    match (facts.actual, limit) {
        (Some(_), None) => MilestoneState::Done,
        (Some(actual), Some(limit)) if actual.at <= limit => MilestoneState::Met,
        (Some(_), Some(_)) => MilestoneState::Late,
        (None, Some(limit)) if world.passed(limit) => MilestoneState::Overdue,
        (None, Some(limit)) if facts.estimated.is_some_and(|estimate| estimate.at > limit) => MilestoneState::AtRisk,
        (None, _) => MilestoneState::Pending,
    }
}

/// What decides between facts that were recorded at one time.
#[derive(Clone, Copy)]
enum Teller<'a> {
    Milestone(&'a Doc<Milestone>),
    Status(&'a Doc<CustomsStatus>),
}

impl<'a> Teller<'a> {
    /// Who told it, in which event, and the document's own id.
    fn event(self) -> (&'a str, PackedText<'a>, PackedText<'a>) {
        let (told, id) = match self {
            Teller::Milestone(event) => (event.provenance(), event.parts().milestone_id),
            Teller::Status(status) => (status.provenance(), status.status_id()),
        };
        (told.source, told.event_id, id)
    }
}

/// For each milestone and classifier who told the fact that counts.
type Tellers<'a> = [[Option<Teller<'a>>; 3]; KINDS];

impl Facts {
    /// The facts that count for a milestone.
    pub fn get(&self, milestone: MilestoneKind) -> &MilestoneFacts {
        &self.0[milestone as usize]
    }

    /// The facts that count for a shipment.
    pub fn of(journey: &Journey<'_>) -> Facts {
        let mut facts = Facts::default();
        let mut tellers: Tellers<'_> = [[None; 3]; KINDS];
        for told in &journey.events {
            let teller = Teller::Milestone(&told.event);
            let fact = Fact { at: told.at, recorded_at: told.recorded_at };
            facts.consider(told.milestone, told.classifier, fact, teller, &mut tellers);
        }
        for state in &journey.declarations {
            for status in &state.statuses {
                let Some(milestone) = customs(state.data().kind, status.data.status) else { continue };
                let teller = Teller::Status(status);
                let fact = Fact { at: status.data.at, recorded_at: status.recorded_at() };
                facts.consider(milestone, Classifier::Actual, fact, teller, &mut tellers);
            }
        }
        facts.decide(
            MilestoneKind::GoodsReceived,
            journey.receipts.iter().map(|receipt| receipt.data.received_at).min(),
        );
        facts.decide(
            MilestoneKind::LandedCostPosted,
            journey.postings.iter().map(|posting| posting.data.posted_at).min(),
        );
        let imports = || {
            let all = journey.declarations.iter().filter(|state| state.data().kind == DeclarationKind::Import);
            all.filter(|state| !state.statuses.is_empty())
        };
        if imports().next().is_some() {
            facts.0[MilestoneKind::CustomsReleased as usize].actual = None;
            let last = imports().try_fold(None, |last, state| Some(last.max(Some(state.released_at()?))));
            facts.decide(MilestoneKind::CustomsReleased, last.flatten());
        }
        facts
    }

    /// Takes a fact in if it counts rather than the one known: the greatest does, by (recorded_at, source, event_id), ties
    /// to the later time, then the greater key.
    fn consider<'a>(
        &mut self,
        milestone: MilestoneKind,
        classifier: Classifier,
        fact: Fact,
        teller: Teller<'a>,
        tellers: &mut Tellers<'a>,
    ) {
        let of_one = &mut self.0[milestone as usize];
        let place = match classifier {
            Classifier::Planned => &mut of_one.planned,
            Classifier::Estimated => &mut of_one.estimated,
            Classifier::Actual => &mut of_one.actual,
        };
        let known = &mut tellers[milestone as usize][classifier as usize];
        if let (Some(told), Some(by)) = (*place, *known) {
            let event = |teller: Teller<'a>, at| {
                let (source, event_id, id) = teller.event();
                (source, event_id, at, id)
            };
            let order = fact.recorded_at.cmp(&told.recorded_at);
            if order.then_with(|| event(teller, fact.at).cmp(&event(by, told.at))).is_le() {
                return;
            }
        }
        (*place, *known) = (Some(fact), Some(teller));
    }

    /// A fact that stands above events: it happened at that time.
    fn decide(&mut self, milestone: MilestoneKind, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.0[milestone as usize].actual = Some(Fact { at, recorded_at: at });
        }
    }
}

/// Filed and accepted declarations are milestones.
fn customs(kind: DeclarationKind, status: CustomsStatusKind) -> Option<MilestoneKind> {
    match (kind, status) {
        (DeclarationKind::Import, CustomsStatusKind::Filed) => Some(MilestoneKind::CustomsFiled),
        (DeclarationKind::Import, CustomsStatusKind::Accepted) => Some(MilestoneKind::CustomsAccepted),
        (DeclarationKind::Export, CustomsStatusKind::Filed) => Some(MilestoneKind::ExportFiled),
        (DeclarationKind::Export, CustomsStatusKind::Accepted) => Some(MilestoneKind::ExportAccepted),
        _ => None,
    }
}
