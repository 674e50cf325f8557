//! Runs the dataflow on a number of workers: ticks go in, closed ticks with the changes of every view come out.

use landfall_operators::rows::Changes;
use landfall_operators::settings::Settings;
use landfall_schemas::{DataError, Event, RecordId, Timestamp};

/// One record as it arrived: where from, and the event or why it is none.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it came from.
    pub record: RecordId,
    /// What it says.
    pub outcome: Result<Event, DataError>,
}

/// What a closed tick changed, consolidated, all views together.
#[derive(Clone, Debug)]
pub struct ClosedTick {
    /// Number of the tick, from 1.
    pub tick: u64,
    /// The clock at the tick.
    pub clock: Timestamp,
    /// Changes of the views that changed; at most one entry a view.
    pub changes: Vec<Changes>,
}

/// Why the engine stopped.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A worker could not be started.
    #[error("could not start {workers} workers: {reason}")]
    Start {
        /// How many were asked for.
        workers: usize,
        /// What the dataflow library said.
        reason: String,
    },
    /// A worker panicked.
    #[error("an engine worker stopped: {reason}; the output so far is incomplete")]
    Worker {
        /// What it said.
        reason: String,
    },
}

/// A running engine.
pub struct Engine {}

impl Engine {
    /// Starts the workers.
    ///
    /// # Errors
    /// When a worker thread cannot be started.
    pub fn start(_workers: usize, _settings: Settings) -> Result<Engine, EngineError> {
        Ok(Engine {})
    }

    /// Hands over one tick: the clock and what arrived since the last tick. The clock never goes back: an earlier
    /// clock counts as the last one.
    ///
    /// Blocks while too many ticks are in flight. Returns the ticks that closed meanwhile, oldest first.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn tick(&mut self, _clock: Timestamp, _arrivals: Vec<Arrival>) -> Result<Vec<ClosedTick>, EngineError> {
        Ok(Vec::new())
    }

    /// Waits for every tick in flight and stops the workers. Returns the ticks that closed meanwhile.
    ///
    /// # Errors
    /// When a worker stopped.
    pub fn finish(self) -> Result<Vec<ClosedTick>, EngineError> {
        Ok(Vec::new())
    }
}
