//! A left join of many with the smallest of what has their key: charges with their mapped code, references with the
//! shipment that a name means.

use std::hash::Hash;
use std::marker::PhantomData;

use differential_dataflow::ExchangeData;
use landfall_operators::operator::bag::{Bag, SortedBag};
use landfall_operators::operator::keyed::{Emit, Facts, Keyed};
use landfall_operators::operator::lookup::Side;

/// What is known under a key.
pub struct Meet<K, L, R> {
    lefts: Bag<L>,
    rights: SortedBag<R>,
    key: PhantomData<K>,
}

impl<K, L, R> Default for Meet<K, L, R> {
    fn default() -> Self {
        Meet { lefts: Bag::default(), rights: SortedBag::default(), key: PhantomData }
    }
}

impl<K, L, R> Keyed for Meet<K, L, R>
where
    K: ExchangeData + Hash,
    L: ExchangeData + Hash,
    R: ExchangeData + Hash,
{
    type Key = K;
    type Fact = Side<L, R>;
    type Finding = (L, Option<R>);
    type Rules = ();

    fn update(&mut self, _key: &K, _rules: &(), facts: Facts<'_, Self>, emit: Emit<'_, Self>) {
        let before = self.rights.first().cloned();
        let mut new = Vec::new();
        for (fact, diff) in facts {
            match fact {
                Side::Left(left) => new.push((left, diff)),
                Side::Right(right) => self.rights.update(right, diff),
            }
        }
        let after = self.rights.first().cloned();
        if before != after {
            for (left, count) in self.lefts.counts() {
                emit((left.clone(), before.clone()), -count);
                emit((left.clone(), after.clone()), count);
            }
        }
        for (left, diff) in new {
            emit((left.clone(), after.clone()), diff);
            self.lefts.update(left, diff);
        }
    }

    fn is_empty(&self) -> bool {
        self.lefts.is_empty() && self.rights.is_empty()
    }
}
