//! Transactions that the brokers have confirmed last: they may lose them again.
//!
//! A broker that is stopped in order and has the only replica of a partition confirms a commit, and then takes the partition for
//! deleted and does not mark the end of the transaction in it (Kafka 4.3, `TransactionMarkerChannelManager`; the transaction's
//! state is `CompleteCommit` all the same). The records stay open, and the next transaction of the sink decides what becomes
//! of them: a commit shows them, but when it is given up, they go with it.

use std::collections::VecDeque;

use landfall_operators::Tick;
use landfall_operators::rows::View;

use super::transaction::Transaction;

/// So many rows are kept. They are shared with whoever else has them.
const ROWS_MAX: usize = 100_000;

/// The transactions that were confirmed last.
pub(super) struct Confirmed {
    /// Oldest first.
    transactions: VecDeque<(Transaction, usize)>,
    rows: usize,
    /// Up to this tick nothing is kept.
    forgotten: Tick,
    /// Up to this tick everything is confirmed.
    pub(super) through: Tick,
}

impl Confirmed {
    /// Everything up to this tick was written by somebody else.
    pub(super) fn through(tick: Tick) -> Confirmed {
        Confirmed { transactions: VecDeque::new(), rows: 0, forgotten: tick, through: tick }
    }

    /// Keeps a transaction that was just confirmed up to a tick.
    pub(super) fn add(&mut self, transaction: Transaction, through: Tick, views: &[View]) {
        self.through = through;
        let rows = transaction.rows(views);
        self.rows += rows;
        self.transactions.push_back((transaction, rows));
        while self.rows > ROWS_MAX
            && let Some((oldest, rows)) = self.transactions.pop_front()
        {
            self.rows -= rows;
            self.forgotten = oldest.through.map_or(self.forgotten, |record| record.tick);
        }
    }

    /// The topics hold everything up to this tick and no more: takes out what they lost, oldest first. `None` when some of that is
    /// no longer kept.
    pub(super) fn lost_after(&mut self, tick: Tick) -> Option<Vec<Transaction>> {
        if tick < self.forgotten {
            return None;
        }
        let is_there =
            |(known, _): &(Transaction, usize)| known.through.as_ref().is_none_or(|record| record.tick <= tick);
        let lost = self.transactions.split_off(self.transactions.partition_point(is_there));
        self.rows -= lost.iter().map(|(_, rows)| rows).sum::<usize>();
        self.through = self.through.min(tick);
        Some(lost.into_iter().map(|(transaction, _)| transaction).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use landfall_schemas::Timestamp;

    use super::super::row::ChangedRow;
    use super::super::transaction::Part;
    use super::*;
    use crate::checkpoint::{Positions, TickRecord};

    const VIEWS: [View; 1] = [View::Exceptions];

    fn transaction(tick: Tick, rows: usize) -> Transaction {
        let row = ChangedRow { view: View::Exceptions, key: b"{}".to_vec(), value: None };
        let mut transaction = Transaction::default();
        transaction.add(Part::Lacking(tick, Timestamp(0), vec![row; rows].into()), &VIEWS);
        transaction.through = Some(Arc::new(TickRecord { tick, clock_ms: 0, positions: Positions::new() }));
        transaction
    }

    fn ticks(lost: Option<Vec<Transaction>>) -> Option<Vec<Tick>> {
        lost.map(|lost| lost.iter().map(|transaction| transaction.through.as_ref().unwrap().tick).collect())
    }

    #[test]
    fn what_the_topics_no_longer_hold_is_known() {
        let mut confirmed = Confirmed::through(3);
        for tick in [5, 6, 9] {
            confirmed.add(transaction(tick, 1), tick, &VIEWS);
        }
        assert_eq!(ticks(confirmed.lost_after(9)), Some(vec![]));
        assert_eq!((ticks(confirmed.lost_after(5)), confirmed.through), (Some(vec![6, 9]), 5));
        // It is known once: now it is up to whoever took it to write it.
        assert_eq!(ticks(confirmed.lost_after(5)), Some(vec![]));
        assert_eq!((ticks(confirmed.lost_after(3)), confirmed.through), (Some(vec![5]), 3));
        assert_eq!(ticks(confirmed.lost_after(2)), None);
    }

    #[test]
    fn no_more_rows_are_kept_than_a_transaction_may_have() {
        let mut confirmed = Confirmed::through(0);
        confirmed.add(transaction(1, ROWS_MAX), 1, &VIEWS);
        confirmed.add(transaction(2, 1), 2, &VIEWS);
        assert_eq!(ticks(confirmed.lost_after(0)), None);
        assert_eq!(ticks(confirmed.lost_after(1)), Some(vec![2]));
        // Not even one transaction alone.
        confirmed.add(transaction(3, ROWS_MAX + 1), 3, &VIEWS);
        assert_eq!((ticks(confirmed.lost_after(2)), confirmed.rows), (None, 0));
    }
}
