//! From what is durable to where the process goes on: the newest good checkpoint.

use super::codec::CodecError;
use super::entry::{self, Entry};
use super::manifest::{FOLDER, Manifest};
use super::merge::{self, Merge};
use super::store::{Objects, StoreError};
use landfall_operators::operator::upsert::Saved;
use landfall_schemas::{DataError, RecordId};

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
    /// Hands out everything that the checkpoint kept, in parts of at most so many entries.
    ///
    /// # Errors
    /// When a segment cannot be read, or the receiver fails.
    pub fn restore<E: From<RecoveryError>>(
        &self,
        objects: &Objects,
        part_entries: usize,
        mut receive: impl FnMut(Recovered) -> Result<(), E>,
    ) -> Result<(), E> {
        let counted = self.superseded.iter().map(|(stream, records)| Saved::Superseded(*stream, *records));
        let mut part = Recovered { saved: counted.collect(), dead_letters: Vec::new() };
        let mut merge = Merge::open(objects, &self.runs)?;
        while let Some(raw) = merge.next()? {
            if entry::is_gone(&raw) {
                continue;
            }
            match entry::read(&raw).map_err(RecoveryError::from)? {
                Entry::Saved(saved) => part.saved.push(saved),
                Entry::DeadLetter(record, error, records) => {
                    part.dead_letters.extend((0..records).map(|_| (record, error.clone())));
                }
            }
            if part.saved.len() + part.dead_letters.len() >= part_entries {
                receive(std::mem::take(&mut part))?;
            }
        }
        receive(part)
    }
}
