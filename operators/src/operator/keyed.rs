//! State by key under facts that come and go, one tick after the other: what joins and names are made of.
//!
//! Unlike a [`super::dossier`], the rule says itself what a change changes: for what many facts share a key, where
//! saying everything anew would cost too much.

use std::collections::BTreeMap;
use std::hash::Hash;

use differential_dataflow::{AsCollection, Data, ExchangeData, VecCollection};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::Operator;

use super::ambient::Gauge;
use super::arrived::{Arrived, Place};
use super::index::{Index, TOGETHER};
use super::routing::route;
use crate::Tick;
use crate::outputs::by_tick;

/// What is kept by key, and what follows when it changes.
pub trait Keyed: Default + 'static {
    /// By what facts are collected.
    type Key: ExchangeData + Hash;
    /// A fact about a key.
    type Fact: ExchangeData;
    /// What follows.
    type Finding: Data;
    /// What holds for every key.
    type Rules: 'static;

    /// Applies all facts of one tick about the key; says what comes (+) and goes (-).
    fn update(&mut self, key: &Self::Key, rules: &Self::Rules, facts: Facts<'_, Self>, emit: Emit<'_, Self>);

    /// Whether nothing is known: then the entry is dropped.
    fn is_empty(&self) -> bool;
}

/// Facts of one tick about one key, each with how often it comes (+) or goes (-).
pub type Facts<'a, S> = &'a mut dyn Iterator<Item = (<S as Keyed>::Fact, isize)>;

/// Takes what comes (+) and goes (-).
pub type Emit<'a, S> = &'a mut dyn FnMut(<S as Keyed>::Finding, isize);

/// State by key.
struct Entries<S: Keyed>(Index<S::Key, S>);

/// Keeps state by key.
pub fn keyed<'scope, S: Keyed>(
    facts: VecCollection<'scope, Tick, (S::Key, S::Fact)>,
    gauge: Gauge,
    name: &str,
    rules: S::Rules,
) -> VecCollection<'scope, Tick, S::Finding> {
    let by_key = Exchange::new(|((key, _), _, _): &((S::Key, S::Fact), Tick, isize)| route(key));
    facts
        .inner
        .unary_frontier::<CapacityContainerBuilder<Vec<(S::Finding, Tick, isize)>>, _, _, _>(by_key, name, |_, _| {
            let mut entries = Entries::<S>(Index::default());
            let mut waiting: BTreeMap<Tick, (_, Arrived<S::Key, S::Fact>)> = BTreeMap::new();
            move |(input, frontier), output| {
                input.for_each_time(|capability, batches| {
                    for (tick, batch) in batches.map(std::mem::take).flat_map(by_tick) {
                        let (_, facts) =
                            waiting.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Arrived::default()));
                        facts.push(batch);
                    }
                });
                while let Some(entry) = waiting.first_entry() {
                    let tick = *entry.key();
                    if frontier.less_equal(&tick) {
                        break;
                    }
                    let (capability, facts) = entry.remove();
                    let mut session = output.session(&capability);
                    entries.tick(facts, &rules, &mut |finding, diff| session.give((finding, tick, diff)));
                    gauge.set(entries.0.len());
                }
            }
        })
        .as_collection()
}

impl<S: Keyed> Entries<S> {
    fn tick(&mut self, mut facts: Arrived<S::Key, S::Fact>, rules: &S::Rules, emit: &mut dyn FnMut(S::Finding, isize)) {
        let mut order: Vec<(u64, Place)> = Vec::with_capacity(facts.len());
        order.extend(facts.places().map(|place| (self.0.hash(facts.key(place)), place)));
        order.sort_unstable_by(|(a, i), (b, j)| a.cmp(b).then_with(|| facts.key(*i).cmp(facts.key(*j))));
        let mut rest = &order[..];
        let mut near = order.len();
        while let Some((hash, first)) = rest.first().copied() {
            if rest.len() <= near {
                self.0.bring_hashes(rest.iter().take(TOGETHER).map(|(hash, _)| *hash));
                near = rest.len().saturating_sub(TOGETHER);
            }
            let key = facts.key(first).clone();
            let same = |(other, place): &&(u64, Place)| *other == hash && *facts.key(*place) == key;
            let (of_one, others) = rest.split_at(rest.iter().take_while(same).count());
            rest = others;
            let mut own = of_one.iter().map(|(_, place)| facts.take(*place));
            let number = self.0.number(hash, &key, S::default);
            let (key, state) = self.0.get_mut(number);
            state.update(key, rules, &mut own, emit);
            if state.is_empty() {
                self.0.remove(number);
            }
        }
    }
}
