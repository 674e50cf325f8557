//! The upsert rule: of all events with one document key, which one counts.
//!
//! The winner is the greatest by (`revision`, `recorded_at`, `source`, `event_id`). State per key is the winner
//! alone, and only where records tie with it also which they are. Events recorded later than the clock allows are
//! held here until their time.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use landfall_schemas::event::Body;
use landfall_schemas::{DataError, DocumentKey, Envelope, ErrorCode, Event, RecordId, Stream, Text, Timestamp};
use std::hash::BuildHasher;

use crate::document::AnyDoc;
use crate::rows::messages::{conflicting_message, held_message};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum RecordStatus {
    /// It was read.
    Received,
    /// It brought a document in force.
    InForce,
    /// It withdrew a document.
    Retracted,
    /// It is no event.
    DeadLettered,
    /// It waits for its time.
    Held,
    /// A repeat, an older version, or the loser of a tie.
    Superseded,
}

impl RecordStatus {
    /// Every status.
    pub const ALL: [RecordStatus; 6] = [
        RecordStatus::Received,
        RecordStatus::InForce,
        RecordStatus::Retracted,
        RecordStatus::DeadLettered,
        RecordStatus::Held,
        RecordStatus::Superseded,
    ];

    /// The status's name in `control_totals`.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordStatus::Received => "received",
            RecordStatus::InForce => "in_force",
            RecordStatus::Retracted => "retracted",
            RecordStatus::DeadLettered => "dead_lettered",
            RecordStatus::Held => "held",
            RecordStatus::Superseded => "superseded",
        }
    }
}

/// What a change of the documents looks like from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum UpsertChange {
    /// A document comes into force or goes.
    Document(AnyDoc),
    /// A record is held, or conflicts with a winner.
    Listed(Box<(RecordId, DataError)>),
    /// So many records of a stream have a status.
    Counted(Stream, RecordStatus),
}

/// The event that counts for one document key, and what ties with it.
#[derive(Debug)]
struct Winner {
    state: WinnerState,
    ties: Option<Box<Ties>>,
}

#[derive(Clone, Debug)]
enum WinnerState {
    Document(AnyDoc),
    Retraction(Box<(Envelope, RecordId, DocumentKey)>),
}

/// Records that tie with a winner in all four fields.
#[derive(Debug, Default)]
struct Ties {
    /// Further records of the winning event itself.
    repeats: Vec<RecordId>,
    /// Records with other content.
    conflicts: Vec<RecordId>,
}

impl WinnerState {
    fn new(record: RecordId, event: Event) -> WinnerState {
        match event.body {
            Body::Document(document) => WinnerState::Document(AnyDoc::new(event.envelope, record, document)),
            Body::Retraction(key) => WinnerState::Retraction(Box::new((event.envelope, record, key))),
        }
    }

