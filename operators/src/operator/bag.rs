//! Multisets that are small most of the time.

use std::collections::BTreeMap;
use std::hash::Hash;

use hashbrown::HashMap;
use thin_vec::ThinVec;

const FEW: usize = 24;

/// Distinct values with their multiplicities.
///
/// There are very many bags. Nearly all hold few values, each of them once: then a bag is a value, or a list of values
/// behind one pointer, and nothing is counted. Multiplicities may pass through zero and below while the changes of one
/// tick are applied.
#[derive(Clone, Debug, Default)]
pub enum Bag<T> {
    /// Nothing.
    #[default]
    None,
    /// One value, once.
    One(T),
    /// A few values, each once.
    Few(ThinVec<T>),
    /// A few values, of which one at least is there more than once, or less.
    Counted(Box<Vec<(T, i32)>>),
    /// Many.
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
        match (&mut *self, diff) {
            (Bag::None, 1) => {
                *self = Bag::One(value);
                (0, 1)
            }
            (Bag::One(known), -1) if *known == value => {
                *self = Bag::None;
                (1, 0)
            }
            (Bag::One(known), 1) if *known != value => {
                if let Bag::One(known) = std::mem::take(self) {
                    let mut few = ThinVec::with_capacity(2);
                    few.push(known);
                    few.push(value);
                    *self = Bag::Few(few);
                }
                (0, 1)
            }
            (Bag::Few(few), 1) if few.len() < FEW && !few.contains(&value) => {
                push_tight(few, value);
                (0, 1)
            }
            (Bag::Few(few), -1) if few.len() > 2 && few.contains(&value) => {
                few.retain(|known| *known != value);
                (1, 0)
            }
            (Bag::Many(many), _) => {
                let counts = update_many(many, value, count_of(diff));
                if many.is_empty() {
                    *self = Bag::None;
                }
                counts
            }
            _ => self.recount_listed(value, count_of(diff)),
        }
    }

    /// The same for few values, of whatever multiplicities.
    fn recount_listed(&mut self, value: T, diff: i32) -> (i32, i32) {
        let mut listed: Vec<(T, i32)> = match std::mem::take(self) {
            Bag::None => Vec::new(),
            Bag::One(known) => vec![(known, 1)],
            Bag::Few(few) => few.into_iter().map(|known| (known, 1)).collect(),
            Bag::Counted(counted) => *counted,
            Bag::Many(many) => many.into_iter().collect(),
        };
        let index = listed.iter().position(|(known, _)| *known == value).unwrap_or_else(|| {
            listed.push((value, 0));
            listed.len() - 1
        });
        let before = listed[index].1;
        listed[index].1 += diff;
        if before + diff == 0 {
            listed.swap_remove(index);
        }
        *self = Bag::of(listed);
        (before, before + diff)
    }

    fn of(mut listed: Vec<(T, i32)>) -> Bag<T> {
        if listed.len() > FEW {
            return Bag::Many(Box::new(listed.into_iter().collect()));
        }
        if listed.iter().any(|(_, count)| *count != 1) {
            return Bag::Counted(Box::new(listed));
        }
        match listed.len() {
            0 | 1 => listed.pop().map_or(Bag::None, |(value, _)| Bag::One(value)),
            _ => Bag::Few(listed.into_iter().map(|(value, _)| value).collect()),
        }
    }

    /// The values present, each with how often.
    pub fn counts(&self) -> impl Iterator<Item = (&T, isize)> {
        let (once, counted, many): (&[T], &[(T, i32)], _) = match self {
            Bag::None => (&[], &[], None),
            Bag::One(value) => (std::slice::from_ref(value), &[], None),
            Bag::Few(few) => (few, &[], None),
            Bag::Counted(counted) => (&[], counted, None),
            Bag::Many(many) => (&[], &[], Some(many)),
        };
        let several = counted.iter().map(|(value, count)| (value, *count as isize));
        let many = many.into_iter().flat_map(|many| many.iter().map(|(value, count)| (value, *count as isize)));
        once.iter().map(|value| (value, 1)).chain(several).chain(many)
    }

    /// The values present.
    pub fn iter(&self) -> Values<'_, T> {
        match self {
            Bag::None => Values::Once([].iter()),
            Bag::One(value) => Values::Once(std::slice::from_ref(value).iter()),
            Bag::Few(few) => Values::Once(few.iter()),
            Bag::Counted(counted) => Values::Counted(counted.iter()),
            Bag::Many(many) => Values::Many(many.keys()),
        }
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match self {
            Bag::None => 0,
            Bag::One(_) => 1,
            Bag::Few(few) => few.len(),
            Bag::Counted(counted) => counted.len(),
            Bag::Many(many) => many.len(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        matches!(self, Bag::None)
    }

    /// The only value, where there is exactly one.
    pub fn only(&self) -> Option<&T> {
        match self {
            Bag::One(value) => Some(value),
            other if other.len() == 1 => other.iter().next(),
            _ => None,
        }
    }
}

