//! How many changed rows may wait for a thread that takes closed ticks: ticks are small live and large while catching up.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Rows that wait; then the engine waits too, unless nothing waits at all.
const ROWS_WAITING_MAX: usize = 200_000;

/// Counts rows on their way to a thread.
#[derive(Default)]
pub(crate) struct Budget {
    waiting: Mutex<usize>,
    fewer: Condvar,
}

impl Budget {
    /// Waits until so many more rows may wait, or whoever takes them has gone.
    pub(crate) fn add(&self, rows: usize, has_gone: impl Fn() -> bool) {
        let mut waiting = self.waiting.lock().expect("nobody panics while counting rows");
        while *waiting > 0 && *waiting + rows > ROWS_WAITING_MAX && !has_gone() {
            let (guard, _) = self
                .fewer
                .wait_timeout(waiting, Duration::from_millis(200))
                .expect("nobody panics while counting rows");
            waiting = guard;
        }
        *waiting += rows;
    }

    /// So many rows no longer wait.
    pub(crate) fn take(&self, rows: usize) {
        let mut waiting = self.waiting.lock().expect("nobody panics while counting rows");
        *waiting = waiting.saturating_sub(rows);
        self.fewer.notify_one();
    }
}
