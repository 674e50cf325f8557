//! Facts of a tick as they arrived: they stay where they are until they are taken, in whatever order their operator needs.
//!
//! What is sorted is where they are, eight bytes each, so that the facts of a large tick are in memory once.

use crate::Tick;

/// A fact about a key, with how often it comes (+) or goes (-).
type Update<K, F> = ((K, F), Tick, isize);

/// Facts of one tick, by key.
#[derive(Debug)]
pub(super) struct Arrived<K, F>(Vec<Vec<Option<Update<K, F>>>>);

/// Where a fact is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    batch: u32,
    index: u32,
}

impl<K, F> Default for Arrived<K, F> {
    fn default() -> Self {
        Arrived(Vec::new())
    }
}

impl<K, F> Arrived<K, F> {
    /// Takes a batch in.
    pub(super) fn push(&mut self, batch: Vec<Update<K, F>>) {
        self.0.push(batch.into_iter().map(Some).collect());
    }

    /// How many facts arrived.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// All places, in the order of arrival.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let batches = self.0.iter().zip(0..);
        batches.flat_map(|(batch, at)| (0..).zip(batch).map(move |(index, _)| Place { batch: at, index }))
    }

    /// The key of a fact that was not taken yet.
    ///
    /// # Panics
    /// If it was.
    pub(super) fn key(&self, place: Place) -> &K {
        let fact = self.0[place.batch as usize][place.index as usize].as_ref();
        let ((key, _), _, _) = fact.expect("the key of a fact is looked at before the fact is taken");
        key
    }

    /// Takes a fact.
    ///
    /// # Panics
    /// If it was taken.
    pub(super) fn take(&mut self, place: Place) -> (F, isize) {
        let fact = self.0[place.batch as usize][place.index as usize].take();
        let ((_, fact), _, diff) = fact.expect("a fact is taken once");
        (fact, diff)
    }
}
