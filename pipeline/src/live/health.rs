//! Whether the process lives, and whether it can be asked.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::telemetry::Alarms;

/// The ticker goes round far more often; where it does not, something holds it up.
const HELD_UP: Duration = Duration::from_secs(10);

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
pub struct Health {
    /// How far, and when the ticker last went round.
    state: Mutex<(Phase, Instant)>,
    alarms: Arc<Alarms>,
}

impl Health {
    /// The health of a process that has just begun; alarms make it unready.
    pub fn new(alarms: Arc<Alarms>) -> Health {
        Health { state: Mutex::new((Phase::Restoring, Instant::now())), alarms }
    }

    /// Notes how far the process has come.
    pub fn set(&self, phase: Phase) {
        self.lock().0 = phase;
    }

    /// Notes that the ticker goes round.
    pub fn goes_round(&self) {
        self.lock().1 = Instant::now();
    }

    /// How far the process has come.
    pub fn phase(&self) -> Phase {
        self.lock().0.clone()
    }

    /// Why it cannot be asked; `None` when it can. An alarm makes it unready: what is served is whole, but of a past tick.
    pub fn reason(&self) -> Option<String> {
        let (phase, round) = self.lock().clone();
        let alarm = self.alarms.reason();
        match phase {
            Phase::Joining => Some("waiting for the other processes".to_owned()),
            Phase::Restoring => Some("restoring the checkpoint".to_owned()),
            Phase::Repeating { ticks_left } => Some(format!("repeating {ticks_left} ticks since the checkpoint")),
            Phase::CatchingUp { behind } => Some(format!("catching up: {behind} partitions are behind")),
            Phase::Ready if round.elapsed() > HELD_UP => {
                let because = alarm.map_or_else(String::new, |reason| format!(" ({reason})"));
                Some(format!("no tick could be made for {} s{because}", round.elapsed().as_secs()))
            }
            Phase::Ready => alarm,
            Phase::Stopping => Some("stopping".to_owned()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.state.lock().expect("nobody panics while noting the phase")
    }
}
