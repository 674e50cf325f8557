//! The event that counts for one document key, and the records that tie with it.

use std::cmp::Ordering;

use landfall_schemas::event::Body;
use landfall_schemas::{DocumentKey, Envelope, Event, RecordId, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::AnyDoc;

/// The event that counts for one document key, and what ties with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Winner {
    pub(super) state: WinnerState,
    ties: Option<Box<Ties>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum WinnerState {
    Document(AnyDoc),
    Retraction(Box<(Envelope, RecordId, DocumentKey)>),
}

/// Records that tie with a winner in all four fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ties {
    /// Further records of the winning event itself.
    repeats: Vec<RecordId>,
    /// Records with other content.
    conflicts: Vec<RecordId>,
}

impl WinnerState {
    pub(super) fn new(record: RecordId, event: Event) -> WinnerState {
        match event.body {
            Body::Document(document) => WinnerState::Document(AnyDoc::new(event.envelope, record, document)),
            Body::Retraction(key) => WinnerState::Retraction(Box::new((event.envelope, record, key))),
        }
    }

    pub(super) fn envelope(&self) -> &Envelope {
        match self {
            WinnerState::Document(doc) => doc.envelope(),
            WinnerState::Retraction(gone) => &gone.0,
        }
    }

    fn record(&self) -> RecordId {
        match self {
            WinnerState::Document(doc) => doc.record(),
            WinnerState::Retraction(gone) => gone.1,
        }
    }

    fn body(&self) -> Body {
        match self {
            WinnerState::Document(doc) => Body::Document(doc.document()),
            WinnerState::Retraction(gone) => Body::Retraction(gone.2.clone()),
        }
    }

    pub(super) fn key(&self) -> DocumentKey {
        match self {
            WinnerState::Document(doc) => doc.key(),
            WinnerState::Retraction(gone) => gone.2.clone(),
        }
    }

    pub(super) fn document(&self) -> Option<&AnyDoc> {
        match self {
            WinnerState::Document(doc) => Some(doc),
            WinnerState::Retraction(_) => None,
        }
    }

    /// The same event, brought by another record.
    fn with_record(&self, record: RecordId) -> WinnerState {
        WinnerState::new(record, Event { envelope: self.envelope().clone(), body: self.body() })
    }
}

pub(super) fn precedence(envelope: &Envelope) -> (u64, Timestamp, &Text, &Text) {
    (envelope.revision, envelope.recorded_at, &envelope.source, &envelope.event_id)
}

impl Winner {
    /// The first event of its key.
    pub(super) fn new(record: RecordId, event: Event) -> Winner {
        Winner { state: WinnerState::new(record, event), ties: None }
    }

    /// The document key.
    pub fn key(&self) -> DocumentKey {
        self.state.key()
    }

    /// Records with other content that tie with it.
    pub(super) fn conflicts(&self) -> Vec<RecordId> {
        self.ties.as_ref().map(|ties| ties.conflicts.clone()).unwrap_or_default()
    }

    /// A greater event takes its place.
    pub(super) fn replace(&mut self, record: RecordId, event: Event) {
        *self = Winner::new(record, event);
    }

    /// Takes in a record that ties with the winner; returns the new state and which records conflict now (+1) or
    /// no longer (-1).
    pub(super) fn tie(&mut self, record: RecordId, event: Event) -> (WinnerState, Vec<(RecordId, isize)>) {
        let ties = self.ties.get_or_insert_default();
        let mut listed = Vec::new();
        let own = (self.state.body(), self.state.envelope().occurred_at);
        match (&event.body, event.envelope.occurred_at).cmp(&(&own.0, own.1)) {
            Ordering::Equal if record < self.state.record() => {
                ties.repeats.push(self.state.record());
                self.state = self.state.with_record(record);
            }
            Ordering::Equal => ties.repeats.push(record),
            Ordering::Less => {
                ties.conflicts.push(record);
                listed.push((record, 1));
            }
            Ordering::Greater => {
                // The greater content wins: every record of the old winner conflicts, and records of the new one
                // cannot have come before, for then it would have won before.
                for loser in ties.repeats.drain(..).chain([self.state.record()]) {
                    ties.conflicts.push(loser);
                    listed.push((loser, 1));
                }
                self.state = WinnerState::new(record, event);
            }
        }
        (self.state.clone(), listed)
    }
}
