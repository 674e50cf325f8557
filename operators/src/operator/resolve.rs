//! Which shipments a name stands for (§3): references on one side, claims on the other, met at the name.
//!
//! A left outer join whose right side is a set with a limit: beyond it the answer is "too many", however many more
//! there are. A new reference costs one answer, a new claim one answer per reference of that name.

use std::hash::Hash;
use std::ops::Deref;

use differential_dataflow::consolidation::consolidate;
use differential_dataflow::{ExchangeData, VecCollection};
use landfall_schemas::event::Link;
use landfall_schemas::{IdentifierKey, IdentifierType, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::ambient::Gauge;
use super::bag::{Bag, SortedBag};
use super::keyed::{Keyed, keyed};
use crate::Tick;
use crate::document::Doc;

/// Two or more shipments, ascending. Cloning shares them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShipmentSet(Arc<Box<[Text]>>);

impl From<Vec<Text>> for ShipmentSet {
    fn from(shipments: Vec<Text>) -> ShipmentSet {
        ShipmentSet(Arc::new(shipments.into()))
    }
}

impl Deref for ShipmentSet {
    type Target = [Text];
    fn deref(&self) -> &[Text] {
        &self.0
    }
}

/// The shipments a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// None claims it.
    Unclaimed,
    /// One claims it.
    One(Text),
    /// Several claim it (a group name).
    Several(ShipmentSet),
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
    /// A link names it: the shipments of its component are told.
    Link(Doc<Link>),
    /// It is the name of a component, and an identifier, perhaps a tracking number, belongs to that.
    Member {
        /// Whether the identifier is a tracking number.
        tracking: bool,
    },
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
    /// The shipment claims an identifier of the component that a link belongs to.
    Touched(Text, Doc<Link>),
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
    links: Bag<Doc<Link>>,
    /// How many identifiers belong to the component, and how many of them are tracking numbers.
    members: isize,
    tracking: isize,
}

impl Linkage {
    fn is_empty(&self) -> bool {
        self.linked.is_empty() && self.links.is_empty() && self.members == 0 && self.tracking == 0
    }
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
    /// Applies a fact; says which links touch which shipments now (+1) or no longer (-1), as far as this is a component.
    fn apply(&mut self, fact: NameFact<R>, diff: isize, mut touch: impl FnMut(&Text, &Doc<Link>, isize)) {
        let appeared = |(before, after): (i32, i32)| isize::from(after > 0) - isize::from(before > 0);
        match fact {
            NameFact::Claim(shipment) => {
                let appeared = appeared(self.claims.recount(shipment.clone(), diff));
                if let Some(linkage) = self.linkage.as_deref().filter(|_| appeared != 0) {
                    linkage
                        .links
                        .counts()
                        .filter(|(_, count)| *count > 0)
                        .for_each(|(link, _)| touch(&shipment, link, appeared));
                }
            }
            NameFact::Link(link) => {
                let appeared = appeared(self.linkage.get_or_insert_default().links.recount(link.clone(), diff));
                if appeared != 0 {
                    self.claims
                        .counts()
                        .filter(|(_, count)| *count > 0)
                        .for_each(|(shipment, _)| touch(shipment, &link, appeared));
                }
            }
            NameFact::Reference(reference) => self.references.update(reference, diff),
            NameFact::Linked(component) => self.linkage.get_or_insert_default().linked.update(component, diff),
            NameFact::Member { tracking } => {
                let linkage = self.linkage.get_or_insert_default();
                linkage.members += diff;
                linkage.tracking += if tracking { diff } else { 0 };
            }
        }
    }

    fn standing(&self, limits: &Limits, kind: IdentifierType) -> Standing {
        let linkage = self.linkage.as_deref();
        let linked = linkage.and_then(|linkage| linkage.linked.only()).cloned();
        let junk = linkage.is_some_and(|linkage| usize::try_from(linkage.members).unwrap_or(0) > limits.max_component);
        let limit = if kind.names_one_shipment() { 1 } else { limits.max_group };
        let resolution = if linked.is_some() {
            Resolution::Unclaimed
        } else if junk || self.claims.len() > limit {
            Resolution::TooMany
        } else {
            match self.claims.len() {
                0 => Resolution::Unclaimed,
                1 => Resolution::One(self.claims.first().expect("one claim").clone()),
                _ => Resolution::Several(self.claims.iter().cloned().collect::<Vec<Text>>().into()),
            }
        };
        Standing { linked, resolution, tracked: !junk && linkage.is_some_and(|linkage| linkage.tracking > 0) }
    }
}

