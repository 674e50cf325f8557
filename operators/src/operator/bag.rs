//! A multiset that is small most of the time.

use std::hash::Hash;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use smallvec::SmallVec;

const FEW: usize = 24;

/// Distinct values with their multiplicities: a short list that becomes a hash table when it grows.
///
/// Multiplicities may pass through zero and below while the changes of one tick are applied.
#[derive(Clone, Debug)]
pub struct Bag<T> {
    values: Values<T>,
}

#[derive(Clone, Debug)]
enum Values<T> {
    Few(SmallVec<[(T, i32); 1]>),
    Many(Box<HashMap<T, i32>>),
}

impl<T> Default for Bag<T> {
    fn default() -> Self {
        Bag { values: Values::Few(SmallVec::new()) }
    }
}

impl<T: Eq + Hash> Bag<T> {
    /// Adds `diff` copies of a value.
    pub fn update(&mut self, value: T, diff: isize) {
        let diff = i32::try_from(diff).expect("a value is changed fewer than 2^31 times in one tick");
        match &mut self.values {
            Values::Few(few) => {
                if let Some(index) = few.iter().position(|(known, _)| *known == value) {
                    few[index].1 += diff;
                    if few[index].1 == 0 {
                        few.swap_remove(index);
                    }
                } else if few.len() < FEW {
                    few.push((value, diff));
                } else {
                    let mut many: HashMap<T, i32> = few.drain(..).collect();
                    many.insert(value, diff);
                    self.values = Values::Many(Box::new(many));
                }
            }
            Values::Many(many) => match many.entry(value) {
                Entry::Occupied(mut known) => {
                    *known.get_mut() += diff;
                    if *known.get() == 0 {
                        known.remove();
                    }
                }
                Entry::Vacant(new) => {
                    new.insert(diff);
                }
            },
        }
    }

    /// The values present, each with how often.
    pub fn counts(&self) -> impl Iterator<Item = (&T, isize)> {
        let (few, many) = match &self.values {
            Values::Few(few) => (Some(few.iter().map(|(value, count)| (value, *count as isize))), None),
            Values::Many(many) => (None, Some(many.iter().map(|(value, count)| (value, *count as isize)))),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }

    /// The values present.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.counts().map(|(value, _)| value)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Few(few) => few.len(),
            Values::Many(many) => many.len(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The only value, where there is exactly one.
    pub fn only(&self) -> Option<&T> {
        if self.len() == 1 { self.iter().next() } else { None }
    }
}
