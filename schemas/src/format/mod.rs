//! Wire formats: each turns the bytes of a record into canonical events or errors.
//!
//! `json` is the canonical one: one event a record. The others are adapters: they read what a partner sends, with
//! what a [`Profile`] says about that partner, and may make many events of one record.

mod draft;
pub mod edifact;
mod envelope;
pub mod json;
mod profile;
mod settings;
pub mod x12;
mod zone;

pub use profile::{CodeMaps, Profile};
pub use settings::ProfileError;

use crate::{DataError, Event};

/// One record as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The record's bytes.
    pub value: &'a [u8],
    /// The record's key, where it has one.
    pub key: Option<&'a [u8]>,
    /// Topic or file name (without folders).
    pub origin: &'a str,
    /// Partition of the topic; 0 for files.
    pub partition: u32,
    /// Offset in the partition; the line or record number, from 1, for files.
    pub offset: u64,
    /// Headers, in their order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// What one part of a record says: an event, or why it is none.
pub type Outcome = Result<Event, DataError>;

/// Turns records of one source into canonical events.
///
/// Never panics, whatever the bytes. The same record always gives the same outcomes in the same order. Every fault of a
/// part is located (`segment B3[2]`, `lines[4].amount`) and leaves the other parts unharmed.
pub trait Decoder: Send + Sync {
    /// Adds what the record says to `outcomes`. A record that says nothing of interest (an acknowledgement that
    /// accepts) adds nothing.
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>);
}

/// The canonical format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Decoder for Json {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        outcomes.push(json::decode(record.value));
    }
}
