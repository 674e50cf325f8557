//! From views to closed ticks: what each view changed in a tick, consolidated, once no more can change.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use differential_dataflow::VecCollection;
use hashbrown::HashMap;
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
            let mut waiting: BTreeMap<Tick, (_, RowChanges<R>)> = BTreeMap::new();
            move |(input, frontier), _output| {
                input.for_each_time(|capability, batches| {
                    // An update's own time may be later than its message's.
                    for (row, tick, diff) in batches.flat_map(|batch| batch.drain(..)) {
                        let (_, rows) =
                            waiting.entry(tick).or_insert_with(|| (capability.delayed(&tick, 0), Vec::new()));
                        rows.push((row, diff));
                    }
                });
                while let Some(entry) = waiting.first_entry() {
                    let tick = *entry.key();
                    if frontier.less_equal(&tick) {
                        break;
                    }
                    let (_capability, rows) = entry.remove();
                    let rows = consolidated(rows);
                    if !rows.is_empty() {
                        closed.add(tick, changes(rows));
                    }
                }
            }
        })
        .probe_with(probe);
}

/// Sums the changes of each row and leaves out those that come to nothing.
///
/// Most changes are rows that come; only those that go are indexed.
pub fn consolidated<R: ViewRow>(rows: RowChanges<R>) -> RowChanges<R> {
    if rows.iter().all(|(_, diff)| *diff > 0) {
        return rows;
    }
    let (going, coming): (RowChanges<R>, RowChanges<R>) = rows.into_iter().partition(|(_, diff)| *diff < 0);
    let mut sums: HashMap<R, isize> = HashMap::with_capacity(going.len());
    for (row, diff) in going {
        *sums.entry(row).or_insert(0) += diff;
    }
    let mut left = Vec::with_capacity(coming.len());
    for (row, diff) in coming {
        match sums.get_mut(&row) {
            Some(sum) => *sum += diff,
            None => left.push((row, diff)),
        }
    }
    left.extend(sums.into_iter().filter(|(_, sum)| *sum != 0));
    left
}
