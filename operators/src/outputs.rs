//! From views to closed ticks: what each view changed in a tick, consolidated, once no more can change; and with it
//! what the documents changed and what a checkpoint has to keep.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use differential_dataflow::VecCollection;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::ProbeHandle;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::generic::operator::Operator;
use triomphe::Arc;

use crate::Tick;
use crate::audience::Audience;
use crate::document::AnyDoc;
use crate::operator::upsert::{Saved, UpsertChange};
use crate::rows::{Changes, RowChanges, ViewRow};

/// What is collected besides the changes of views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeps {
    /// The documents that come into force or go.
    pub documents: bool,
    /// Which documents changed since the last checkpoint, so that they can be saved.
    pub checkpoints: bool,
}

/// What closed ticks brought that nobody has taken yet, on one worker.
#[derive(Clone, Default)]
pub struct Closed(Rc<Shelf>);

#[derive(Default)]
struct Shelf {
    keeps: Keeps,
    audience: Audience,
    portions: RefCell<BTreeMap<Tick, Portion>>,
    /// Ticks at which a checkpoint is wanted.
    wanted: RefCell<BTreeSet<Tick>>,
}

/// What one tick brought on one worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Portion {
    /// Changes of views, consolidated on this worker.
    pub changes: Vec<Changes>,
    /// Documents that come into force (+1) or go (-1).
    pub documents: Vec<(AnyDoc, isize)>,
    /// What changed since the last checkpoint; only where one was wanted at this tick.
    pub saved: Vec<Saved>,
}

impl Closed {
    /// Nothing has closed yet.
    pub fn new(keeps: Keeps) -> Closed {
        Closed(Rc::new(Shelf { keeps, ..Shelf::default() }))
    }

    /// What is collected besides the changes of views.
    pub fn keeps(&self) -> Keeps {
        self.0.keeps
    }

    /// Which views are read; changes of others are not collected.
    pub fn audience(&self) -> &Audience {
        &self.0.audience
    }

    /// Asks for a checkpoint as of a tick, before the tick is fed.
    pub fn want_saved(&self, tick: Tick) {
        self.0.wanted.borrow_mut().insert(tick);
    }

    /// Takes what all ticks up to this one brought; it must be closed.
    pub fn take_through(&self, tick: Tick) -> Portion {
        let mut portions = self.0.portions.borrow_mut();
        let later = portions.split_off(&(tick + 1));
        let taken = std::mem::replace(&mut *portions, later);
        if taken.len() < 2 {
            return taken.into_values().next().unwrap_or_default();
        }
        let mut all = Portion::default();
        for portion in taken.into_values() {
            all.changes.extend(portion.changes);
            all.documents.extend(portion.documents);
            all.saved.extend(portion.saved);
        }
        all.changes = Changes::merged(all.changes);
        all
    }

    pub(crate) fn add_documents(&self, tick: Tick, changes: &[(UpsertChange, isize)]) {
        if !self.0.keeps.documents {
            return;
        }
        self.at(tick, |portion| {
            portion.documents.extend(changes.iter().filter_map(|(change, diff)| match change {
                UpsertChange::Document(doc) => Some((doc.clone(), *diff)),
                _ => None,
            }));
        });
    }

    pub(crate) fn add_saved(&self, tick: Tick, save: impl FnOnce() -> Vec<Saved>) {
        if self.0.wanted.borrow_mut().remove(&tick) {
            let saved = save();
            self.at(tick, |portion| portion.saved = saved);
        }
    }

    fn add(&self, tick: Tick, changes: Changes) {
        self.at(tick, |portion| portion.changes.push(changes));
    }

    fn at(&self, tick: Tick, change: impl FnOnce(&mut Portion)) {
        change(self.0.portions.borrow_mut().entry(tick).or_default());
    }
}

/// Collects a view's changes tick by tick; the probe passes a tick once they are all there.
pub fn collect<'scope, R: ViewRow>(
    rows: VecCollection<'scope, Tick, Arc<R>>,
    changes: fn(RowChanges<R>) -> Changes,
    closed: &Closed,
    probe: &ProbeHandle<Tick>,
) {
    let closed = closed.clone();
    let view = changes(RowChanges::<R>::new()).view();
    rows.inner
        .unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "Closed", |_, _| {
            let mut waiting: BTreeMap<Tick, (_, Batches<R>)> = BTreeMap::new();
            move |(input, frontier), _output| {
                input.for_each_time(|capability, batches| {
                    for batch in batches.map(std::mem::take).filter(|_| closed.audience().reads(view)) {
                        for (tick, batch) in by_tick(batch) {
                            let (_, batches) =
                                waiting.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                            batches.push(batch);
                        }
                    }
                });
                while let Some(entry) = waiting.first_entry() {
                    let tick = *entry.key();
                    if frontier.less_equal(&tick) {
                        break;
                    }
                    let (_capability, batches) = entry.remove();
                    let rows = consolidated(batches);
                    if !rows.is_empty() {
                        closed.add(tick, changes(rows));
                    }
                }
            }
        })
        .probe_with(probe);
}

/// Changes of one tick as they arrived.
type Batches<R> = Vec<Vec<(Arc<R>, Tick, isize)>>;

/// A batch by the ticks of its updates: an update's own time may be later than its message's.
pub(crate) fn by_tick<D>(batch: Vec<(D, Tick, isize)>) -> SmallVec<[(Tick, Vec<(D, Tick, isize)>); 1]> {
    let Some(first) = batch.first().map(|(_, tick, _)| *tick) else { return SmallVec::new() };
    if batch.iter().all(|(_, tick, _)| *tick == first) {
        return smallvec![(first, batch)];
    }
    let mut ticks: BTreeMap<Tick, Vec<(D, Tick, isize)>> = BTreeMap::new();
    for update in batch {
        ticks.entry(update.1).or_default().push(update);
    }
    ticks.into_iter().collect()
}

/// Sums the changes of each row and leaves out those that come to nothing.
fn consolidated<R: ViewRow>(batches: Batches<R>) -> RowChanges<R> {
    let count = batches.iter().map(Vec::len).sum();
    let going = batches.iter().flatten().filter(|(_, _, diff)| *diff < 0).count();
    summed(count, going, batches.into_iter().flatten().map(|(row, _, diff)| (row, diff)))
}

/// The same for the changes of a view from several workers or ticks.
pub fn merged<R: ViewRow>(mut parts: Vec<RowChanges<R>>) -> RowChanges<R> {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let count = parts.iter().map(Vec::len).sum();
    let going = parts.iter().flatten().filter(|(_, diff)| *diff < 0).count();
    summed(count, going, parts.into_iter().flatten())
}

/// Sums `count` changes, of which `going` are of rows that go. Only those are indexed: most changes are rows that come.
fn summed<R: ViewRow>(count: usize, going: usize, changes: impl Iterator<Item = (Arc<R>, isize)>) -> RowChanges<R> {
    let mut left = Vec::with_capacity(count - going);
    if going == 0 {
        left.extend(changes);
        return left;
    }
    let mut sums: HashMap<Arc<R>, isize> = HashMap::with_capacity(going);
    let mut coming = Vec::with_capacity(count - going);
    for (row, diff) in changes {
        if diff < 0 {
            *sums.entry(row).or_insert(0) += diff;
        } else {
            coming.push((row, diff));
        }
    }
    for (row, diff) in coming {
        match sums.get_mut(&row) {
            Some(sum) => *sum += diff,
            None => left.push((row, diff)),
        }
    }
    left.extend(sums.into_iter().filter(|(_, sum)| *sum != 0));
    left
}
