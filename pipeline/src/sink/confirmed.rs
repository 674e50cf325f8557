//! Transactions that the brokers have confirmed last: they may lose them again.
//!
//! A broker that is stopped in order and has the only replica of a partition confirms a commit, and then takes the partition for
//! deleted and does not mark the end of the transaction in it (Kafka 4.3, `TransactionMarkerChannelManager`; the transaction's
//! state is `CompleteCommit` all the same). The records stay open, and the next transaction of the sink decides what becomes
//! of them: a commit shows them, but when it is given up, they go with it.

use std::collections::VecDeque;

use landfall_operators::Tick;

/// So many rows of confirmed transactions are kept. They are shared with whoever else has them.
pub const CONFIRMED_ROWS_MAX: usize = 100_000;
/// So many confirmed transactions are kept: several seconds of them, where a broker needs one or two to stop.
pub const CONFIRMED_MAX: usize = 256;

/// The transactions that were confirmed last.
pub struct Confirmed<T> {
    /// Oldest first.
    kept: VecDeque<Kept<T>>,
    rows: usize,
    /// Up to this tick nothing is kept.
    forgotten: Tick,
    /// Up to this tick everything is confirmed.
    through: Tick,
}

struct Kept<T> {
    through: Tick,
    rows: usize,
    transaction: T,
}

impl<T> Confirmed<T> {
    /// Everything up to this tick was written by somebody else.
    pub fn through(tick: Tick) -> Confirmed<T> {
        Confirmed { kept: VecDeque::new(), rows: 0, forgotten: tick, through: tick }
    }

    /// The tick up to which everything is confirmed.
    pub fn tick(&self) -> Tick {
        self.through
    }

    /// Keeps a transaction of so many rows that was just confirmed, up to a tick.
    pub fn add(&mut self, through: Tick, rows: usize, transaction: T) {
        self.through = through;
        self.rows += rows;
        self.kept.push_back(Kept { through, rows, transaction });
        while (self.rows > CONFIRMED_ROWS_MAX || self.kept.len() > CONFIRMED_MAX)
            && let Some(oldest) = self.kept.pop_front()
        {
            self.rows -= oldest.rows;
            self.forgotten = oldest.through;
        }
    }

    /// The topics hold everything up to this tick and no more: takes out what they lost, oldest first. `None` when some of that is
    /// no longer kept.
    pub fn lost_after(&mut self, tick: Tick) -> Option<Vec<T>> {
        if tick < self.forgotten {
            return None;
        }
        let lost = self.kept.split_off(self.kept.partition_point(|kept| kept.through <= tick));
        self.rows -= lost.iter().map(|kept| kept.rows).sum::<usize>();
        self.through = self.through.min(tick);
        Some(lost.into_iter().map(|kept| kept.transaction).collect())
    }
}
