//! Which shipments a name stands for (§3): references on one side, claims on the other, met at the name.
//!
//! A left outer join whose right side is a set with a limit: beyond it the answer is "too many", however many more
//! there are. A new reference costs one answer, a new claim one answer per reference of that name.

use std::hash::Hash;
use std::sync::Arc;

use differential_dataflow::consolidation::consolidate;
use differential_dataflow::{ExchangeData, VecCollection};
use landfall_schemas::{IdentifierKey, Text};
use serde::{Deserialize, Serialize};

use super::ambient::Gauge;
use super::bag::{Bag, SortedBag};
use super::keyed::{Keyed, keyed};
use crate::Tick;

/// The shipments a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// None claims it.
    Unclaimed,
    /// One claims it.
    One(Text),
    /// Several claim it (a group name), in ascending order.
    Several(Arc<[Text]>),
    /// More claim it than may: two for an identity type, `max_group` for a group type; or it is a junk name.
    TooMany,
}

/// What is said about a name; `R` is who refers to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NameFact<R> {
    /// A shipment claims it.
    Claim(Text),
    /// Somebody refers to it.
    Reference(R),
    /// It is linked: the component's name stands in its place.
    Linked(Box<IdentifierKey>),
    /// It is the name of a component with a tracking number in it.
    Tracking,
    /// It is the name of a component too large to be a name.
    Junk,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameFinding<R> {
    /// What somebody's reference stands for.
    Resolved(R, Resolution),
    /// A fact about a linked identifier, to be met at its component's name.
    Forwarded(Box<(IdentifierKey, NameFact<R>)>),
    /// The shipment is linked to a tracking number.
    Tracked(Text),
}

#[derive(Debug)]
struct Name<R> {
    claims: SortedBag<Text>,
    references: Bag<R>,
    linkage: Option<Box<Linkage>>,
}

/// What only few names have.
#[derive(Debug, Default)]
struct Linkage {
    linked: Bag<Box<IdentifierKey>>,
    tracking: isize,
    junk: isize,
}

impl<R> Default for Name<R> {
    fn default() -> Self {
        Name { claims: SortedBag::default(), references: Bag::default(), linkage: None }
    }
}

/// What holds for everybody at a name: a change of it concerns all its claims and references.
#[derive(Clone, PartialEq, Eq)]
struct Standing {
    linked: Option<Box<IdentifierKey>>,
    resolution: Resolution,
    tracked: bool,
}

impl<R: Eq + Hash + Clone> Name<R> {
    fn apply(&mut self, fact: NameFact<R>, diff: isize) {
        match fact {
            NameFact::Claim(shipment) => self.claims.update(shipment, diff),
            NameFact::Reference(reference) => self.references.update(reference, diff),
            NameFact::Linked(component) => self.linkage.get_or_insert_default().linked.update(component, diff),
            NameFact::Tracking => self.linkage.get_or_insert_default().tracking += diff,
            NameFact::Junk => self.linkage.get_or_insert_default().junk += diff,
        }
    }

    /// `limit` is the most shipments that the name may stand for.
    fn standing(&self, limit: usize) -> Standing {
        let linkage = self.linkage.as_deref();
        let linked = linkage.and_then(|linkage| linkage.linked.only()).cloned();
        let junk = linkage.is_some_and(|linkage| linkage.junk > 0);
        let resolution = if linked.is_some() {
            Resolution::Unclaimed
        } else if junk || self.claims.len() > limit {
            Resolution::TooMany
        } else {
            match self.claims.len() {
                0 => Resolution::Unclaimed,
                1 => Resolution::One(self.claims.first().expect("one claim").clone()),
                _ => Resolution::Several(self.claims.iter().cloned().collect()),
            }
        };
        Standing { linked, resolution, tracked: !junk && linkage.is_some_and(|linkage| linkage.tracking > 0) }
    }
}

impl<R: ExchangeData + Hash> Keyed for Name<R> {
    type Key = IdentifierKey;
    type Fact = NameFact<R>;
    type Finding = NameFinding<R>;
    type Rules = MaxGroup;

    /// With S the standing: what is known now × S(after) - what was known × S(before) is, since what was known is what
    /// is known now less the changes, changes × S(before) + what is known now × (S(after) - S(before)).
    fn update(
        &mut self,
        key: &IdentifierKey,
        MaxGroup(max_group): &MaxGroup,
        facts: &mut dyn Iterator<Item = (NameFact<R>, isize)>,
        emit: &mut dyn FnMut(NameFinding<R>, isize),
    ) {
        let limit = if key.kind.names_one_shipment() { 1 } else { *max_group };
        let before = self.standing(limit);
        let mut found: Vec<(NameFinding<R>, isize)> = Vec::new();
        for (fact, diff) in facts {
            match &fact {
                NameFact::Reference(reference) => found.push((before.answer(reference), diff)),
                NameFact::Claim(shipment) => found.extend(before.consequence(shipment).map(|finding| (finding, diff))),
                NameFact::Linked(_) | NameFact::Tracking | NameFact::Junk => {}
            }
            self.apply(fact, diff);
        }
        let after = self.standing(limit);
        if before != after {
            for (reference, count) in self.references.counts() {
                found.push((before.answer(reference), -count));
                found.push((after.answer(reference), count));
            }
            for (shipment, count) in self.claims.counts() {
                found.extend(before.consequence(shipment).map(|finding| (finding, -count)));
                found.extend(after.consequence(shipment).map(|finding| (finding, count)));
            }
            consolidate(&mut found);
        }
        found.into_iter().for_each(|(finding, diff)| emit(finding, diff));
    }

    fn is_empty(&self) -> bool {
        self.claims.is_empty()
            && self.references.is_empty()
            && self
                .linkage
                .as_ref()
                .is_none_or(|linkage| linkage.linked.is_empty() && linkage.tracking == 0 && linkage.junk == 0)
    }
}

fn forwarded<R>(component: &IdentifierKey, fact: NameFact<R>) -> NameFinding<R> {
    NameFinding::Forwarded(Box::new((component.clone(), fact)))
}

/// The most shipments that a name of a group type may stand for.
#[derive(Clone, Copy, Debug)]
pub struct MaxGroup(pub usize);

impl Standing {
    fn answer<R: Clone>(&self, reference: &R) -> NameFinding<R> {
        match &self.linked {
            Some(component) => forwarded(component, NameFact::Reference(reference.clone())),
            None => NameFinding::Resolved(reference.clone(), self.resolution.clone()),
        }
    }

    fn consequence<R>(&self, shipment: &Text) -> Option<NameFinding<R>> {
        match &self.linked {
            Some(component) => Some(forwarded(component, NameFact::Claim(shipment.clone()))),
            None => self.tracked.then(|| NameFinding::Tracked(shipment.clone())),
        }
    }
}

/// Answers every reference with what its name stands for.
pub fn resolve<'scope, R: ExchangeData + Hash>(
    facts: VecCollection<'scope, Tick, (IdentifierKey, NameFact<R>)>,
    max_group: usize,
    gauge: Gauge,
    operator_name: &str,
) -> VecCollection<'scope, Tick, NameFinding<R>> {
    keyed::<Name<R>>(facts, gauge, operator_name, MaxGroup(max_group))
}
