//! Dossiers: everything that is known under one key, and what follows from it.
//!
//! A dossier collects facts by key and, whenever something it depends on changes, says anew what it finds; only the
//! difference leaves the operator. It is `reduce` for a totally ordered time in which ticks close one after the
//! other: no history is kept, the state is the current facts and nothing else, and what was found before is computed
//! from the state before, not stored. What it may depend on besides its facts is in [`World`]: the clock (a timer per
//! key, keyed by due time) and the reference data (replicated; who asked what is indexed).
//!
//! Cost of a tick: the keys whose facts, answers or due times change, and for each the size of its dossier. Never the
//! number of keys.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use differential_dataflow::{AsCollection, Data, ExchangeData, VecCollection};
use hashbrown::HashMap;
use landfall_schemas::Timestamp;
use smallvec::SmallVec;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::operator::Operator;

use super::ambient::{Ambient, AmbientChange};
use super::asked::Asked;
use super::index::{Index, TOGETHER};
use super::routing::route;
use super::world::{Answers, QuestionId, World};
use crate::Tick;
use crate::outputs::by_tick;
use crate::tables::{Answer, ReferenceDoc, ReferenceTables};

/// What is known under one key.
pub trait Dossier: Default + 'static {
    /// Name of the operator.
    const NAME: &'static str;
    /// By what facts are collected.
    type Key: ExchangeData + Hash;
    /// A fact about a key.
    type Fact: ExchangeData;
    /// What follows.
    type Finding: Data;

    /// Takes a fact in (`diff` > 0) or out (`diff` < 0). The order within a tick is arbitrary; what goes may go
    /// before or after what comes in its place.
    fn apply(&mut self, fact: Self::Fact, diff: isize);

    /// Whether nothing is known: then the dossier is dropped, and nothing may follow from it.
    fn is_empty(&self) -> bool;

    /// Has memory bring what [`Dossier::evaluate`] reads first of each fact. It is called for several dossiers together, whose
    /// documents lie far apart: what is waited for together is waited for once.
    fn bring(&self) {}

    /// What follows: a function of the facts and of what it asks the world, nothing else.
    fn evaluate(&self, key: &Self::Key, world: &mut World<'_>, findings: &mut Vec<Self::Finding>);
}

struct Entry<D: Dossier> {
    dossier: D,
    asked: Asked,
    /// When to look again; [`NEVER`] where only facts and answers can change what is found.
    wake_at: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MAX);

impl<D: Dossier> Default for Entry<D> {
    fn default() -> Self {
        Entry { dossier: D::default(), asked: Asked::default(), wake_at: NEVER }
    }
}

/// Room for facts that is kept from tick to tick.
const FACTS_KEPT: usize = 1 << 16;

/// One worker's dossiers.
struct Cabinet<D: Dossier> {
    entries: Index<D::Key, Entry<D>>,
    tables: ReferenceTables,
    answers: Answers,
    timers: BTreeSet<(Timestamp, u32)>,
    clock: Timestamp,
    scratch: Scratch<D>,
}

/// Lists that a tick needs; kept, because memory given back after each tick would have to be cleared again by the next.
struct Scratch<D: Dossier> {
    hashes: Vec<u64>,
    facts: Vec<(u32, D::Fact, isize)>,
    dirty: Vec<u32>,
    before: Vec<D::Finding>,
    after: Vec<D::Finding>,
}

impl<D: Dossier> Default for Scratch<D> {
    fn default() -> Self {
        Scratch { hashes: Vec::new(), facts: Vec::new(), dirty: Vec::new(), before: Vec::new(), after: Vec::new() }
    }
}

