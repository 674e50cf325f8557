//! The upsert rule: of all events with one document key, which one counts.
//!
//! The winner is the greatest by (`revision`, `recorded_at`, `source`, `event_id`). State per key is the winner
//! alone, and only where records tie with it also which they are. Events recorded later than the clock allows are
//! held here until their time.
//!
//! This state is all that a checkpoint has to keep ([`Saved`]): everything else follows from it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use landfall_schemas::{DataError, DocumentKey, ErrorCode, Event, RecordId, Stream, Timestamp};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::index::TOGETHER;
use super::table::Table;
use super::winner::{Winner, WinnerState, precedence};
use crate::document::{AnyDoc, Provenance};
use crate::rows::messages::{conflicting_message, held_message};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UpsertChange {
    /// A document comes into force or goes.
    Document(AnyDoc),
    /// A record is held, or conflicts with a winner.
    Listed(Box<(RecordId, DataError)>),
    /// So many records of a stream have a status.
    Counted(Stream, RecordStatus),
}

/// An event that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// The clock at which it counts.
    pub release_at: Timestamp,
    /// The record that brought it.
    pub record: RecordId,
    /// The event.
    pub event: Event,
}

/// One entry of the state of the upsert rule, as checkpoints keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saved {
    /// What counts for a document key; replaces what was saved for that key before.
    Winner(Winner),
    /// An event that is held, and by how many records of the same place; 0 when it is held no longer. In a box: few entries
    /// are such, and all would be as large when a checkpoint comes back.
    Held(Box<Held>, u32),
    /// So many records of a stream were superseded since the last checkpoint; these add up.
    Superseded(Stream, u64),
}

impl Saved {
    /// The document key that it is kept under, on the worker that this key belongs to.
    pub fn key(&self) -> Option<DocumentKey> {
        match self {
            Saved::Winner(winner) => Some(winner.key()),
            Saved::Held(held, _) => Some(held.event.key()),
            Saved::Superseded(..) => None,
        }
    }
}

/// The documents in force of one worker's share of the keys.
pub struct Documents {
    winners: Table<Winner>,
    hasher: DefaultHashBuilder,
    held: BTreeMap<Held, u32>,
    skew_ms: i64,
    /// The keys that the tick touched.
    touched: HashTable<Touched>,
    changes: Vec<(UpsertChange, isize)>,
    /// How the number of records with each status changes.
    counts: BTreeMap<(Stream, RecordStatus), isize>,
    /// What changed since the last checkpoint; `None` where none are taken.
    unsaved: Option<Unsaved>,
}

/// A document key that a tick touched: what was in force before it, and what is.
struct Touched {
    hash: u64,
    key: DocumentKey,
    before: Option<AnyDoc>,
    after: Option<AnyDoc>,
}

/// Room for keys that is kept from tick to tick.
const TOUCHED_KEPT: usize = 1 << 16;

/// What changed since the last checkpoint.
#[derive(Debug, Default)]
struct Unsaved {
    /// Keys with their hashes.
    keys: HashTable<(u64, DocumentKey)>,
    held: BTreeSet<Held>,
    superseded: BTreeMap<Stream, u64>,
}

/// Has memory bring winners of keys with these hashes, for all of them at once.
fn bring(winners: &Table<Winner>, hashes: impl Iterator<Item = u64>) {
    let found: SmallVec<[&Winner; TOGETHER]> = hashes.flat_map(|hash| winners.candidates(hash)).collect();
    for winner in found {
        winner.state().bring();
    }
}

