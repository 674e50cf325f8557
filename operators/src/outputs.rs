//! From views to closed ticks: what each view changed in a tick, consolidated, once no more can change; and with it
//! what the documents changed and what a checkpoint has to keep.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::iter::repeat_n;
use std::rc::Rc;

use differential_dataflow::VecCollection;
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
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
use crate::change::Change;
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
    /// What became of the documents in force.
    pub documents: Vec<Change<AnyDoc>>,
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

    /// Takes what all ticks up to this one brought; it must be closed. What is there before anything came, such as totals of nothing,
    /// comes with the first.
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
            for (change, diff) in changes {
                let UpsertChange::Document(doc) = change else { continue };
                let (doc, diff) = (doc.clone(), *diff);
                let left = portion.documents.last_mut().filter(|last| last.after.is_none());
                match left {
                    // What takes the place of a document follows it.
                    Some(last) if diff > 0 && last.before.as_ref().is_some_and(|known| known.key() == doc.key()) => {
                        last.after = Some(doc);
                    }
                    _ if diff > 0 => portion.documents.push(Change::came(doc)),
                    _ => portion.documents.push(Change { before: Some(doc), after: None }),
                }
            }
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

/// Sums the changes of each row, leaves out those that come to nothing, and joins what has the same key.
fn consolidated<R: ViewRow>(batches: Batches<R>) -> RowChanges<R> {
    let count = batches.iter().map(Vec::len).sum();
    let going = batches.iter().flatten().filter(|(_, _, diff)| *diff < 0).count();
    summed(count, going, batches.into_iter().flatten().map(|(row, _, diff)| (row, diff)))
}

/// What became of a view in a tick, from what became of it on each worker, or in several ticks: what comes in one part may go again in
/// another.
pub fn merged<R: ViewRow>(mut parts: Vec<RowChanges<R>>) -> RowChanges<R> {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let count = parts.iter().flatten().map(Change::ends).sum();
    let going = parts.iter().flatten().filter(|change| change.before.is_some()).count();
    summed(count, going, parts.into_iter().flatten().flat_map(Change::updates))
}

/// The rows with one key that go and come in a tick: nearly always one of each at most, but in the course of a tick others may
/// come and go again.
type OneKey<R> = SmallVec<[(Arc<R>, isize); 2]>;

/// Sums `count` changes, of which `going` are of rows that go. Only the keys of those are indexed: most changes are rows that come.
fn summed<R: ViewRow>(count: usize, going: usize, changes: impl Iterator<Item = (Arc<R>, isize)>) -> RowChanges<R> {
    let mut joined = Vec::with_capacity(count - going);
    if going == 0 {
        joined.extend(changes.map(|(row, _)| Change::came(row)));
        return joined;
    }
    let mut keys = Keys::<R>::with_capacity(going);
    let mut coming = Vec::with_capacity(count - going);
    for (row, diff) in changes {
        if diff < 0 {
            add(keys.of(&row), row, diff);
        } else {
            coming.push((row, diff));
        }
    }
    for (row, diff) in coming {
        match keys.find(&row) {
            Some(rows) => add(rows, row, diff),
            None => joined.push(Change::came(row)),
        }
    }
    keys.rows.into_iter().for_each(|rows| join(rows, &mut joined));
    joined
}

/// Rows by their keys.
struct Keys<R> {
    hasher: DefaultHashBuilder,
    index: HashTable<(u64, usize)>,
    rows: Vec<OneKey<R>>,
}

impl<R: ViewRow> Keys<R> {
    fn with_capacity(keys: usize) -> Keys<R> {
        let (index, rows) = (HashTable::with_capacity(keys), Vec::with_capacity(keys));
        Keys { hasher: DefaultHashBuilder::default(), index, rows }
    }

    fn hash(&self, row: &R) -> u64 {
        let mut state = self.hasher.build_hasher();
        row.hash_key(&mut state);
        state.finish()
    }

    /// The rows with the key of this one.
    fn find(&mut self, row: &R) -> Option<&mut OneKey<R>> {
        let hash = self.hash(row);
        let (_, at) = self.index.find(hash, |(known, at)| *known == hash && self.rows[*at][0].0.has_key_of(row))?;
        Some(&mut self.rows[*at])
    }

    /// The same; it has a place for them from now on, for which there has to be a row before the next key is looked up.
    fn of(&mut self, row: &R) -> &mut OneKey<R> {
        let hash = self.hash(row);
        let rows = &mut self.rows;
        let same = |(known, at): &(u64, usize)| *known == hash && rows[*at][0].0.has_key_of(row);
        let at = match self.index.entry(hash, same, |(hash, _)| *hash) {
            Entry::Occupied(known) => known.get().1,
            Entry::Vacant(new) => {
                let at = rows.len();
                new.insert((hash, at));
                rows.push(SmallVec::new());
                at
            }
        };
        &mut self.rows[at]
    }
}

