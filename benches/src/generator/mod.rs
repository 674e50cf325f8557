//! The generator: a configuration in, events in the order of their arrival out.
//!
//! - [`Population::Business`] streams: the memory it takes follows [`Config::shipments_per_day`], not the number of
//!   shipments. It is made of *campaigns* of eight shipments, each from the seed and its index alone.
//! - [`Population::Hostile`] is made in memory at once, for tests.
//!
//! The same configuration gives the same events on every machine: all chance comes from [`dice`], all arithmetic is
//! on integers.

mod bad;
mod business;
mod calendar;
mod config;
mod dice;
mod directory;
mod faults;
mod hostile;
mod numbers;
mod rates;
mod stream;
#[cfg(test)]
mod tests;

pub use config::{Config, Faults, Population};

use landfall_schemas::format::json;
use landfall_schemas::{DataError, ErrorCode, Event, Stream, Timestamp};

/// A record as it reaches Landfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedEvent {
    /// When it arrives; the iterator is ordered by it.
    pub arrived_at: Timestamp,
    /// The topic that carries it.
    pub stream: Stream,
    /// What it is.
    pub payload: Payload,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly all are events; a box would cost each of them an allocation")]
pub enum Payload {
    /// An event that decodes.
    Event(Event),
    /// A broken record (`Faults::bad_pct`): never with a line feed in it.
    Bad {
        /// Its bytes; not always UTF-8.
        bytes: Vec<u8>,
        /// With which code decoding refuses it.
        code: ErrorCode,
    },
}

impl GeneratedEvent {
    /// An event that arrives then.
    pub(crate) fn new(event: Event, arrived_at: Timestamp) -> GeneratedEvent {
        GeneratedEvent { arrived_at, stream: faults::stream_of(&event), payload: Payload::Event(event) }
    }

    /// What decoding its bytes gives.
    ///
    /// # Errors
    /// What is wrong with a broken record.
    pub fn outcome(self) -> Result<Event, DataError> {
        match self.payload {
            Payload::Event(event) => Ok(event),
            Payload::Bad { bytes, .. } => json::decode(&bytes),
        }
    }

    /// The event, unless the record is broken.
    pub fn event(&self) -> Option<&Event> {
        match &self.payload {
            Payload::Event(event) => Some(event),
            Payload::Bad { .. } => None,
        }
    }

    /// The record as one line of JSON without the line feed; of a broken record its bytes.
    pub fn to_json_line(&self) -> Vec<u8> {
        match &self.payload {
            Payload::Event(event) => json::encode(event).into_bytes(),
            Payload::Bad { bytes, .. } => bytes.clone(),
        }
    }
}

/// All events of a population, in the order of their arrival.
pub fn generate(config: &Config) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
    generate_part(config, 0, 1)
}

/// The events of every `parts`th campaign from number `part` on, for several producers at work side by side. The parts
/// together have the same events as the whole, up to their order; reference data comes in part 0. A hostile population
/// has one part only.
pub fn generate_part(config: &Config, part: u64, parts: u64) -> impl Iterator<Item = GeneratedEvent> + Send + use<> {
    assert!(part < parts, "parts are numbered from 0");
    let (business, hostile) = match config.population {
        Population::Business => (Some(stream::Events::new(config, part, parts)), Vec::new()),
        Population::Hostile if part == 0 => (None, hostile::population(config)),
        Population::Hostile => (None, Vec::new()),
    };
    business.into_iter().flatten().chain(hostile)
}
