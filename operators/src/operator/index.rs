//! Values by key: small numbers in a hash table, keys and values in blocks that never move.
//!
//! A hash table has room to spare, up to as much again as it holds. So only numbers of four bytes are in it.

use std::hash::{BuildHasher, Hash};
use std::hint::black_box;

use hashbrown::DefaultHashBuilder;
use smallvec::SmallVec;

use super::slab::Slab;
use super::table::Table;

/// So many keys are looked up together.
pub const TOGETHER: usize = 16;

/// Values by key, and by the number that each key has as long as it is in.
#[derive(Debug)]
pub struct Index<K, V> {
    numbers: Table<u32>,
    hasher: DefaultHashBuilder,
    entries: Slab<(K, V)>,
}

impl<K, V> Default for Index<K, V> {
    fn default() -> Self {
        Index { numbers: Table::default(), hasher: DefaultHashBuilder::default(), entries: Slab::default() }
    }
}

impl<K: Clone + Eq + Hash, V> Index<K, V> {
    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The hash of a key.
    pub fn hash(&self, key: &K) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Has memory bring what belongs to keys with these hashes, for all of them at once: when they are looked up one after
    /// the other, each would be waited for by itself. A few times [`TOGETHER`] of them stay near until they are needed.
    pub fn bring_hashes(&self, hashes: impl Iterator<Item = u64>) {
        let numbers: SmallVec<[u32; TOGETHER]> =
            hashes.flat_map(|hash| self.numbers.candidates(hash)).copied().collect();
        self.bring(&numbers);
    }

    /// The same by their numbers.
    pub fn bring(&self, numbers: &[u32]) {
        for number in numbers {
            black_box(self.entries.find(*number).is_some());
        }
    }

    /// The number of a key with this hash; made if need be, with the value that `make` gives.
    pub fn number(&mut self, hash: u64, key: &K, make: impl FnOnce() -> V) -> u32 {
        let entries = &self.entries;
        if let Some(known) = self.numbers.find(hash, |number| entries.get(*number).0 == *key) {
            return *known;
        }
        let number = self.entries.insert((key.clone(), make()));
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.numbers.insert(hash, number, |number| hasher.hash_one(&entries.get(*number).0));
        number
    }

    /// The key and value with a number.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, number: u32) -> (&K, &V) {
        let (key, value) = self.entries.get(number);
        (key, value)
    }

    /// The key and value with a number, where there is one.
    pub fn find(&self, number: u32) -> Option<(&K, &V)> {
        self.entries.find(number).map(|(key, value)| (key, value))
    }

    /// The key and value with a number.
    ///
    /// # Panics
    /// If there is none.
    pub fn get_mut(&mut self, number: u32) -> (&K, &mut V) {
        let (key, value) = self.entries.get_mut(number);
        (key, value)
    }

    /// Takes a key and its value out.
    ///
    /// # Panics
    /// If there is none with this number.
    pub fn remove(&mut self, number: u32) {
        let (key, _) = self.entries.remove(number);
        let hash = self.hasher.hash_one(&key);
        self.numbers.remove(hash, |known| *known == number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_numbers_until_they_are_removed() {
        let mut index: Index<String, usize> = Index::default();
        let key = |number: usize| format!("key {number}");
        let put = |index: &mut Index<String, usize>, number: usize| {
            let hash = index.hash(&key(number));
            index.number(hash, &key(number), || number)
        };
        let numbers: Vec<u32> = (0..1_000).map(|number| put(&mut index, number)).collect();
        for number in (0..1_000).step_by(3) {
            index.remove(numbers[number]);
        }
        assert_eq!(index.len(), 666);
        for number in (0..1_000).filter(|number| number % 3 != 0) {
            assert_eq!(put(&mut index, number), numbers[number]);
            *index.get_mut(numbers[number]).1 += 1;
            assert_eq!(index.get(numbers[number]), (&key(number), &(number + 1)));
        }
        assert_eq!((index.find(numbers[0]), index.is_empty()), (None, false));
    }
}
