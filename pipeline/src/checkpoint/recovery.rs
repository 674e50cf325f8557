//! From what is durable to where the process goes on: the newest good checkpoint.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use landfall_operators::operator::restoring;
use landfall_operators::operator::upsert::Saved;
use landfall_schemas::{DataError, RecordId};

use super::codec::CodecError;
use super::entry::{self, Entry};
use super::manifest::{FOLDER, Manifest};
use super::merge::{self, Merge};
use super::segment::RawEntry;
use super::store::{Objects, StoreError};

/// So many entries are decoded by one thread at a time.
const CHUNK_ENTRIES: usize = 4_096;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A segment is broken.
    #[error("segment {name}: {reason}")]
    Segment {
        /// Which.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry cannot be read.
    #[error("an entry of a checkpoint cannot be read: {0}")]
    Entry(#[from] CodecError),
    /// There are manifests, and none is good.
    #[error("none of the {count} checkpoints can be used; the newest: {reason}")]
    NoneGood {
        /// How many there are.
        count: usize,
        /// What is wrong with the newest.
        reason: String,
    },
}

/// Part of what a checkpoint kept.
#[derive(Debug, Default)]
pub struct Recovered {
    /// State of the upsert rule.
    pub saved: Vec<Saved>,
    /// Records that are no events.
    pub dead_letters: Vec<(RecordId, DataError)>,
}

/// A manifest and whether it is good.
#[derive(Debug)]
pub struct Inspected {
    /// Its object.
    pub name: String,
    /// It, or what is wrong with it or its segments.
    pub manifest: Result<Manifest, String>,
}

/// How closely checkpoints are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Their manifests.
    Manifests,
    /// And that all segments have their checksums.
    Checksums,
    /// And that every entry can be read.
    Entries,
}

/// Reads every manifest, newest first.
///
/// # Errors
/// When the store cannot be read.
pub fn inspect(objects: &Objects, depth: Depth) -> Result<Vec<Inspected>, StoreError> {
    let mut names = objects.list(FOLDER)?;
    names.reverse();
    let mut found = Vec::with_capacity(names.len());
    for (name, _) in names {
        let manifest = match objects.get(&name)? {
            Some(bytes) => Manifest::read(&bytes).and_then(|manifest| whole(objects, manifest, depth)),
            None => Err("it went away".to_owned()),
        };
        found.push(Inspected { name, manifest });
    }
    Ok(found)
}

fn whole(objects: &Objects, manifest: Manifest, depth: Depth) -> Result<Manifest, String> {
    for segment in manifest.segments().filter(|_| depth != Depth::Manifests) {
        let mut reader = merge::open(objects, segment).map_err(|error| error.to_string())?;
        if depth == Depth::Checksums {
            continue;
        }
        let mut entries = 0;
        while reader.next().map_err(|error| format!("segment {}: {error}", segment.name))?.is_some() {
            entries += 1;
        }
        if entries != segment.entries {
            return Err(format!("segment {} has {entries} entries instead of {}", segment.name, segment.entries));
        }
    }
    Ok(manifest)
}

/// The newest checkpoint whose manifest and segments are good; broken newer ones are told of, loudly. `None` when
/// there has never been one.
///
/// # Errors
/// When the store cannot be read, or there are checkpoints and none is good.
pub fn recover(objects: &Objects) -> Result<Option<Manifest>, RecoveryError> {
    let mut names = objects.list(FOLDER)?;
    names.reverse();
    let count = names.len();
    let mut newest_reason = None;
    let mut broken = Vec::new();
    for (name, _) in names {
        let Some(bytes) = objects.get(&name)? else {
            continue;
        };
        match Manifest::read(&bytes).and_then(|manifest| whole(objects, manifest, Depth::Checksums)) {
            Ok(manifest) => {
                set_aside(objects, &broken)?;
                return Ok(Some(manifest));
            }
            Err(reason) => {
                tracing::error!(manifest = name, reason, "a checkpoint cannot be used; trying the one before it");
                newest_reason.get_or_insert(reason);
                broken.push((name, bytes));
            }
        }
    }
    newest_reason.map_or(Ok(None), |reason| Err(RecoveryError::NoneGood { count, reason }))
}

/// Moves broken manifests to a folder of their own: a new one may get the same name, and somebody will want to see them.
fn set_aside(objects: &Objects, broken: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
    for (name, bytes) in broken {
        objects.put(&format!("broken/{}", name.replace('/', "-")), bytes.clone())?;
        objects.delete(name)?;
    }
    Ok(())
}

impl Manifest {
    /// Hands out everything that the checkpoint kept, in parts of about so many entries ([`restoring`]); dead letters come with
    /// the first.
    ///
    /// # Errors
    /// When a segment cannot be read, or the receiver fails.
    pub fn restore<E: From<RecoveryError>>(
        &self,
        objects: &Objects,
        part_entries: usize,
        mut receive: impl FnMut(Recovered) -> Result<(), E>,
    ) -> Result<(), E> {
        let decoded = self.decoded(objects)?;
        let (mut shares, dead_letters): (Vec<_>, Vec<_>) =
            decoded.into_iter().map(|share| (share.saved, share.dead_letters)).unzip();
        let mut dead_letters = dead_letters.concat();
        shares.push(self.superseded.iter().map(|(stream, records)| Saved::Superseded(*stream, *records)).collect());
        for saved in restoring::parts(shares, part_entries) {
            receive(Recovered { saved, dead_letters: std::mem::take(&mut dead_letters) })?;
        }
        Ok(())
    }

    /// Everything that the checkpoint kept, in a share for each core, in no order. One thread merges the runs, and one for each
    /// core decodes entries, for nothing else is to be done until all are there.
    fn decoded(&self, objects: &Objects) -> Result<Vec<Recovered>, RecoveryError> {
        let mut merge = Merge::open(objects, &self.runs)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let (send, chunks) = sync_channel::<Vec<RawEntry>>(2 * threads);
        let chunks = Mutex::new(chunks);
        std::thread::scope(|scope| {
            let decoders: Vec<_> = (0..threads).map(|_| scope.spawn(|| decode(&chunks))).collect();
            let merged = merge.for_each_chunk(CHUNK_ENTRIES, |chunk| send.send(chunk).is_ok());
            drop(send);
            let shares: Result<Vec<Recovered>, RecoveryError> = decoders
                .into_iter()
                .map(|decoder| decoder.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect();
            merged.and(shares)
        })
    }
}

/// Decodes chunks until there are no more. After one that cannot be read the others are still taken, for the thread that sends
/// them waits for that.
fn decode(chunks: &Mutex<Receiver<Vec<RawEntry>>>) -> Result<Recovered, RecoveryError> {
    let mut decoded = Ok(Recovered::default());
    loop {
        let next = chunks.lock().expect("nothing panics while it waits for a chunk").recv();
        let Ok(chunk) = next else {
            return decoded;
        };
        if let Ok(into) = &mut decoded
            && let Err(error) = chunk.iter().try_for_each(|raw| into.take_in(raw))
        {
            decoded = Err(error);
        }
    }
}

impl Recovered {
    fn take_in(&mut self, raw: &RawEntry) -> Result<(), RecoveryError> {
        match entry::read(raw)? {
            Entry::Saved(saved) => self.saved.push(saved),
            Entry::DeadLetter(record, error, records) => {
                self.dead_letters.extend((0..records).map(|_| (record, error.clone())));
            }
        }
        Ok(())
    }
}