impl<R: ExchangeData + Hash> Keyed for Name<R> {
    type Key = IdentifierKey;
    type Fact = NameFact<R>;
    type Finding = NameFinding<R>;
    type Rules = Limits;

    /// With S the standing: what is known now × S(after) - what was known × S(before) is, since what was known is what
    /// is known now less the changes, changes × S(before) + what is known now × (S(after) - S(before)).
    fn update(
        &mut self,
        key: &IdentifierKey,
        limits: &Limits,
        facts: &mut dyn Iterator<Item = (NameFact<R>, isize)>,
        emit: &mut dyn FnMut(NameFinding<R>, isize),
    ) {
        let before = self.standing(limits, key.kind);
        let mut found: Vec<(NameFinding<R>, isize)> = Vec::new();
        for (fact, diff) in facts {
            match &fact {
                NameFact::Reference(reference) => found.push((before.answer(reference), diff)),
                NameFact::Claim(shipment) => found.extend(before.consequence(shipment).map(|finding| (finding, diff))),
                NameFact::Link(link) => found.extend(before.passed_on(link).map(|finding| (finding, diff))),
                NameFact::Linked(_) | NameFact::Member { .. } => {}
            }
            self.apply(fact, diff, |shipment, link, diff| {
                if limits.are_components {
                    found.push((NameFinding::Touched(shipment.clone(), link.clone()), diff));
                }
            });
        }
        let after = self.standing(limits, key.kind);
        if before != after {
            for (reference, count) in self.references.counts() {
                found.push((before.answer(reference), -count));
                found.push((after.answer(reference), count));
            }
            for (shipment, count) in self.claims.counts() {
                found.extend(before.consequence(shipment).map(|finding| (finding, -count)));
                found.extend(after.consequence(shipment).map(|finding| (finding, count)));
            }
            for (link, count) in self.linkage.iter().flat_map(|linkage| linkage.links.counts()) {
                found.extend(before.passed_on(link).map(|finding| (finding, -count)));
                found.extend(after.passed_on(link).map(|finding| (finding, count)));
            }
            consolidate(&mut found);
        }
        found.into_iter().for_each(|(finding, diff)| emit(finding, diff));
    }

    fn is_empty(&self) -> bool {
        self.claims.is_empty()
            && self.references.is_empty()
            && self.linkage.as_ref().is_none_or(|linkage| linkage.is_empty())
    }
}

fn forwarded<R>(component: &IdentifierKey, fact: NameFact<R>) -> NameFinding<R> {
    NameFinding::Forwarded(Box::new((component.clone(), fact)))
}

/// What names may stand for, and whether these are names of components.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most shipments that a name of a group type may stand for.
    pub max_group: usize,
    /// The most identifiers of a component that is a name.
    pub max_component: usize,
    /// Whether the names are those of components: only they tell shipments of links.
    pub are_components: bool,
}

impl Standing {
    fn answer<R: Clone>(&self, reference: &R) -> NameFinding<R> {
        match &self.linked {
            Some(component) => forwarded(component, NameFact::Reference(reference.clone())),
            None => NameFinding::Resolved(reference.clone(), self.resolution.clone()),
        }
    }

    fn passed_on<R>(&self, link: &Doc<Link>) -> Option<NameFinding<R>> {
        self.linked.as_ref().map(|component| forwarded(component, NameFact::Link(link.clone())))
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
    limits: Limits,
    gauge: Gauge,
    operator_name: &str,
) -> VecCollection<'scope, Tick, NameFinding<R>> {
    keyed::<Name<R>>(facts, gauge, operator_name, limits)
}
