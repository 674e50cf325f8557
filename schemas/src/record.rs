//! Where a record came from: topic or file, partition, offset.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::RwLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a topic or file. Names are kept once for the life of the process: there are as many as
/// topics and files, never as many as records. Four bytes long, because every record has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(u32);

/// All names so far.
struct Names {
    by_index: Vec<&'static str>,
    indexes: BTreeMap<&'static str, u32>,
}

static NAMES: RwLock<Names> = RwLock::new(Names { by_index: Vec::new(), indexes: BTreeMap::new() });

const LOCK: &str = "no code panics while it holds the table of origins";

impl Origin {
    /// The origin with this name.
    pub fn named(name: &str) -> Origin {
        if let Some(known) = NAMES.read().expect(LOCK).indexes.get(name) {
            return Origin(*known);
        }
        let mut names = NAMES.write().expect(LOCK);
        if let Some(known) = names.indexes.get(name) {
            return Origin(*known);
        }
        let index = u32::try_from(names.by_index.len()).expect("fewer than 2^32 topics and files");
        let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
        names.by_index.push(kept);
        names.indexes.insert(kept, index);
        Origin(index)
    }

    /// Its number in this process.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The origin that [`Origin::number`] gave this number in this process.
    pub fn numbered(number: u32) -> Origin {
        Origin(number)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        NAMES.read().expect(LOCK).by_index[self.0 as usize]
    }
}

impl Ord for Origin {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 { Ordering::Equal } else { self.name().cmp(other.name()) }
    }
}

impl PartialOrd for Origin {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Origin::named(&String::deserialize(deserializer)?))
    }
}

/// Identifies one record: origin, partition and offset, ordered in that order.
///
/// A file is one partition (0) and its offsets are line numbers from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordId {
    /// Topic or file name.
    pub origin: Origin,
    /// Partition of the topic; 0 for files.
    pub partition: u32,
    /// Offset in the partition; the line number, from 1, for files.
    pub offset: u64,
}
