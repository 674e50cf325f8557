//! The event that counts for one document key, and the records that tie with it.

use std::cmp::Ordering;
use std::hint::black_box;

use landfall_schemas::event::Body;
use landfall_schemas::packed::PackedText;
use landfall_schemas::{DocumentKey, Envelope, Event, RecordId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::document::{AnyDoc, Provenance};

/// The event that counts for one document key, and what ties with it. There is one for every document ever received, so
/// it has no room for ties where there are none, which is nearly always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Winner(Standing);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Alone(WinnerState),
    Tied(Box<(WinnerState, Ties)>),
}

/// A winner as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    state: WinnerState,
    ties: Option<Ties>,
}

impl From<Written> for Winner {
    fn from(Written { state, ties }: Written) -> Winner {
        Winner(match ties {
            None => Standing::Alone(state),
            Some(ties) => Standing::Tied(Box::new((state, ties))),
        })
    }
}

impl From<Winner> for Written {
    fn from(winner: Winner) -> Written {
        match winner.0 {
            Standing::Alone(state) => Written { state, ties: None },
            Standing::Tied(tied) => Written { state: tied.0, ties: Some(tied.1) },
        }
    }
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
            Body::Document(document) => {
                WinnerState::Document(AnyDoc::new(&Provenance::of(&event.envelope, record), document))
            }
            Body::Retraction(key) => WinnerState::Retraction(Box::new((event.envelope, record, key))),
        }
    }

    pub(super) fn provenance(&self) -> Provenance<'_> {
        match self {
            WinnerState::Document(doc) => doc.provenance(),
            WinnerState::Retraction(gone) => Provenance::of(&gone.0, gone.1),
        }
    }

    /// Has memory bring it.
    pub(super) fn bring(&self) {
        match self {
            WinnerState::Document(doc) => doc.bring(),
            WinnerState::Retraction(gone) => {
                black_box(gone.0.revision);
            }
        }
    }

    fn record(&self) -> RecordId {
        self.provenance().record
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
        WinnerState::new(record, Event { envelope: self.provenance().envelope(), body: self.body() })
    }
}

pub(super) fn precedence<'a>(of: &Provenance<'a>) -> (u64, Timestamp, &'a str, PackedText<'a>) {
    (of.revision, of.recorded_at, of.source, of.event_id)
}

impl Winner {
    /// The first event of its key.
    pub(super) fn new(record: RecordId, event: Event) -> Winner {
        Winner(Standing::Alone(WinnerState::new(record, event)))
    }

    /// The document key.
    pub fn key(&self) -> DocumentKey {
        self.state().key()
    }

    /// What counts.
    pub(super) fn state(&self) -> &WinnerState {
        match &self.0 {
            Standing::Alone(state) => state,
            Standing::Tied(tied) => &tied.0,
        }
    }

    /// Records with other content that tie with it.
    pub(super) fn conflicts(&self) -> Vec<RecordId> {
        match &self.0 {
            Standing::Alone(_) => Vec::new(),
            Standing::Tied(tied) => tied.1.conflicts.clone(),
        }
    }

    /// A greater event takes its place.
    pub(super) fn replace(&mut self, record: RecordId, event: Event) {
        *self = Winner::new(record, event);
    }

    /// Takes in a record that ties with the winner; returns the new state and which records conflict now (+1) or
    /// no longer (-1).
    pub(super) fn tie(&mut self, record: RecordId, event: Event) -> (WinnerState, Vec<(RecordId, isize)>) {
        if let Standing::Alone(state) = &self.0 {
            self.0 = Standing::Tied(Box::new((state.clone(), Ties::default())));
        }
        let Standing::Tied(tied) = &mut self.0 else { unreachable!("it was just made so") };
        let (state, ties) = &mut **tied;
        let mut listed = Vec::new();
        let own = (state.body(), state.provenance().occurred_at);
        match (&event.body, event.envelope.occurred_at).cmp(&(&own.0, own.1)) {
            Ordering::Equal if record < state.record() => {
                ties.repeats.push(state.record());
                *state = state.with_record(record);
            }
            Ordering::Equal => ties.repeats.push(record),
            Ordering::Less => {
                ties.conflicts.push(record);
                listed.push((record, 1));
            }
            Ordering::Greater => {
                // The greater content wins: every record of the old winner conflicts, and records of the new one
                // cannot have come before, for then it would have won before.
                for loser in ties.repeats.drain(..).chain([state.record()]) {
                    ties.conflicts.push(loser);
                    listed.push((loser, 1));
                }
                *state = WinnerState::new(record, event);
            }
        }
        (state.clone(), listed)
    }
}
