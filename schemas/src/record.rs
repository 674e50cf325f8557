//! Where a record came from: topic or file, partition, offset.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, OnceLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a topic or file. Names are kept once for the life of the process: there are as many as
/// topics and files, never as many as records. One pointer long, because every record has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(&'static &'static str);

impl Origin {
    /// The origin with this name.
    pub fn named(name: &str) -> Origin {
        static NAMES: OnceLock<Mutex<BTreeMap<&'static str, &'static &'static str>>> = OnceLock::new();
        let mut names =
            NAMES.get_or_init(Mutex::default).lock().expect("no code panics while it holds the table of origins");
        if let Some(known) = names.get(name) {
            return Origin(known);
        }
        let text: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let kept: &'static &'static str = Box::leak(Box::new(text));
        names.insert(text, kept);
        Origin(kept)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl Ord for Origin {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(other.0)
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
