//! A join of many with one: each left value with the document that has its key, as far as there is one.
//!
//! A new left value costs one pair, a new document one pair per left value of its key.

use std::hash::Hash;

use differential_dataflow::{ExchangeData, VecCollection};
use serde::{Deserialize, Serialize};

use super::ambient::Gauge;
use super::bag::Bag;
use super::keyed::{Keyed, keyed};
use crate::Tick;

/// A value of either side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side<L, R> {
    /// One of many.
    Left(L),
    /// The one.
    Right(R),
}

/// What is known under a key.
struct Lookup<K, L, R> {
    lefts: Bag<L>,
    right: Bag<R>,
    key: std::marker::PhantomData<K>,
}

impl<K, L, R> Default for Lookup<K, L, R> {
    fn default() -> Self {
        Lookup { lefts: Bag::default(), right: Bag::default(), key: std::marker::PhantomData }
    }
}

impl<K, L, R> Keyed for Lookup<K, L, R>
where
    K: ExchangeData + Hash,
    L: ExchangeData + Hash,
    R: ExchangeData + Hash,
{
    type Key = K;
    type Fact = Side<L, R>;
    type Finding = (L, R);
    type Rules = ();

    /// What is known now × right after - what was known × right before is, since what was known is what is known now
    /// less the changes, changes × right before + what is known now × (right after - right before).
    fn update(
        &mut self,
        _key: &K,
        _rules: &(),
        facts: &mut dyn Iterator<Item = (Side<L, R>, isize)>,
        emit: &mut dyn FnMut((L, R), isize),
    ) {
        let before = self.right.only().cloned();
        for (fact, diff) in facts {
            match fact {
                Side::Left(left) => {
                    if let Some(right) = &before {
                        emit((left.clone(), right.clone()), diff);
                    }
                    self.lefts.update(left, diff);
                }
                Side::Right(right) => self.right.update(right, diff),
            }
        }
        let after = self.right.only();
        if before.as_ref() != after {
            for (left, count) in self.lefts.counts() {
                before.iter().for_each(|right| emit((left.clone(), right.clone()), -count));
                after.iter().for_each(|right| emit((left.clone(), R::clone(right)), count));
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.lefts.is_empty() && self.right.is_empty()
    }
}

/// Each left value with the right value of its key; a key has at most one right value at the end of a tick.
pub fn lookup<'scope, K, L, R>(
    facts: VecCollection<'scope, Tick, (K, Side<L, R>)>,
    gauge: Gauge,
    name: &str,
) -> VecCollection<'scope, Tick, (L, R)>
where
    K: ExchangeData + Hash,
    L: ExchangeData + Hash,
    R: ExchangeData + Hash,
{
    keyed::<Lookup<K, L, R>>(facts, gauge, name, ())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies one tick's facts; returns what comes and goes, sorted.
    fn tick(state: &mut Lookup<u8, char, u32>, facts: &[(Side<char, u32>, isize)]) -> Vec<((char, u32), isize)> {
        let mut found = Vec::new();
        state.update(&0, &(), &mut facts.iter().cloned(), &mut |pair, diff| found.push((pair, diff)));
        differential_dataflow::consolidation::consolidate(&mut found);
        found
    }

    #[test]
    fn every_left_value_meets_the_document_as_long_as_both_are_there() {
        use Side::{Left, Right};
        let mut state = Lookup::default();
        assert_eq!(tick(&mut state, &[(Left('a'), 1), (Left('b'), 2)]), []);
        assert_eq!(tick(&mut state, &[(Right(1), 1), (Left('c'), 1)]), [(('a', 1), 1), (('b', 1), 2), (('c', 1), 1)]);
        assert_eq!(tick(&mut state, &[(Left('b'), -2), (Left('d'), 1)]), [(('b', 1), -2), (('d', 1), 1)]);
        let replaced = tick(&mut state, &[(Right(2), 1), (Left('a'), -1), (Right(1), -1)]);
        assert_eq!(replaced, [(('a', 1), -1), (('c', 1), -1), (('c', 2), 1), (('d', 1), -1), (('d', 2), 1)]);
        assert_eq!(tick(&mut state, &[(Right(2), -1)]), [(('c', 2), -1), (('d', 2), -1)]);
        assert!(!state.is_empty());
        assert_eq!(tick(&mut state, &[(Left('c'), -1), (Left('d'), -1)]), []);
        assert!(state.is_empty());
    }
}
