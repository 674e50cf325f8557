//! A hash table that grows a little with each value that comes, never all at once.
//!
//! `hashbrown` moves all values when a table is full: with millions of documents that is a second in which nothing else
//! happens. Here a full table stays beside its successor, and each value that comes has a few others move.

use hashbrown::HashTable;

/// Tables with fewer places move at once.
const AT_ONCE: usize = 1 << 13;
/// So many places of the full table are emptied for each value that comes. A successor has room for as many values again, so
/// that the full one is empty long before it is full too.
const STEP: usize = 8;

/// Values by their hashes.
#[derive(Clone, Debug)]
pub struct Table<T> {
    values: HashTable<T>,
    full: Option<Full<T>>,
}

/// A table that was full, and is being emptied.
#[derive(Clone, Debug)]
struct Full<T> {
    values: HashTable<T>,
    /// All places before this one are empty.
    next: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { values: HashTable::new(), full: None }
    }
}

impl<T> Table<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len() + self.full.as_ref().map_or(0, |full| full.values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value with this hash that is the one.
    pub fn find(&self, hash: u64, mut is_it: impl FnMut(&T) -> bool) -> Option<&T> {
        self.values.find(hash, &mut is_it).or_else(|| self.full.as_ref()?.values.find(hash, is_it))
    }

    /// The value with this hash that is the one.
    pub fn find_mut(&mut self, hash: u64, mut is_it: impl FnMut(&T) -> bool) -> Option<&mut T> {
        self.values.find_mut(hash, &mut is_it).or_else(|| self.full.as_mut()?.values.find_mut(hash, is_it))
    }

    /// Values that may have this hash: all that do, and some others.
    pub fn candidates(&self, hash: u64) -> impl Iterator<Item = &T> {
        let full = self.full.iter().flat_map(move |full| full.values.iter_hash(hash));
        self.values.iter_hash(hash).chain(full)
    }

    /// Puts a value in that is not there yet; `hash_of` gives the hash of any value.
    pub fn insert(&mut self, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) {
        self.make_room();
        self.values.insert_unique(hash, value, &hash_of);
        self.move_some(hash_of);
    }

    /// Takes the value with this hash out that is the one.
    pub fn remove(&mut self, hash: u64, mut is_it: impl FnMut(&T) -> bool) -> Option<T> {
        let found = match self.values.find_entry(hash, &mut is_it) {
            Ok(found) => found,
            Err(_) => self.full.as_mut()?.values.find_entry(hash, is_it).ok()?,
        };
        Some(found.remove().0)
    }

    /// Where the table is full and large, puts one in its place that is not.
    fn make_room(&mut self) {
        let places = self.values.num_buckets();
        if self.values.len() < self.values.capacity() || places < AT_ONCE || self.full.is_some() {
            return;
        }
        // Places of removed values are used up, too: then as large a table is enough.
        let wanted = if self.values.len() > places / 2 { places } else { places / 2 };
        let values = std::mem::replace(&mut self.values, HashTable::with_capacity(wanted));
        self.full = Some(Full { values, next: 0 });
    }

    fn move_some(&mut self, hash_of: impl Fn(&T) -> u64) {
        let Some(Full { values, next }) = &mut self.full else { return };
        let end = values.num_buckets().min(*next + STEP);
        for place in *next..end {
            if let Ok(found) = values.get_bucket_entry(place) {
                let (value, _) = found.remove();
                self.values.insert_unique(hash_of(&value), value, &hash_of);
            }
        }
        *next = end;
        if values.is_empty() {
            self.full = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn hash_of(value: &u64) -> u64 {
        value.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    #[test]
    fn values_are_found_while_their_table_grows_and_when_they_are_removed_they_are_not() {
        let mut table = Table::default();
        let mut known = BTreeSet::new();
        for number in 0..100_000_u64 {
            table.insert(hash_of(&number), number, hash_of);
            known.insert(number);
            // Two of three that are seven thousand older go; so some go while they wait to be moved.
            if let Some(old) = number.checked_sub(7_000).filter(|old| old % 3 != 0) {
                assert_eq!(table.remove(hash_of(&old), |value| *value == old), Some(old));
                assert_eq!(table.remove(hash_of(&old), |value| *value == old), None);
                known.remove(&old);
            }
            assert_eq!(table.len(), known.len());
            if number % 9_973 == 0 {
                for number in 0..=number {
                    let found = table.find(hash_of(&number), |value| *value == number).copied();
                    assert_eq!(found, known.get(&number).copied());
                    assert_eq!(
                        table.candidates(hash_of(&number)).filter(|value| **value == number).count(),
                        usize::from(found.is_some())
                    );
                }
            }
        }
        assert!(!table.is_empty());
        assert_eq!(table.find_mut(hash_of(&0), |value| *value == 0).copied(), Some(0));
    }

    #[test]
    fn a_large_table_moves_a_few_values_for_each_that_comes() {
        let mut table = Table::default();
        let mut most = 0;
        for number in 0..200_000_u64 {
            let moved = std::cell::Cell::new(0_usize);
            let large = table.values.num_buckets() >= AT_ONCE;
            table.insert(hash_of(&number), number, |value| {
                moved.set(moved.get() + 1);
                hash_of(value)
            });
            if large {
                most = most.max(moved.get());
            }
        }
        assert!(most > 0 && most <= STEP, "{most} were moved");
    }

    #[test]
    fn a_table_whose_values_come_and_go_does_not_grow() {
        let mut table = Table::default();
        for number in 0..1_000_000_u64 {
            table.insert(hash_of(&number), number, hash_of);
            if let Some(old) = number.checked_sub(10_000) {
                assert_eq!(table.remove(hash_of(&old), |value| *value == old), Some(old));
            }
        }
        assert!(table.values.num_buckets() <= 1 << 15, "{} places", table.values.num_buckets());
    }
}
