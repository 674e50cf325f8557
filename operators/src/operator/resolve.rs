//! Which shipments a name stands for (§3): references on one side, claims on the other, met at the name.
//!
//! A left outer join whose right side is a set with a limit: beyond it the answer is "too many", however many more
//! there are. A new reference costs one answer, a new claim one answer per reference of that name.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

use differential_dataflow::{AsCollection, ExchangeData, VecCollection};
use hashbrown::HashMap;
use landfall_schemas::{IdentifierKey, Text};
use serde::{Deserialize, Serialize};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::Operator;

use super::ambient::Gauge;
use super::bag::Bag;
use super::routing::route;
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
    Linked(IdentifierKey),
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
    Forwarded(IdentifierKey, NameFact<R>),
    /// The shipment is linked to a tracking number.
    Tracked(Text),
}

#[derive(Debug)]
struct Name<R> {
    claims: BTreeMap<Text, i32>,
    references: Bag<R>,
    linked: Bag<IdentifierKey>,
    tracking: i32,
    junk: i32,
}

impl<R> Default for Name<R> {
    fn default() -> Self {
        Name { claims: BTreeMap::new(), references: Bag::default(), linked: Bag::default(), tracking: 0, junk: 0 }
    }
}

/// What holds for everybody at a name: a change of it concerns all its claims and references.
#[derive(Clone, PartialEq, Eq)]
struct Standing {
    linked: Option<IdentifierKey>,
    resolution: Resolution,
    tracked: bool,
}

impl<R: Eq + Hash + Clone> Name<R> {
    fn apply(&mut self, fact: NameFact<R>, diff: isize) {
        let count = i32::try_from(diff).expect("a fact changes fewer than 2^31 times in one tick");
        match fact {
            NameFact::Claim(shipment) => {
                let claims = self.claims.entry(shipment.clone()).or_insert(0);
                *claims += count;
                if *claims == 0 {
                    self.claims.remove(&shipment);
                }
            }
            NameFact::Reference(reference) => self.references.update(reference, diff),
            NameFact::Linked(component) => self.linked.update(component, diff),
            NameFact::Tracking => self.tracking += count,
            NameFact::Junk => self.junk += count,
        }
    }

    fn is_empty(&self) -> bool {
        self.claims.is_empty()
            && self.references.is_empty()
            && self.linked.is_empty()
            && self.tracking == 0
            && self.junk == 0
    }

    fn standing(&self, limit: usize) -> Standing {
        let linked = self.linked.only().cloned();
        let resolution = if linked.is_some() {
            Resolution::Unclaimed
        } else if self.junk > 0 || self.claims.len() > limit {
            Resolution::TooMany
        } else {
            match self.claims.len() {
                0 => Resolution::Unclaimed,
                1 => Resolution::One(self.claims.keys().next().expect("one claim").clone()),
                _ => Resolution::Several(self.claims.keys().cloned().collect()),
            }
        };
        Standing { linked, resolution, tracked: self.tracking > 0 && self.junk == 0 }
    }
}

impl Standing {
    fn answer<R: Clone>(&self, reference: &R) -> NameFinding<R> {
        match &self.linked {
            Some(component) => NameFinding::Forwarded(component.clone(), NameFact::Reference(reference.clone())),
            None => NameFinding::Resolved(reference.clone(), self.resolution.clone()),
        }
    }

    fn consequence<R>(&self, shipment: &Text) -> Option<NameFinding<R>> {
        match &self.linked {
            Some(component) => Some(NameFinding::Forwarded(component.clone(), NameFact::Claim(shipment.clone()))),
            None => self.tracked.then(|| NameFinding::Tracked(shipment.clone())),
        }
    }
}

/// Answers every reference with what its name stands for.
///
/// `max_group` is the most shipments that a name of a group type may stand for.
pub fn resolve<'scope, R: ExchangeData + Hash>(
    facts: VecCollection<'scope, Tick, (IdentifierKey, NameFact<R>)>,
    max_group: usize,
    gauge: Gauge,
    operator_name: &str,
) -> VecCollection<'scope, Tick, NameFinding<R>> {
    type Facts<R> = Vec<((IdentifierKey, NameFact<R>), isize)>;
    let by_name = Exchange::new(|((name, _), _, _): &((IdentifierKey, NameFact<R>), Tick, isize)| route(name));
    facts
        .inner
        .unary_frontier::<CapacityContainerBuilder<Vec<(NameFinding<R>, Tick, isize)>>, _, _, _>(
            by_name,
            operator_name,
            |_, _| {
                let mut names: HashMap<IdentifierKey, Name<R>> = HashMap::new();
                let mut waiting: BTreeMap<Tick, (_, Facts<R>)> = BTreeMap::new();
                move |(input, frontier), output| {
                    input.for_each_time(|capability, batches| {
                        // An update's own time may be later than its message's.
                        for (fact, tick, diff) in batches.flat_map(|batch| batch.drain(..)) {
                            let (_, facts) =
                                waiting.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                            facts.push((fact, diff));
                        }
                    });
                    while let Some(entry) = waiting.first_entry() {
                        let tick = *entry.key();
                        if frontier.less_equal(&tick) {
                            break;
                        }
                        let (capability, mut facts) = entry.remove();
                        facts.sort_unstable_by(|((a, _), _), ((b, _), _)| a.cmp(b));
                        let mut session = output.session(&capability);
                        for of_one in facts.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
                            update_name(&mut names, of_one, max_group, |finding, diff| {
                                session.give((finding, tick, diff));
                            });
                        }
                        gauge.set(names.len());
                    }
                }
            },
        )
        .as_collection()
}

/// Applies one tick's facts about one name.
///
/// With S the standing: what is known now × S(after) - what was known × S(before) is, since what was known is what is
/// known now less the changes, changes × S(before) + what is known now × (S(after) - S(before)).
fn update_name<R: ExchangeData + Hash>(
    names: &mut HashMap<IdentifierKey, Name<R>>,
    facts: &[((IdentifierKey, NameFact<R>), isize)],
    max_group: usize,
    mut emit: impl FnMut(NameFinding<R>, isize),
) {
    let ((key, _), _) = &facts[0];
    let limit = if key.kind.names_one_shipment() { 1 } else { max_group };
    let name = names.entry(key.clone()).or_default();
    let before = name.standing(limit);
    for ((_, fact), diff) in facts {
        match fact {
            NameFact::Reference(reference) => emit(before.answer(reference), *diff),
            NameFact::Claim(shipment) => {
                before.consequence(shipment).into_iter().for_each(|finding| emit(finding, *diff));
            }
            NameFact::Linked(_) | NameFact::Tracking | NameFact::Junk => {}
        }
        name.apply(fact.clone(), *diff);
    }
    let after = name.standing(limit);
    if before != after {
        for (reference, count) in name.references.counts() {
            emit(before.answer(reference), -count);
            emit(after.answer(reference), count);
        }
        for (shipment, count) in name.claims.iter().map(|(shipment, count)| (shipment, *count as isize)) {
            before.consequence(shipment).into_iter().for_each(|finding| emit(finding, -count));
            after.consequence(shipment).into_iter().for_each(|finding| emit(finding, count));
        }
    }
    if name.is_empty() {
        names.remove(key);
    }
}
