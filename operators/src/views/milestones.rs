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

use landfall_schemas::event::{Classifier, CustomsStatusKind, DeclarationKind, MilestoneKind};
use landfall_schemas::{Envelope, Text, Timestamp};

use crate::operator::world::World;
use crate::rows::{DueSource, MilestoneRow, MilestoneState};
use crate::stage::progress::Journey;

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
pub struct Facts([MilestoneFacts; 14]);

/// The limit of a milestone, and when its estimate was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Due plus grace.
    pub at: Option<Timestamp>,
    /// When the estimate that counts was recorded.
    pub estimate_recorded_at: Option<Timestamp>,
}

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

/// The milestones of a shipment that have a row, in their order.
pub fn milestones(journey: &Journey<'_>, facts: &Facts, world: &mut World<'_>) -> Vec<(Mark, Limit)> {
    let shipment = journey.shipment;
    let levels = world.service_levels(&shipment.carrier, shipment.mode, &shipment.region);
    MilestoneKind::ALL
        .into_iter()
        .filter_map(|milestone| {
            let own = facts.get(milestone);
            let level = levels.get(milestone);
            let planned = own.planned.map(|fact| (fact.at, DueSource::Event));
            let promised = || {
                let plan = shipment.plan.iter().find(|plan| plan.milestone == milestone)?;
                Some((plan.at, DueSource::Plan))
            };
            let agreed = || {
                let anchor = facts.get(level?.after?).actual?;
                Some((anchor.at.plus_ms(level?.within_hours?.hours_to_ms()), DueSource::Sla))
            };
            let due = planned.or_else(promised).or_else(agreed);
            if due.is_none() && own.actual.is_none() {
                return None;
            }
            let grace = level.and_then(|level| level.grace_hours).map_or(0, |hours| hours.hours_to_ms());
            let limit = due.map(|(at, _)| at.plus_ms(grace));
            let mark = Mark {
                milestone,
                state: state(own, limit, world),
                due_source: due.map(|(_, source)| source),
                due_at: due.map(|(at, _)| at),
                estimated_at: own.estimated.map(|fact| fact.at),
                actual_at: own.actual.map(|fact| fact.at),
            };
            let estimate_recorded_at = own.estimated.map(|fact| fact.recorded_at);
            Some((mark, Limit { at: limit, estimate_recorded_at }))
        })
        .collect()
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

/// A fact with what decides between several.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    at: Timestamp,
    recorded_at: Timestamp,
    envelope: &'a Envelope,
    id: &'a Text,
}

/// Which fact a candidate may be: the milestone and the classifier.
type Slot = (MilestoneKind, Classifier);

impl Candidate<'_> {
    /// Whether it counts rather than another: the greatest does, by (recorded_at, source, event_id), ties to the later
    /// time, then the greater key.
    fn beats(&self, other: &Candidate<'_>) -> bool {
        let event = (&self.envelope.source, &self.envelope.event_id, self.at, self.id);
        let by_event = || event.cmp(&(&other.envelope.source, &other.envelope.event_id, other.at, other.id));
        self.recorded_at.cmp(&other.recorded_at).then_with(by_event).is_gt()
    }
}

impl Facts {
    /// The facts that count for a milestone.
    pub fn get(&self, milestone: MilestoneKind) -> &MilestoneFacts {
        &self.0[milestone as usize]
    }

    /// The facts that count for a shipment.
    pub fn of(journey: &Journey<'_>) -> Facts {
        let mut facts = Facts::default();
        let mut best: [[Option<Candidate<'_>>; 3]; 14] = [[None; 3]; 14];
        for ((milestone, classifier), candidate) in events(journey).chain(customs(journey)) {
            let slot = &mut best[milestone as usize][classifier as usize];
            if slot.is_none_or(|known| candidate.beats(&known)) {
                *slot = Some(candidate);
            }
        }
        for (of_one, candidates) in facts.0.iter_mut().zip(best) {
            let [planned, estimated, actual] = candidates
                .map(|candidate| candidate.map(|known| Fact { at: known.at, recorded_at: known.recorded_at }));
            *of_one = MilestoneFacts { planned, estimated, actual };
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
            let released: Option<Vec<Timestamp>> = imports().map(|state| state.released_at()).collect();
            facts.decide(MilestoneKind::CustomsReleased, released.and_then(|times| times.into_iter().max()));
        }
        facts
    }

    /// A fact that stands above events: it happened at that time.
    fn decide(&mut self, milestone: MilestoneKind, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.0[milestone as usize].actual = Some(Fact { at, recorded_at: at });
        }
    }
}

fn events<'a>(journey: &Journey<'a>) -> impl Iterator<Item = (Slot, Candidate<'a>)> {
    journey.events.iter().map(|told| {
        let (envelope, id) = (&told.event.envelope, &told.event.data.milestone_id);
        ((told.milestone, told.classifier), Candidate { at: told.at, recorded_at: told.recorded_at, envelope, id })
    })
}

/// Filed and accepted declarations are milestones.
fn customs<'a>(journey: &Journey<'a>) -> impl Iterator<Item = (Slot, Candidate<'a>)> {
    journey.declarations.iter().flat_map(|state| {
        state.statuses.iter().filter_map(|status| {
            let milestone = match (state.data().kind, status.data.status) {
                (DeclarationKind::Import, CustomsStatusKind::Filed) => MilestoneKind::CustomsFiled,
                (DeclarationKind::Import, CustomsStatusKind::Accepted) => MilestoneKind::CustomsAccepted,
                (DeclarationKind::Export, CustomsStatusKind::Filed) => MilestoneKind::ExportFiled,
                (DeclarationKind::Export, CustomsStatusKind::Accepted) => MilestoneKind::ExportAccepted,
                _ => return None,
            };
            let (envelope, id) = (&status.envelope, &status.data.status_id);
            let candidate = Candidate { at: status.data.at, recorded_at: envelope.recorded_at, envelope, id };
            Some(((milestone, Classifier::Actual), candidate))
        })
    })
}
