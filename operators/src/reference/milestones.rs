//! `milestones`: when a shipment's milestones are due, expected and done (§6).

use std::collections::BTreeMap;

use landfall_schemas::event::{Classifier, CustomsStatusKind, MilestoneKind, PostingKind, Shipment, Sla};
use landfall_schemas::{Decimal, Envelope, Text, Timestamp};

use super::customs::Case;
use super::world::World;
use crate::rows::{DueSource, MilestoneRow, MilestoneState};

/// What one document says of a milestone.
#[derive(Clone, Copy)]
pub(crate) struct Fact<'a> {
    pub at: Timestamp,
    pub envelope: &'a Envelope,
}

/// The facts that count, by shipment, milestone and classifier.
pub(crate) struct Facts<'a> {
    counting: BTreeMap<(&'a str, MilestoneKind, Classifier), Fact<'a>>,
    /// Actual times that stand above every fact: receipts, postings, declarations (`None`: not released).
    overriding: BTreeMap<(&'a str, MilestoneKind), Option<Timestamp>>,
}

impl<'a> Facts<'a> {
    /// All facts about shipments.
    pub fn new(world: &World<'a>) -> Facts<'a> {
        let mut facts = Facts { counting: BTreeMap::new(), overriding: BTreeMap::new() };
        for doc in &world.documents.milestones {
            let it = doc.data;
            let resolution = world.identity.resolve(std::slice::from_ref(&it.reference));
            for shipment in resolution.shipments() {
                facts.add(shipment, it.milestone, it.classifier, Fact { at: it.at, envelope: doc.envelope });
            }
        }
        for case in world.live_declarations() {
            facts.add_statuses(case);
        }
        facts.override_releases(world);
        facts.override_postings(world);
        facts
    }

    fn add(&mut self, shipment: &'a str, milestone: MilestoneKind, classifier: Classifier, fact: Fact<'a>) {
        let rank = |fact: &Fact<'a>| {
            let Envelope { recorded_at, source, event_id, .. } = fact.envelope;
            (*recorded_at, source, event_id, fact.at)
        };
        let counting = self.counting.entry((shipment, milestone, classifier)).or_insert(fact);
        if rank(&fact) > rank(counting) {
            *counting = fact;
        }
    }

    fn add_statuses(&mut self, case: &Case<'a>) {
        for status in &case.statuses {
            let milestone = match (status.data.status, case.is_import()) {
                (CustomsStatusKind::Filed, true) => MilestoneKind::CustomsFiled,
                (CustomsStatusKind::Accepted, true) => MilestoneKind::CustomsAccepted,
                (CustomsStatusKind::Filed, false) => MilestoneKind::ExportFiled,
                (CustomsStatusKind::Accepted, false) => MilestoneKind::ExportAccepted,
                _ => continue,
            };
            for shipment in case.resolution.shipments() {
                let fact = Fact { at: status.data.at, envelope: status.envelope };
                self.add(shipment, milestone, Classifier::Actual, fact);
            }
        }
    }

    fn override_releases(&mut self, world: &World<'a>) {
        for case in world.live_declarations().filter(|case| case.is_import() && !case.statuses.is_empty()) {
            let released_at = case.released_at();
            for shipment in case.resolution.shipments() {
                self.overriding
                    .entry((shipment, MilestoneKind::CustomsReleased))
                    .and_modify(|all| *all = all.zip(released_at).map(|(one, other)| one.max(other)))
                    .or_insert(released_at);
            }
        }
    }

    fn override_postings(&mut self, world: &World<'a>) {
        let receipts = world.documents.receipts.iter().filter_map(|doc| {
            Some((doc.data.shipment_id.as_deref()?, MilestoneKind::GoodsReceived, doc.data.received_at))
        });
        let postings =
            world.documents.postings.iter().filter(|doc| doc.data.kind == PostingKind::LandedCost).filter_map(|doc| {
                Some((doc.data.shipment_id.as_deref()?, MilestoneKind::LandedCostPosted, doc.data.posted_at))
            });
        for (shipment, milestone, at) in receipts.chain(postings) {
            self.overriding
                .entry((shipment, milestone))
                .and_modify(|earliest| *earliest = (*earliest).min(Some(at)))
                .or_insert(Some(at));
        }
    }

    /// When a milestone happened.
    pub fn actual(&self, shipment: &str, milestone: MilestoneKind) -> Option<Timestamp> {
        match self.overriding.get(&(shipment, milestone)) {
            Some(overriding) => *overriding,
            None => self.fact(shipment, milestone, Classifier::Actual).map(|fact| fact.at),
        }
    }

    /// The fact of a classifier that counts.
    pub fn fact(&self, shipment: &str, milestone: MilestoneKind, classifier: Classifier) -> Option<Fact<'a>> {
        self.counting.get(&(shipment, milestone, classifier)).copied()
    }
}