    fn envelope(&self) -> &Envelope {
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

    fn key(&self) -> DocumentKey {
        match self {
            WinnerState::Document(doc) => doc.key(),
            WinnerState::Retraction(gone) => gone.2.clone(),
        }
    }

    fn document(&self) -> Option<&AnyDoc> {
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

fn precedence(envelope: &Envelope) -> (u64, Timestamp, &Text, &Text) {
    (envelope.revision, envelope.recorded_at, &envelope.source, &envelope.event_id)
}

/// The documents in force of one worker's share of the keys.
pub struct Documents {
    winners: HashTable<Winner>,
    hasher: DefaultHashBuilder,
    held: BTreeMap<(Timestamp, RecordId), Event>,
    skew_ms: i64,
    /// Documents as they were before the tick, for the keys that it touched.
    before: HashMap<DocumentKey, Option<AnyDoc>>,
    changes: Vec<(UpsertChange, isize)>,
    /// How the number of records with each status changes.
    counts: BTreeMap<(Stream, RecordStatus), isize>,
}

impl Documents {
    /// No documents yet. Events recorded more than `skew_ms` after the clock are held.
    pub fn new(skew_ms: i64) -> Documents {
        Documents {
            winners: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            held: BTreeMap::new(),
            skew_ms,
            before: HashMap::new(),
            changes: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    /// How many document keys and held events there are.
    pub fn len(&self) -> usize {
        self.winners.len() + self.held.len()
    }

    /// Whether nothing was ever kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies the records of one tick at its clock and returns what changed.
    pub fn tick(
        &mut self,
        clock: Timestamp,
        records: impl Iterator<Item = (RecordId, Event)>,
    ) -> Vec<(UpsertChange, isize)> {
        while let Some(entry) = self.held.first_entry() {
            if entry.key().0 > clock {
                break;
            }
            let ((_, record), event) = entry.remove_entry();
            self.list_held(record, &event, -1);
            self.upsert(record, event);
        }
        for (record, event) in records {
            let release_at = event.envelope.recorded_at.plus_ms(-self.skew_ms);
            self.count(event.document_stream(), RecordStatus::Received, 1);
            if release_at > clock {
                self.list_held(record, &event, 1);
                self.held.insert((release_at, record), event);
            } else {
                self.upsert(record, event);
            }
        }
        let touched = std::mem::take(&mut self.before);
        for (key, before) in touched {
            let after = self.find(&key).and_then(|winner| winner.state.document().cloned());
            if before != after {
                self.changes.extend(before.map(|doc| (UpsertChange::Document(doc), -1)));
                self.changes.extend(after.map(|doc| (UpsertChange::Document(doc), 1)));
            }
        }
        let counts = std::mem::take(&mut self.counts).into_iter().filter(|(_, diff)| *diff != 0);
        self.changes.extend(counts.map(|((stream, status), diff)| (UpsertChange::Counted(stream, status), diff)));
        std::mem::take(&mut self.changes)
    }

    fn find(&self, key: &DocumentKey) -> Option<&Winner> {
        self.winners.find(self.hasher.hash_one(key), |winner| winner.state.key() == *key)
    }

    fn count(&mut self, stream: Stream, status: RecordStatus, diff: isize) {
        *self.counts.entry((stream, status)).or_insert(0) += diff;
    }

    fn count_state(&mut self, stream: Stream, state: &WinnerState, diff: isize) {
        let status = if state.document().is_some() { RecordStatus::InForce } else { RecordStatus::Retracted };
        self.count(stream, status, diff);
    }

    fn list_held(&mut self, record: RecordId, event: &Event, diff: isize) {
        let error = DataError {
            stream: Some(event.document_stream()),
            code: ErrorCode::FutureDated,
            field: "recorded_at".into(),
            message: held_message(event.envelope.recorded_at),
            event_id: event.envelope.event_id.clone(),
        };
        self.count(event.document_stream(), RecordStatus::Held, diff);
        self.changes.push((UpsertChange::Listed(Box::new((record, error))), diff));
    }

    fn list_conflict(&mut self, stream: Stream, record: RecordId, event_id: &Text, diff: isize) {
        let error = DataError {
            stream: Some(stream),
            code: ErrorCode::ConflictingEvent,
            field: String::new(),
            message: conflicting_message(),
            event_id: event_id.clone(),
        };
        self.changes.push((UpsertChange::Listed(Box::new((record, error))), diff));
    }

    fn upsert(&mut self, record: RecordId, event: Event) {
        let key = event.key();
        let stream = event.document_stream();
        let hash = self.hasher.hash_one(&key);
        let hasher = &self.hasher;
        let entry =
            self.winners.entry(hash, |winner| winner.state.key() == key, |winner| hasher.hash_one(winner.state.key()));
        match entry {
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let state = WinnerState::new(record, event);
                vacant.insert(Winner { state: state.clone(), ties: None });
                self.before.entry(key).or_insert(None);
                self.count_state(stream, &state, 1);
            }
            hashbrown::hash_table::Entry::Occupied(mut occupied) => {
                let order = precedence(&event.envelope).cmp(&precedence(occupied.get().state.envelope()));
                if order == Ordering::Less {
                    self.count(stream, RecordStatus::Superseded, 1);
                    return;
                }
                let winner = occupied.get_mut();
                let old = winner.state.clone();
                self.before.entry(key).or_insert_with(|| old.document().cloned());
                if order == Ordering::Greater {
                    winner.state = WinnerState::new(record, event);
                    let (new, ties) = (winner.state.clone(), winner.ties.take());
                    for loser in ties.map(|ties| ties.conflicts).unwrap_or_default() {
                        self.list_conflict(stream, loser, &old.envelope().event_id, -1);
                    }
                    self.replace_count(stream, &old, &new);
                } else {
                    let (new, listed) = winner.tie(record, event);
                    for (loser, diff) in listed {
                        self.list_conflict(stream, loser, &old.envelope().event_id, diff);
                    }
                    self.replace_count(stream, &old, &new);
                }
            }
        }
    }

    /// One more record came for a key that has a winner: one of its records is superseded.
    fn replace_count(&mut self, stream: Stream, old: &WinnerState, new: &WinnerState) {
        self.count_state(stream, old, -1);
        self.count_state(stream, new, 1);
        self.count(stream, RecordStatus::Superseded, 1);
    }
}

impl Winner {
    /// Takes in a record that ties with the winner; returns the new state and which records conflict now (+1) or
    /// no longer (-1).
    fn tie(&mut self, record: RecordId, event: Event) -> (WinnerState, Vec<(RecordId, isize)>) {
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