/// The values of a [`Bag`]. Rules look at many bags, most of them empty: a chain of all that a bag may be costs more than them.
pub enum Values<'a, T> {
    /// Of values that are there once each.
    Once(std::slice::Iter<'a, T>),
    /// Of a few that are counted.
    Counted(std::slice::Iter<'a, (T, i32)>),
    /// Of many.
    Many(hashbrown::hash_map::Keys<'a, T, i32>),
}

impl<'a, T> Iterator for Values<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        match self {
            Values::Once(values) => values.next(),
            Values::Counted(counted) => counted.next().map(|(value, _)| value),
            Values::Many(values) => values.next(),
        }
    }
}

/// Pushes with less room to spare than usual: lists stay for long and seldom grow.
fn push_tight<T>(list: &mut ThinVec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 1);
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
    /// One value, once.
    One(T),
    /// A few, ascending, each with how often.
    Few(ThinVec<(T, i32)>),
    /// More.
    Many(Box<BTreeMap<T, i32>>),
}

impl<T: Ord> SortedBag<T> {
    /// Adds `diff` copies of a value.
    pub fn update(&mut self, value: T, diff: isize) {
        self.recount(value, diff);
    }

    /// Adds `diff` copies of a value; says how many there were and how many there are.
    pub fn recount(&mut self, value: T, diff: isize) -> (i32, i32) {
        let diff = count_of(diff);
        match self {
            SortedBag::None if diff == 1 => {
                *self = SortedBag::One(value);
                (0, 1)
            }
            SortedBag::One(known) if diff == -1 && *known == value => {
                *self = SortedBag::None;
                (1, 0)
            }
            SortedBag::Many(many) => {
                let counts = update_tree(many, value, diff);
                if many.is_empty() {
                    *self = SortedBag::None;
                }
                counts
            }
            _ => self.recount_listed(value, diff),
        }
    }

    /// The same for few values, of whatever multiplicities.
    fn recount_listed(&mut self, value: T, diff: i32) -> (i32, i32) {
        let mut few = match std::mem::take(self) {
            SortedBag::One(known) => {
                let mut few = ThinVec::with_capacity(2);
                few.push((known, 1));
                few
            }
            SortedBag::Few(few) => few,
            SortedBag::None | SortedBag::Many(_) => ThinVec::new(),
        };
        let index = few.binary_search_by(|(known, _)| known.cmp(&value)).unwrap_or_else(|index| {
            if few.len() == few.capacity() {
                few.reserve_exact(few.len() / 4 + 1);
            }
            few.insert(index, (value, 0));
            index
        });
        let before = few[index].1;
        few[index].1 += diff;
        if before + diff == 0 {
            few.remove(index);
        }
        *self = match &few[..] {
            [] => SortedBag::None,
            [(_, 1)] => few.pop().map_or(SortedBag::None, |(value, _)| SortedBag::One(value)),
            _ if few.len() > FEW => SortedBag::Many(Box::new(few.into_iter().collect())),
            _ => SortedBag::Few(few),
        };
        (before, before + diff)
    }

    /// The values present in ascending order, each with how often.
    pub fn counts(&self) -> impl DoubleEndedIterator<Item = (&T, isize)> {
        let (one, few, many): (_, &[(T, i32)], _) = match self {
            SortedBag::None => (None, &[], None),
            SortedBag::One(value) => (Some(value), &[], None),
            SortedBag::Few(few) => (None, few, None),
            SortedBag::Many(many) => (None, &[], Some(many)),
        };
        let few = few.iter().map(|(value, count)| (value, *count as isize));
        let many = many.into_iter().flat_map(|many| many.iter().map(|(value, count)| (value, *count as isize)));
        one.into_iter().map(|value| (value, 1)).chain(few).chain(many)
    }

    /// The values present in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.counts().map(|(value, _)| value)
    }

    /// How many distinct values there are.
    pub fn len(&self) -> usize {
        match self {
            SortedBag::None => 0,
            SortedBag::One(_) => 1,
            SortedBag::Few(few) => few.len(),
            SortedBag::Many(many) => many.len(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        matches!(self, SortedBag::None)
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

fn update_tree<T: Ord>(many: &mut BTreeMap<T, i32>, value: T, diff: i32) -> (i32, i32) {
    use std::collections::btree_map::Entry;
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
            assert_eq!(sorted.recount(value, diff), recounted);
            *model.entry(value).or_insert(0) += diff;
            model.retain(|_, count| *count != 0);
            let expected: Vec<(u32, isize)> = model.iter().map(|(value, count)| (*value, *count)).collect();
            let mut found: Vec<(u32, isize)> = bag.counts().map(|(value, count)| (*value, count)).collect();
            found.sort_unstable();
            assert_eq!(found, expected);
            let mut values: Vec<u32> = bag.iter().copied().collect();
            values.sort_unstable();
            assert_eq!(values, model.keys().copied().collect::<Vec<u32>>());
            assert_eq!(sorted.counts().map(|(value, count)| (*value, count)).collect::<Vec<_>>(), expected);
            assert_eq!((sorted.first(), sorted.last()), (model.keys().next(), model.keys().next_back()));
            assert_eq!((bag.len(), sorted.len()), (model.len(), model.len()));
        }
    }
}