fn add<R: ViewRow>(rows: &mut OneKey<R>, row: Arc<R>, diff: isize) {
    match rows.iter_mut().find(|(known, _)| *known == row) {
        Some((_, sum)) => *sum += diff,
        None => rows.push((row, diff)),
    }
}

/// What a tick made of the rows with one key. That there are several before or after is for whoever applies it to find.
fn join<R>(rows: OneKey<R>, joined: &mut RowChanges<R>) {
    let (before, after): (OneKey<R>, OneKey<R>) =
        rows.into_iter().filter(|(_, sum)| *sum != 0).partition(|(_, sum)| *sum < 0);
    let [mut before, mut after] =
        [before, after].map(|rows| rows.into_iter().flat_map(|(row, sum)| repeat_n(row, sum.unsigned_abs())));
    loop {
        let change = Change { before: before.next(), after: after.next() };
        if change.ends() == 0 {
            return;
        }
        joined.push(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Figure, KpiRow};

    fn row(name: &str, count: i128) -> Arc<KpiRow> {
        let (name, partner, region) = (name.into(), "*".into(), "*".into());
        Arc::new(KpiRow { name, partner, region, numerator: Figure::Count(count), denominator: None, value: None })
    }

    fn change(before: Option<Arc<KpiRow>>, after: Option<Arc<KpiRow>>) -> Change<Arc<KpiRow>> {
        Change { before, after }
    }

    /// What becomes of updates, in whatever order they come.
    fn consolidated_in_any_order(updates: &[(Arc<KpiRow>, isize)]) -> RowChanges<KpiRow> {
        let consolidated_sorted = |updates: &[(Arc<KpiRow>, isize)]| {
            let batches = updates.iter().map(|(row, diff)| vec![(Arc::clone(row), 1, *diff)]).collect();
            let mut changes = consolidated(batches);
            changes.sort_by_key(|change| change.before.as_ref().or(change.after.as_ref()).map(|row| row.key()));
            changes
        };
        let found = consolidated_sorted(updates);
        for turned in 1..updates.len() {
            let mut updates = updates.to_vec();
            updates.rotate_left(turned);
            assert_eq!(consolidated_sorted(&updates), found);
            updates.reverse();
            assert_eq!(consolidated_sorted(&updates), found);
        }
        found
    }

    #[test]
    fn what_goes_and_comes_under_one_key_is_one_change() {
        let (old, new, other, gone) = (row("a", 1), row("a", 2), row("b", 1), row("c", 1));
        let updates = [(new.clone(), 1), (other.clone(), 1), (old.clone(), -1), (gone.clone(), -1)];
        let expected = [change(Some(old), Some(new)), change(None, Some(other)), change(Some(gone), None)];
        assert_eq!(consolidated_in_any_order(&updates), expected);
    }

    #[test]
    fn what_comes_and_goes_again_in_a_tick_never_was() {
        let [first, second, last] = [1, 2, 3].map(|count| row("a", count));
        let steps = [(first.clone(), -1), (second.clone(), 1), (second.clone(), -1), (last.clone(), 1)];
        assert_eq!(consolidated_in_any_order(&steps), [change(Some(first.clone()), Some(last))]);
        let back = [(first.clone(), -1), (second.clone(), 1), (second, -1), (first.clone(), 1)];
        assert_eq!(consolidated_in_any_order(&back), []);
        let twice = [(first.clone(), 1), (first.clone(), 1), (first.clone(), -1)];
        assert_eq!(consolidated_in_any_order(&twice), [change(None, Some(first))]);
    }

    #[test]
    fn what_goes_on_one_worker_and_comes_on_another_is_one_change() {
        let (old, new) = (row("a", 1), row("a", 2));
        let parts = vec![vec![change(Some(old.clone()), None)], Vec::new(), vec![change(None, Some(new.clone()))]];
        assert_eq!(merged(parts), [change(Some(old.clone()), Some(new.clone()))]);
        let parts = vec![vec![change(None, Some(old.clone()))], vec![change(Some(old.clone()), Some(new.clone()))]];
        assert_eq!(merged(parts), [change(None, Some(new))]);
        assert_eq!(merged(vec![vec![change(Some(old.clone()), None)], vec![change(None, Some(old))]]), []);
    }
}
