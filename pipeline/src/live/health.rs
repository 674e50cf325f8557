//! Whether the process lives, and whether it can be asked.

use std::sync::{Mutex, MutexGuard};

/// How far the process has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It waits for the other processes.
    Joining,
    /// It reads its checkpoint.
    Restoring,
    /// It repeats the ticks since.
    Repeating {
        /// How many are left.
        ticks_left: usize,
    },
    /// It reads what has come meanwhile.
    CatchingUp {
        /// Partitions that are behind.
        behind: usize,
    },
    /// Everything is current.
    Ready,
    /// It stops.
    Stopping,
}

/// What the health endpoints say.
#[derive(Debug)]
pub struct Health(Mutex<Phase>);

impl Default for Health {
    fn default() -> Health {
        Health(Mutex::new(Phase::Restoring))
    }
}

impl Health {
    /// Notes how far the process has come.
    pub fn set(&self, phase: Phase) {
        *self.lock() = phase;
    }

    /// How far the process has come.
    pub fn phase(&self) -> Phase {
        self.lock().clone()
    }

    /// Why it cannot be asked; `None` when it can.
    pub fn reason(&self) -> Option<String> {
        match self.phase() {
            Phase::Joining => Some("waiting for the other processes".to_owned()),
            Phase::Restoring => Some("restoring the checkpoint".to_owned()),
            Phase::Repeating { ticks_left } => Some(format!("repeating {ticks_left} ticks since the checkpoint")),
            Phase::CatchingUp { behind } => Some(format!("catching up: {behind} partitions are behind")),
            Phase::Ready => None,
            Phase::Stopping => Some("stopping".to_owned()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.0.lock().expect("nobody panics while noting the phase")
    }
}
