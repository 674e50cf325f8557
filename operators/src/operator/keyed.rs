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
use super::index::{Index, TOGETHER};
use super::routing::route;
use crate::Tick;

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

/// A fact on its way: hash of the key, and the fact until it is taken.
struct Pending<S: Keyed> {
    hash: u64,
    key: S::Key,
    fact: Option<S::Fact>,
    diff: isize,
}

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
            let mut waiting: BTreeMap<Tick, (_, Vec<Pending<S>>)> = BTreeMap::new();
            move |(input, frontier), output| {
                input.for_each_time(|capability, batches| {
                    // An update's own time may be later than its message's.
                    for ((key, fact), tick, diff) in batches.flat_map(|batch| batch.drain(..)) {
                        let (_, facts) =
                            waiting.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                        let hash = entries.0.hash(&key);
                        facts.push(Pending { hash, key, fact: Some(fact), diff });
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
    fn tick(&mut self, mut facts: Vec<Pending<S>>, rules: &S::Rules, emit: &mut dyn FnMut(S::Finding, isize)) {
        let mut order: Vec<(u64, u32)> = facts.iter().zip(0..).map(|(pending, index)| (pending.hash, index)).collect();
        order.sort_unstable_by(|(a, i), (b, j)| {
            a.cmp(b).then_with(|| facts[*i as usize].key.cmp(&facts[*j as usize].key))
        });
        let mut rest = &order[..];
        let mut near = order.len();
        while let Some((hash, first)) = rest.first().copied() {
            if rest.len() <= near {
                self.0.bring_hashes(rest.iter().take(TOGETHER).map(|(hash, _)| *hash));
                near = rest.len().saturating_sub(TOGETHER);
            }
            let key = facts[first as usize].key.clone();
            let same = |(other, index): &&(u64, u32)| *other == hash && facts[*index as usize].key == key;
            let (of_one, others) = rest.split_at(rest.iter().take_while(same).count());
            rest = others;
            let mut own = of_one.iter().map(|(_, index)| {
                let pending = &mut facts[*index as usize];
                (pending.fact.take().expect("a fact is applied once"), pending.diff)
            });
            let number = self.0.number(hash, key, S::default);
            let (key, state) = self.0.get_mut(number);
            state.update(key, rules, &mut own, emit);
            if state.is_empty() {
                self.0.remove(number);
            }
        }
    }
}
