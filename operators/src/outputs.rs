//! From views to closed ticks: what each view changed in a tick, consolidated, once no more can change.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use differential_dataflow::VecCollection;
use hashbrown::HashMap;
use smallvec::{SmallVec, smallvec};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::ProbeHandle;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Probe;
use timely::dataflow::operators::generic::operator::Operator;

use crate::Tick;
use crate::rows::{Changes, RowChanges, ViewRow};

/// Changes of closed ticks that nobody has taken yet, on one worker.
#[derive(Clone, Default)]
pub struct Closed(Rc<RefCell<BTreeMap<Tick, Vec<Changes>>>>);

impl Closed {
    /// Takes the changes of all ticks up to this one; it must be closed.
    pub fn take_through(&self, tick: Tick) -> Vec<Changes> {
        let mut closed = self.0.borrow_mut();
        let later = closed.split_off(&(tick + 1));
        let taken = std::mem::replace(&mut *closed, later);
        match taken.len() {
            0 | 1 => taken.into_values().next().unwrap_or_default(),
            _ => Changes::merged(taken.into_values().flatten().collect()),
        }
    }

    fn add(&self, tick: Tick, changes: Changes) {
        self.0.borrow_mut().entry(tick).or_default().push(changes);
    }
}

/// Collects a view's changes tick by tick; the probe passes a tick once they are all there.
pub fn collect<'scope, R: ViewRow>(
    rows: VecCollection<'scope, Tick, R>,
    changes: fn(RowChanges<R>) -> Changes,
    closed: &Closed,
    probe: &ProbeHandle<Tick>,
) {
    let closed = closed.clone();
    rows.inner
        .unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "Closed", |_, _| {
            let mut waiting: BTreeMap<Tick, (_, Batches<R>)> = BTreeMap::new();
            move |(input, frontier), _output| {
                input.for_each_time(|capability, batches| {
                    for batch in batches.map(std::mem::take) {
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
type Batches<R> = Vec<Vec<(R, Tick, isize)>>;

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
fn summed<R: ViewRow>(count: usize, going: usize, changes: impl Iterator<Item = (R, isize)>) -> RowChanges<R> {
    let mut left = Vec::with_capacity(count - going);
    if going == 0 {
        left.extend(changes);
        return left;
    }
    let mut sums: HashMap<R, isize> = HashMap::with_capacity(going);
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