/// Collects facts by key and keeps what follows from them current.
pub fn maintain<'scope, D: Dossier>(
    facts: VecCollection<'scope, Tick, (D::Key, D::Fact)>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, D::Finding> {
    let by_key = Exchange::new(|((key, _), _, _): &((D::Key, D::Fact), Tick, isize)| route(key));
    let mut cabinet = Cabinet::<D>::new(ambient.tables());
    let gauge = ambient.gauge(D::NAME);
    facts
        .inner
        .binary_frontier::<_, CapacityContainerBuilder<Vec<(D::Finding, Tick, isize)>>, _, _, _, _>(
            ambient.changes(),
            by_key,
            Pipeline,
            D::NAME,
            |_, _| {
                let mut waiting: BTreeMap<Tick, Waiting<D>> = BTreeMap::new();
                move |(facts, facts_frontier), (changes, changes_frontier), output| {
                    facts.for_each_time(|capability, batches| {
                        for (tick, batch) in batches.map(std::mem::take).flat_map(by_tick) {
                            let waiting = Waiting::at(&mut waiting, tick, || capability.delayed(&tick, 0));
                            waiting.facts.push(batch);
                        }
                    });
                    changes.for_each_time(|capability, batches| {
                        let waiting = Waiting::at(&mut waiting, *capability.time(), || capability.retain(0));
                        waiting.changes.extend(batches.flat_map(|batch| batch.drain(..)));
                    });
                    while let Some(entry) = waiting.first_entry() {
                        let tick = *entry.key();
                        if facts_frontier.less_equal(&tick) || changes_frontier.less_equal(&tick) {
                            break;
                        }
                        let closed = entry.remove();
                        let mut session = output.session(&closed.capability);
                        cabinet.tick(closed.facts, closed.changes, |finding, diff| {
                            session.give((finding, tick, diff));
                        });
                        gauge.set(cabinet.len());
                    }
                }
            },
        )
        .as_collection()
}

/// What has arrived for a tick that is not closed yet.
struct Waiting<D: Dossier> {
    capability: Capability<Tick>,
    facts: Batches<D>,
    changes: Vec<AmbientChange>,
}

/// Facts of one tick as they arrived.
type Batches<D> = Vec<Vec<((<D as Dossier>::Key, <D as Dossier>::Fact), Tick, isize)>>;

impl<D: Dossier> Waiting<D> {
    fn at(
        waiting: &mut BTreeMap<Tick, Waiting<D>>,
        tick: Tick,
        capability: impl FnOnce() -> Capability<Tick>,
    ) -> &mut Waiting<D> {
        waiting.entry(tick).or_insert_with(|| Waiting {
            capability: capability(),
            facts: Vec::new(),
            changes: Vec::new(),
        })
    }
}

impl<D: Dossier> Cabinet<D> {
    fn new(tables: ReferenceTables) -> Cabinet<D> {
        Cabinet {
            entries: Index::default(),
            tables,
            answers: Answers::default(),
            timers: BTreeSet::new(),
            clock: Timestamp(i64::MIN),
            scratch: Scratch::default(),
        }
    }

    /// Dossiers, questions and timers kept.
    fn len(&self) -> usize {
        self.entries.len() + self.answers.len() + self.timers.len()
    }

    fn tick(&mut self, batches: Batches<D>, changes: Vec<AmbientChange>, mut emit: impl FnMut(D::Finding, isize)) {
        let (clock, changed) = self.advance(changes);
        let mut scratch = std::mem::take(&mut self.scratch);
        let Scratch { hashes, facts, dirty, before, after } = &mut scratch;
        facts.reserve(batches.iter().map(Vec::len).sum());
        for batch in batches {
            hashes.clear();
            hashes.extend(batch.iter().map(|((key, _), _, _)| self.entries.hash(key)));
            for (at, ((key, fact), _, diff)) in batch.into_iter().enumerate() {
                if at % TOGETHER == 0 {
                    self.entries.bring_hashes(hashes[at..].iter().take(TOGETHER).copied());
                }
                facts.push((self.entries.number(hashes[at], &key, Entry::default), fact, diff));
            }
        }
        facts.sort_unstable_by_key(|(slot, _, _)| *slot);
        dirty.extend(facts.iter().map(|(slot, _, _)| *slot));
        for id in changed.keys() {
            dirty.extend(self.answers.dependents(*id).iter().filter(|slot| asks(&self.entries, **slot, *id)));
        }
        self.pop_timers(clock, dirty);
        dirty.sort_unstable();
        dirty.dedup();

        let mut facts_by_slot = facts.drain(..).peekable();
        for (at, slot) in dirty.iter().copied().enumerate() {
            if at % TOGETHER == 0 {
                let together = &dirty[at..dirty.len().min(at + TOGETHER)];
                self.entries.bring(together);
                together.iter().for_each(|slot| self.entries.get(*slot).1.dossier.bring());
            }
            self.evaluate_before(slot, before);
            while let Some((_, fact, diff)) = facts_by_slot.next_if(|(of, _, _)| *of == slot) {
                self.entries.get_mut(slot).1.dossier.apply(fact, diff);
            }
            self.evaluate_after(slot, clock, &changed, after);
            difference(before, after, &mut emit);
        }
        drop(facts_by_slot);
        dirty.clear();
        facts.shrink_to(FACTS_KEPT);
        self.scratch = scratch;
        self.clock = clock;
        self.answers.install(changed);
        let entries = &self.entries;
        self.answers.tidy(|slot, id| asks(entries, slot, id));
    }

