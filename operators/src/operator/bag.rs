//! Multisets that are small most of the time.

use std::collections::BTreeMap;
use std::hash::Hash;

use hashbrown::HashMap;

const FEW: usize = 24;

/// Distinct values with their multiplicities: none or one in place, a few in a list, many in a hash table.
///
/// Multiplicities may pass through zero and below while the changes of one tick are applied. There are many bags and
/// nearly all hold at most one value, so a bag is little larger than a value: large values are better shared.
#[derive(Clone, Debug, Default)]
pub enum Bag<T> {
    /// Nothing.
    #[default]
    None,
    /// One value and how often.
    One(T, i32),
    /// A few.
    Few(Box<Vec<(T, i32)>>),
    /// More.
    Many(Box<HashMap<T, i32>>),
}

fn count_of(diff: isize) -> i32 {
    i32::try_from(diff).expect("a value is changed fewer than 2^31 times in one tick")
}

impl<T: Eq + Hash> Bag<T> {
    /// Adds `diff` copies of a value.
    pub fn update(&mut self, value: T, diff: isize) {
        self.recount(value, diff);
    }

    /// Adds `diff` copies of a value; says how many there were and how many there are.
    pub fn recount(&mut self, value: T, diff: isize) -> (i32, i32) {
        let diff = count_of(diff);
        match self {
            Bag::None => {
                *self = Bag::One(value, diff);
                (0, diff)
            }
            Bag::One(known, count) if *known == value => {
                let before = *count;
                *count += diff;
                if *count == 0 {
                    *self = Bag::None;
                }
                (before, before + diff)
            }
            Bag::One(..) => {
                if let Bag::One(known, count) = std::mem::take(self) {
                    *self = Bag::Few(Box::new(vec![(known, count), (value, diff)]));
                }
                (0, diff)
            }
            Bag::Few(few) => {
                let Some(index) = few.iter().position(|(known, _)| *known == value) else {
                    self.push(value, diff);
                    return (0, diff);
                };
                let before = few[index].1;
                few[index].1 += diff;
                if few[index].1 == 0 {
                    few.swap_remove(index);
                }
                if few.len() == 1 {
                    *self = few.pop().map_or(Bag::None, |(value, count)| Bag::One(value, count));
                }
                (before, before + diff)
            }
            Bag::Many(many) => update_many(many, value, diff),
        }
    }

    /// Takes in a value that the list does not have.
    fn push(&mut self, value: T, diff: i32) {
        let Bag::Few(few) = self else { return };
        if few.len() < FEW {
            push_tight(few, (value, diff));
        } else {
            let mut many: HashMap<T, i32> = few.drain(..).collect();
            many.insert(value, diff);
            *self = Bag::Many(Box::new(many));
        }
    }

    /// The values present, each with how often.
    pub fn counts(&self) -> impl Iterator<Item = (&T, isize)> {
        let (one, few, many) = match self {
            Bag::None => (None, None, None),
            Bag::One(value, count) => (Some((value, *count as isize)), None, None),
            Bag::Few(few) => (None, Some(few.iter().map(|(value, count)| (value, *count as isize))), None),
            Bag::Many(many) => (None, None, Some(many.iter().map(|(value, count)| (value, *count as isize)))),
        };
        one.into_iter().chain(few.into_iter().flatten()).chain(many.into_iter().flatten())
    }

    /// The values present.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.counts().map(|(value, _)| value)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match self {
            Bag::None => 0,
            Bag::One(..) => 1,
            Bag::Few(few) => few.len(),
            Bag::Many(many) => many.len(),
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

/// Pushes with less room to spare than `Vec` leaves: lists stay for long and seldom grow.
fn push_tight<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 2 + 1);
    }
    list.push(value);
}

fn update_many<T: Eq + Hash>(many: &mut HashMap<T, i32>, value: T, diff: i32) -> (i32, i32) {
    use hashbrown::hash_map::Entry;
    match many.entry(value) {
        Entry::Occupied(mut known) => {
            let before = *known.get();
            *known.get_mut() += diff;
            if before + diff == 0 {
                known.remove();
            }
            (before, before + diff)
        }
        Entry::Vacant(new) => {
            new.insert(diff);
            (0, diff)
        }
    }
}

/// Distinct values with their multiplicities, in ascending order: the same with a tree where there are many.
#[derive(Clone, Debug, Default)]
pub enum SortedBag<T> {
    /// Nothing.
    #[default]
    None,
    /// One value and how often.
    One(T, i32),
    /// A few, ascending.
    Few(Box<Vec<(T, i32)>>),
    /// More.
    Many(Box<BTreeMap<T, i32>>),
}

