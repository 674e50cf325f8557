//! Manifests: what makes up a checkpoint.

use std::collections::BTreeMap;

use landfall_operators::Tick;
use landfall_schemas::{Stream, Timestamp};
use serde::{Deserialize, Serialize};

use super::store::{Objects, StoreError};
use super::{Positions, frame};

const KIND: &[u8; 5] = b"LFMAN";
pub(super) const FOLDER: &str = "manifests";

/// A checkpoint: everything that was received up to a tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The tick.
    pub tick: Tick,
    /// The clock at the tick, in milliseconds since 1970.
    pub clock_ms: i64,
    /// The next offset to read of each partition.
    pub positions: Positions,
    /// Superseded records of each stream.
    pub superseded: BTreeMap<Stream, u64>,
    /// Runs of sorted segments, oldest first; of entries with one key the newest counts.
    pub runs: Vec<Run>,
    /// When it was written, by the machine's clock, in milliseconds since 1970.
    pub written_at_ms: i64,
}

/// Segments whose keys ascend from one to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The segments.
    pub segments: Vec<SegmentMeta>,
}

/// What a manifest knows about a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMeta {
    /// Its object.
    pub name: String,
    /// SHA-256 of its bytes.
    pub checksum: String,
    /// Its size as stored.
    pub bytes: u64,
    /// How many entries it has.
    pub entries: u64,
}

impl Run {
    /// The size of its segments as stored.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }
}

impl Manifest {
    /// The clock at the tick.
    pub fn clock(&self) -> Timestamp {
        Timestamp(self.clock_ms)
    }

    /// Every segment.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentMeta> {
        self.runs.iter().flat_map(|run| &run.segments)
    }

    pub(super) fn name(tick: Tick) -> String {
        format!("{FOLDER}/{tick:020}")
    }

    /// Puts it in place, whole or not at all.
    pub(super) fn commit(&self, objects: &Objects) -> Result<(), StoreError> {
        let name = Manifest::name(self.tick);
        let bytes = frame::seal(KIND, self).map_err(|reason| StoreError::Failed {
            action: "write",
            object: name.clone(),
            reason,
            expected: false,
        })?;
        objects.put_new(&name, bytes)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Manifest, String> {
        frame::open(KIND, bytes)
    }
}