/// A row of the view with what exceptions add to it.
pub(crate) struct Progress {
    pub row: MilestoneRow,
    /// Due time plus grace.
    pub limit: Option<Timestamp>,
    /// When the estimate that counts was recorded.
    pub estimate_recorded_at: Option<Timestamp>,
}

/// Every row of the view.
pub(crate) fn progress(world: &World<'_>, facts: &Facts<'_>) -> Vec<Progress> {
    let mut rows = Vec::new();
    for shipment in world.documents.live_shipments() {
        for milestone in MilestoneKind::ALL {
            rows.extend(progress_of(world, facts, shipment.data, milestone));
        }
    }
    rows
}

fn progress_of(
    world: &World<'_>,
    facts: &Facts<'_>,
    shipment: &Shipment,
    milestone: MilestoneKind,
) -> Option<Progress> {
    let id = shipment.shipment_id.as_str();
    let rule = matching_rule(world, shipment, milestone);
    let actual_at = facts.actual(id, milestone);
    let due = due(facts, shipment, milestone, rule);
    if due.is_none() && actual_at.is_none() {
        return None;
    }
    let estimate = facts.fact(id, milestone, Classifier::Estimated);
    let grace_ms = rule.and_then(|rule| rule.grace_hours).map_or(0, Decimal::hours_to_ms);
    let limit = due.map(|due| due.at.plus_ms(grace_ms));
    let state = state(limit, estimate.map(|fact| fact.at), actual_at, world.clock);
    let lateness_seconds = match (state, due, actual_at) {
        (MilestoneState::Late, Some(due), Some(actual)) => Some((actual.0 - due.at.0) / 1000),
        _ => None,
    };
    let row = MilestoneRow {
        shipment_id: Text::from(id),
        milestone,
        due_at: due.map(|due| due.at),
        due_source: due.map(|due| due.source),
        estimated_at: estimate.map(|fact| fact.at),
        actual_at,
        state,
        lateness_seconds,
    };
    Some(Progress { row, limit, estimate_recorded_at: estimate.map(|fact| fact.envelope.recorded_at) })
}

#[derive(Clone, Copy)]
struct Due {
    at: Timestamp,
    source: DueSource,
}

fn due(facts: &Facts<'_>, shipment: &Shipment, milestone: MilestoneKind, rule: Option<&Sla>) -> Option<Due> {
    let planned = facts.fact(&shipment.shipment_id, milestone, Classifier::Planned);
    if let Some(planned) = planned {
        return Some(Due { at: planned.at, source: DueSource::Event });
    }
    if let Some(plan) = shipment.plan.iter().find(|plan| plan.milestone == milestone) {
        return Some(Due { at: plan.at, source: DueSource::Plan });
    }
    let rule = rule?;
    let anchor = facts.actual(&shipment.shipment_id, rule.after?)?;
    Some(Due { at: anchor.plus_ms(rule.within_hours?.hours_to_ms()), source: DueSource::Sla })
}

/// The most specific service level for a milestone of a shipment, the smaller name where several are.
fn matching_rule<'a>(world: &World<'a>, shipment: &Shipment, milestone: MilestoneKind) -> Option<&'a Sla> {
    let specificity = |rule: &Sla| {
        4 * u8::from(rule.carrier.is_some()) + 2 * u8::from(rule.mode.is_some()) + u8::from(rule.region.is_some())
    };
    world
        .documents
        .slas
        .iter()
        .map(|doc| doc.data)
        .filter(|rule| rule.milestone == milestone)
        .filter(|rule| rule.carrier.as_ref().is_none_or(|carrier| *carrier == shipment.carrier))
        .filter(|rule| rule.mode.is_none_or(|mode| mode == shipment.mode))
        .filter(|rule| rule.region.as_ref().is_none_or(|region| *region == shipment.region))
        .min_by_key(|rule| (std::cmp::Reverse(specificity(rule)), &rule.name))
}

fn state(
    limit: Option<Timestamp>,
    estimate: Option<Timestamp>,
    actual: Option<Timestamp>,
    clock: Timestamp,
) -> MilestoneState {
    match (actual, limit) {
        (Some(_), None) => MilestoneState::Done,
        (Some(actual), Some(limit)) if actual <= limit => MilestoneState::Met,
        (Some(_), Some(_)) => MilestoneState::Late,
        (None, limit) if limit.is_some_and(|limit| clock > limit) => MilestoneState::Overdue,
        (None, limit) if limit.zip(estimate).is_some_and(|(limit, estimate)| estimate > limit) => {
            MilestoneState::AtRisk
        }
        (None, _) => MilestoneState::Pending,
    }
}

/// Whether a row belongs to `late_milestones`.
pub(crate) fn is_late(row: &MilestoneRow) -> bool {
    matches!(row.state, MilestoneState::Late | MilestoneState::Overdue | MilestoneState::AtRisk)
}