    /// Adds the dossiers that are to be looked at again by now.
    fn pop_timers(&mut self, clock: Timestamp, dirty: &mut Vec<u32>) {
        while let Some((due, slot)) = self.timers.first().copied() {
            if due > clock {
                break;
            }
            self.timers.pop_first();
            self.entries.get_mut(slot).1.wake_at = NEVER;
            dirty.push(slot);
        }
    }

    /// Takes in the new clock and reference data; returns the clock and the answers that change.
    fn advance(&mut self, changes: Vec<AmbientChange>) -> (Timestamp, HashMap<QuestionId, Answer>) {
        let mut clock = self.clock;
        let mut documents: Vec<(ReferenceDoc, isize)> = Vec::new();
        for change in changes {
            match change {
                AmbientChange::Clock(time) => clock = clock.max(time),
                AmbientChange::Reference(doc, diff) => documents.push((doc, diff)),
            }
        }
        if documents.is_empty() {
            return (clock, HashMap::new());
        }
        self.tables.apply(&documents);
        (clock, self.answers.changed(&self.tables).into_iter().collect())
    }

    /// What was found at the end of the tick before.
    fn evaluate_before(&mut self, slot: u32, findings: &mut Vec<D::Finding>) {
        let (key, entry) = self.entries.get(slot);
        if !entry.dossier.is_empty() {
            let unchanged = HashMap::new();
            let mut world = World::new(&self.tables, &mut self.answers, &unchanged, self.clock);
            entry.dossier.evaluate(key, &mut world, findings);
        }
    }

    /// What is found now; renews the timer and the index of who asked what, and drops an empty dossier.
    fn evaluate_after(
        &mut self,
        slot: u32,
        clock: Timestamp,
        changed: &HashMap<QuestionId, Answer>,
        findings: &mut Vec<D::Finding>,
    ) {
        let (key, entry) = self.entries.get_mut(slot);
        let (asked, wake_at) = if entry.dossier.is_empty() {
            (SmallVec::new(), None)
        } else {
            let mut world = World::new(&self.tables, &mut self.answers, changed, clock);
            entry.dossier.evaluate(key, &mut world, findings);
            world.into_dependencies()
        };
        if asked[..] != *entry.asked.ids() {
            self.answers.depend(slot, entry.asked.ids(), &asked);
            entry.asked = Asked::from(&asked[..]);
        }
        let wake_at = wake_at.unwrap_or(NEVER);
        if wake_at != entry.wake_at {
            if entry.wake_at != NEVER {
                self.timers.remove(&(entry.wake_at, slot));
            }
            if wake_at != NEVER {
                self.timers.insert((wake_at, slot));
            }
            entry.wake_at = wake_at;
        }
        if entry.dossier.is_empty() {
            self.entries.remove(slot);
        }
    }
}

/// Whether a dossier depends on the answer to a question.
fn asks<D: Dossier>(entries: &Index<D::Key, Entry<D>>, slot: u32, id: QuestionId) -> bool {
    entries.find(slot).is_some_and(|(_, entry)| entry.asked.ids().binary_search(&id).is_ok())
}

/// Emits what is only in `after` (+1) and only in `before` (-1), and empties both.
///
/// Both come from the same rule, so equal findings stand in about the same order.
fn difference<T: Eq>(before: &mut Vec<T>, after: &mut Vec<T>, emit: &mut impl FnMut(T, isize)) {
    let mut from = 0;
    for finding in after.drain(..) {
        match before[from.min(before.len())..].iter().position(|known| *known == finding) {
            Some(offset) => {
                let index = from + offset;
                before.swap(from, index);
                from += 1;
            }
            None => emit(finding, 1),
        }
    }
    for finding in before.drain(..).skip(from) {
        emit(finding, -1);
    }
}
