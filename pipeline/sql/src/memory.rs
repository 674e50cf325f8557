//! Memory of queries: each statement has a limit, and all of them together have one.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::resources_err;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool, MemoryReservation};

/// What all statements use.
#[derive(Debug)]
pub(super) struct Total(Account);

/// What one statement uses.
#[derive(Debug)]
pub(super) struct StatementMemory {
    own: Account,
    total: Arc<Total>,
}

#[derive(Debug)]
struct Account {
    used: AtomicUsize,
    max: usize,
}

impl Account {
    fn new(max: usize) -> Account {
        Account { used: AtomicUsize::new(0), max }
    }

    fn try_grow(&self, bytes: usize) -> bool {
        let grown = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.max);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).is_ok()
    }

    fn grow(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    fn shrink(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Total {
    pub fn new(bytes_max: usize) -> Total {
        Total(Account::new(bytes_max))
    }
}

impl StatementMemory {
    pub fn new(bytes_max: usize, total: Arc<Total>) -> StatementMemory {
        StatementMemory { own: Account::new(bytes_max), total }
    }
}

impl fmt::Display for StatementMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.reserved(), self.own.max)
    }
}

impl MemoryPool for StatementMemory {
    fn name(&self) -> &'static str {
        "statement"
    }

    fn grow(&self, _reservation: &MemoryReservation, additional: usize) {
        self.own.grow(additional);
        self.total.0.grow(additional);
    }

    fn shrink(&self, _reservation: &MemoryReservation, shrink: usize) {
        self.own.shrink(shrink);
        self.total.0.shrink(shrink);
    }

    fn try_grow(&self, _reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if !self.own.try_grow(additional) {
            return resources_err!("a statement may use {} bytes", self.own.max);
        }
        if !self.total.0.try_grow(additional) {
            self.own.shrink(additional);
            return resources_err!("all statements together may use {} bytes", self.total.0.max);
        }
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.own.used.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.own.max)
    }
}
