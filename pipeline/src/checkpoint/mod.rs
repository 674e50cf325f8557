//! Checkpoints and the tick log: what is durable, and how it comes back.
//!
//! Durable are the documents that count (with what is held, superseded and dead-lettered) and the ticks since. All views
//! follow from them. Every few seconds what changed is written as a *run* of sorted segments, and then a manifest that names
//! the tick, the positions of all sources and every run is put in place whole. Runs are merged as they grow, so that what is
//! written stays in proportion to what changed.
//!
//! ```text
//! segments/<tick>-<process>-<n>   sorted entries (`segment`)
//! manifests/<tick>                tick, clock, positions, runs (`manifest`)
//! ticks/<tick>                    clock and positions of a tick that no manifest has passed yet (`tick_log`)
//! ```

pub mod codec;
mod entry;
mod frame;
mod lock;
mod manifest;
mod merge;
mod recovery;
mod segment;
mod store;
mod tick_log;
mod writer;

pub use frame::{open as open_frame, seal as seal_frame};
pub use lock::{Lock, LockError, Owned};
pub use manifest::{Manifest, Run, SegmentMeta};
pub use recovery::{Depth, Inspected, Recovered, RecoveryError, inspect, recover};
pub use segment::SegmentError;
pub use store::{Objects, StoreError};
pub use tick_log::{TickLog, TickRecord};
pub use writer::{CheckpointDone, CheckpointError, CheckpointJob, CheckpointWriter};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A partition of a source: a topic's, or a file (partition 0).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartitionId {
    /// Topic or file.
    pub origin: String,
    /// Its partition.
    pub partition: u32,
}

impl std::fmt::Display for PartitionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.origin, self.partition)
    }
}

/// The next offset to read of each partition.
pub type Positions = BTreeMap<PartitionId, u64>;