impl Documents {
    /// No documents yet. Events recorded more than `skew_ms` after the clock are held. `checkpoints` says whether
    /// [`Documents::save`] will be called.
    pub fn new(skew_ms: i64, checkpoints: bool) -> Documents {
        Documents {
            winners: Table::default(),
            hasher: DefaultHashBuilder::default(),
            held: BTreeMap::new(),
            skew_ms,
            touched: HashTable::new(),
            changes: Vec::new(),
            unsaved: checkpoints.then(Unsaved::default),
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

    /// Applies the records of one tick at its clock, in batches as they arrived, and returns what changed.
    pub fn tick(
        &mut self,
        clock: Timestamp,
        batches: impl Iterator<Item = Vec<(RecordId, Event)>>,
    ) -> Vec<(UpsertChange, isize)> {
        self.release(clock);
        let mut hashes = Vec::new();
        for batch in batches {
            hashes.clear();
            hashes.extend(batch.iter().map(|(_, event)| self.hasher.hash_one(event.key())));
            for (at, (record, event)) in batch.into_iter().enumerate() {
                if at % TOGETHER == 0 {
                    bring(&self.winners, hashes[at..].iter().take(TOGETHER).copied());
                }
                self.receive(clock, hashes[at], record, event);
            }
        }
        self.settle()
    }

    fn receive(&mut self, clock: Timestamp, hash: u64, record: RecordId, event: Event) {
        let release_at = event.envelope.recorded_at.plus_ms(-self.skew_ms);
        self.count(event.document_stream(), RecordStatus::Received, 1);
        if release_at > clock {
            self.list_held(record, &event, 1);
            let held = Held { release_at, record, event };
            self.unsaved.as_mut().map(|unsaved| unsaved.held.insert(held.clone()));
            *self.held.entry(held).or_insert(0) += 1;
        } else {
            self.upsert(hash, record, event);
        }
    }

    /// Takes in what a checkpoint kept, before the first tick. Returns what changed.
    pub fn restore(&mut self, saved: impl Iterator<Item = Saved>) -> Vec<(UpsertChange, isize)> {
        for saved in saved {
            match saved {
                Saved::Winner(winner) => self.restore_winner(winner),
                Saved::Held(held, times) => {
                    for _ in 0..times {
                        self.count(held.event.document_stream(), RecordStatus::Received, 1);
                        self.list_held(held.record, &held.event, 1);
                    }
                    self.held.insert(*held, times);
                }
                Saved::Superseded(stream, records) => {
                    let records = isize::try_from(records).unwrap_or(isize::MAX);
                    self.count(stream, RecordStatus::Received, records);
                    self.count(stream, RecordStatus::Superseded, records);
                }
            }
        }
        std::mem::take(&mut self.changes)
    }

    /// What changed since it was called last; nothing where no checkpoints are taken.
    pub fn save(&mut self) -> Vec<Saved> {
        let Some(unsaved) = self.unsaved.as_mut().map(std::mem::take) else {
            return Vec::new();
        };
        let winners = unsaved.keys.iter().filter_map(|(hash, key)| self.find(*hash, key)).cloned().map(Saved::Winner);
        let held = unsaved.held.into_iter().map(|held| {
            let times = self.held.get(&held).copied().unwrap_or(0);
            Saved::Held(Box::new(held), times)
        });
        let superseded = unsaved.superseded.into_iter().map(|(stream, records)| Saved::Superseded(stream, records));
        winners.chain(held).chain(superseded).collect()
    }

    /// Lets the held events count whose time has come.
    fn release(&mut self, clock: Timestamp) {
        while let Some(entry) = self.held.first_entry() {
            if entry.key().release_at > clock {
                break;
            }
            let (held, times) = entry.remove_entry();
            self.unsaved.as_mut().map(|unsaved| unsaved.held.insert(held.clone()));
            for _ in 0..times {
                self.list_held(held.record, &held.event, -1);
                self.upsert(self.hasher.hash_one(held.event.key()), held.record, held.event.clone());
            }
        }
    }

    /// The changes of the tick, with those of the documents that it touched.
    fn settle(&mut self) -> Vec<(UpsertChange, isize)> {
        let mut touched = std::mem::take(&mut self.touched);
        for Touched { hash, key, before, after } in touched.drain() {
            if before != after {
                self.changes.extend(before.map(|doc| (UpsertChange::Document(doc), -1)));
                self.changes.extend(after.map(|doc| (UpsertChange::Document(doc), 1)));
            }
            if let Some(unsaved) = &mut self.unsaved {
                unsaved.keys.entry(hash, |(_, known)| *known == key, |(hash, _)| *hash).or_insert((hash, key));
            }
        }
        if touched.capacity() <= TOUCHED_KEPT {
            self.touched = touched;
        }
        let counts = std::mem::take(&mut self.counts).into_iter().filter(|(_, diff)| *diff != 0);
        self.changes.extend(counts.map(|((stream, status), diff)| (UpsertChange::Counted(stream, status), diff)));
        std::mem::take(&mut self.changes)
    }

    fn restore_winner(&mut self, winner: Winner) {
        let key = winner.state().key();
        let stream = key.document_type().stream();
        self.count(stream, RecordStatus::Received, 1);
        self.count_state(stream, winner.state(), 1);
        for record in winner.conflicts() {
            self.list_conflict(stream, record, winner.state().provenance().event_id.as_str(), 1);
        }
        self.changes.extend(winner.state().document().cloned().map(|doc| (UpsertChange::Document(doc), 1)));
        let hasher = &self.hasher;
        let hash = hasher.hash_one(&key);
        self.winners.insert(hash, winner, |winner| hasher.hash_one(winner.state().key()));
    }

    fn supersede(&mut self, stream: Stream) {
        self.count(stream, RecordStatus::Superseded, 1);
        if let Some(unsaved) = &mut self.unsaved {
            *unsaved.superseded.entry(stream).or_insert(0) += 1;
        }
    }

    fn find(&self, hash: u64, key: &DocumentKey) -> Option<&Winner> {
        self.winners.find(hash, |winner| winner.state().key() == *key)
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

    fn list_conflict(&mut self, stream: Stream, record: RecordId, event_id: &str, diff: isize) {
        let error = DataError {
            stream: Some(stream),
            code: ErrorCode::ConflictingEvent,
            field: String::new(),
            message: conflicting_message(),
            event_id: event_id.into(),
        };
        self.changes.push((UpsertChange::Listed(Box::new((record, error))), diff));
    }

    fn upsert(&mut self, hash: u64, record: RecordId, event: Event) {
        let key = event.key();
        let stream = event.document_stream();
        match self.winners.find_mut(hash, |winner| winner.state().key() == key) {
            None => {
                let winner = Winner::new(record, event);
                let state = winner.state().clone();
                let hasher = &self.hasher;
                self.winners.insert(hash, winner, |winner| hasher.hash_one(winner.state().key()));
                self.touch(hash, key, None, state.document().cloned());
                self.count_state(stream, &state, 1);
            }
            Some(winner) => {
                let order =
                    precedence(&Provenance::of(&event.envelope, record)).cmp(&precedence(&winner.state().provenance()));
                if order == Ordering::Less {
                    self.supersede(stream);
                    return;
                }
                let old = winner.state().clone();
                let (new, listed) = if order == Ordering::Greater {
                    let losers = winner.conflicts();
                    winner.replace(record, event);
                    (winner.state().clone(), losers.into_iter().map(|loser| (loser, -1)).collect())
                } else {
                    winner.tie(record, event)
                };
                for (loser, diff) in listed {
                    self.list_conflict(stream, loser, old.provenance().event_id.as_str(), diff);
                }
                self.touch(hash, key, old.document().cloned(), new.document().cloned());
                self.replace_count(stream, &old, &new);
            }
        }
    }

    /// Notes what a record makes of a key; what was before the tick stays what it was.
    fn touch(&mut self, hash: u64, key: DocumentKey, before: Option<AnyDoc>, after: Option<AnyDoc>) {
        match self.touched.entry(hash, |touched| touched.key == key, |touched| touched.hash) {
            Entry::Occupied(mut known) => known.get_mut().after = after,
            Entry::Vacant(new) => {
                new.insert(Touched { hash, key, before, after });
            }
        }
    }

    /// One more record came for a key that has a winner: one of its records is superseded.
    fn replace_count(&mut self, stream: Stream, old: &WinnerState, new: &WinnerState) {
        self.count_state(stream, old, -1);
        self.count_state(stream, new, 1);
        self.supersede(stream);
    }
}