impl<T: Ord> SortedBag<T> {
    /// Adds `diff` copies of a value.
    pub fn update(&mut self, value: T, diff: isize) {
        let diff = count_of(diff);
        match self {
            SortedBag::None => *self = SortedBag::One(value, diff),
            SortedBag::One(known, count) if *known == value => {
                *count += diff;
                if *count == 0 {
                    *self = SortedBag::None;
                }
            }
            SortedBag::One(..) => {
                if let SortedBag::One(known, count) = std::mem::take(self) {
                    let mut few = vec![(known, count), (value, diff)];
                    few.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                    *self = SortedBag::Few(Box::new(few));
                }
            }
            SortedBag::Few(few) => match few.binary_search_by(|(known, _)| known.cmp(&value)) {
                Ok(index) => {
                    few[index].1 += diff;
                    if few[index].1 == 0 {
                        few.remove(index);
                    }
                    if few.len() == 1 {
                        *self = few.pop().map_or(SortedBag::None, |(value, count)| SortedBag::One(value, count));
                    }
                }
                Err(index) if few.len() < FEW => few.insert(index, (value, diff)),
                Err(_) => {
                    let mut many: BTreeMap<T, i32> = few.drain(..).collect();
                    many.insert(value, diff);
                    *self = SortedBag::Many(Box::new(many));
                }
            },
            SortedBag::Many(many) => update_tree(many, value, diff),
        }
    }

    /// The values present in ascending order, each with how often.
    pub fn counts(&self) -> impl DoubleEndedIterator<Item = (&T, isize)> {
        let (one, few, many) = match self {
            SortedBag::None => (None, None, None),
            SortedBag::One(value, count) => (Some((value, *count as isize)), None, None),
            SortedBag::Few(few) => (None, Some(few.iter().map(|(value, count)| (value, *count as isize))), None),
            SortedBag::Many(many) => (None, None, Some(many.iter().map(|(value, count)| (value, *count as isize)))),
        };
        one.into_iter().chain(few.into_iter().flatten()).chain(many.into_iter().flatten())
    }

    /// The values present in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.counts().map(|(value, _)| value)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match self {
            SortedBag::None => 0,
            SortedBag::One(..) => 1,
            SortedBag::Few(few) => few.len(),
            SortedBag::Many(many) => many.len(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The smallest value.
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }

    /// The greatest value.
    pub fn last(&self) -> Option<&T> {
        self.iter().next_back()
    }
}

fn update_tree<T: Ord>(many: &mut BTreeMap<T, i32>, value: T, diff: i32) {
    use std::collections::btree_map::Entry;
    match many.entry(value) {
        Entry::Occupied(mut known) => {
            *known.get_mut() += diff;
            if *known.get() == 0 {
                known.remove();
            }
        }
        Entry::Vacant(new) => {
            new.insert(diff);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes that take a bag through every size and back, with counts below zero on the way.
    fn changes() -> Vec<(u32, isize)> {
        let up = (0..40).map(|value| (value * 7 % 40, 1 + (value % 3) as isize));
        let down = (0..40).map(|value| (value * 11 % 40, -1 - (value * 11 % 40 * 23 % 40 % 3) as isize));
        [(50, -1), (50, 1)].into_iter().chain(up).chain(down).collect()
    }

    #[test]
    fn bags_of_every_size_count_like_a_tree() {
        let (mut bag, mut sorted) = (Bag::default(), SortedBag::default());
        let mut model: BTreeMap<u32, isize> = BTreeMap::new();
        for (value, diff) in changes() {
            let before = model.get(&value).copied().unwrap_or(0);
            let recounted = bag.recount(value, diff);
            assert_eq!(recounted, (before as i32, (before + diff) as i32));
            sorted.update(value, diff);
            *model.entry(value).or_insert(0) += diff;
            model.retain(|_, count| *count != 0);
            let expected: Vec<(u32, isize)> = model.iter().map(|(value, count)| (*value, *count)).collect();
            let mut found: Vec<(u32, isize)> = bag.counts().map(|(value, count)| (*value, count)).collect();
            found.sort_unstable();
            assert_eq!(found, expected);
            assert_eq!(sorted.counts().map(|(value, count)| (*value, count)).collect::<Vec<_>>(), expected);
            assert_eq!((sorted.first(), sorted.last()), (model.keys().next(), model.keys().next_back()));
            assert_eq!((bag.len(), sorted.len()), (model.len(), model.len()));
        }
    }
}
