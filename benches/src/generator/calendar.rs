//! A queue by time for what is mostly put in far ahead: buckets of ten minutes, sorted only when their time comes.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use landfall_schemas::Timestamp;

const BUCKET_MS: i64 = 600_000;

/// Items by their time; those of one time by their order.
pub(crate) struct Calendar<T> {
    /// What is due in the bucket under way or was put in too late for its own.
    due: BinaryHeap<Reverse<(Timestamp, T)>>,
    /// The buckets after it.
    ahead: VecDeque<Vec<Reverse<(Timestamp, T)>>>,
    /// Number of the first bucket of `ahead`, in bucket lengths since 1970.
    first_ahead: i64,
}

impl<T: Ord> Calendar<T> {
    /// An empty calendar that begins then.
    pub(crate) fn new(begins_at: Timestamp) -> Calendar<T> {
        let first_ahead = begins_at.0.div_euclid(BUCKET_MS);
        Calendar { due: BinaryHeap::new(), ahead: VecDeque::new(), first_ahead }
    }

    /// Puts an item in.
    pub(crate) fn push(&mut self, at: Timestamp, item: T) {
        let place = at.0.div_euclid(BUCKET_MS) - self.first_ahead;
        let Ok(place) = usize::try_from(place) else {
            return self.due.push(Reverse((at, item)));
        };
        if place >= self.ahead.len() {
            self.ahead.resize_with(place + 1, Vec::new);
        }
        self.ahead[place].push(Reverse((at, item)));
    }

    /// When the first item is due.
    pub(crate) fn next_at(&mut self) -> Option<Timestamp> {
        while self.due.is_empty() {
            self.due = self.ahead.pop_front()?.into();
            self.first_ahead += 1;
        }
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the first item out.
    pub(crate) fn pop(&mut self) -> Option<(Timestamp, T)> {
        self.next_at()?;
        self.due.pop().map(|Reverse(first)| first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::dice::Dice;

    #[test]
    fn items_leave_in_the_order_of_time() {
        let mut dice = Dice::new(1, &[]);
        let mut calendar = Calendar::new(Timestamp(1_000_000));
        let mut now = Timestamp(0);
        let mut inside: Vec<(Timestamp, u64)> = Vec::new();
        for item in 0..5_000 {
            let at = now.plus_ms(dice.between(0, 40 * BUCKET_MS));
            calendar.push(at, item);
            inside.push((at, item));
            if dice.percent(60) {
                let first = inside.iter().min().copied();
                assert_eq!(calendar.pop(), first);
                inside.retain(|entry| Some(*entry) != first);
                now = first.map_or(now, |(at, _)| at);
            }
        }
        inside.sort();
        assert_eq!(std::iter::from_fn(|| calendar.pop()).collect::<Vec<_>>(), inside);
    }
}
