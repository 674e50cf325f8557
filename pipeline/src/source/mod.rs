//! Where records come from: Kafka, files, standard input, pushes over HTTP.
//!
//! Bytes to decoded arrivals, in the order of each partition, through bounded channels.

mod compression;
pub mod feed;
mod file;
pub mod kafka;
mod kafka_client;
mod kafka_token;
mod kafka_watch;
mod lines;
mod pipe;
pub mod push;
mod reader;
pub mod tail;

pub use compression::Compression;
pub use file::{FileInput, origin_name};
pub use lines::RECORD_BYTES_MAX;
pub use reader::{FileReader, decoders_for};

use std::io;
use std::path::PathBuf;

/// Why a source cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be opened.
    #[error("cannot open {}: {reason}", path.display())]
    Open {
        /// The file as it was named.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The name is a folder's.
    #[error("{} is a folder, not a file", path.display())]
    Folder {
        /// The folder as it was named.
        path: PathBuf,
    },
    /// Reading stopped: a broken medium, a corrupt or truncated compressed file.
    #[error("cannot read {input} past line {line}: {reason}")]
    Read {
        /// The file as it was named, or `standard input`.
        input: String,
        /// The last line that was read whole; 0 for none.
        line: u64,
        /// What the system or the decompressor said.
        reason: io::Error,
    },
    /// A thread of the reader stopped: a bug.
    #[error("a thread that decodes the input stopped: {reason}")]
    Thread {
        /// What it said.
        reason: String,
    },
}

impl SourceError {
    /// A stable code for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            SourceError::Open { .. } => "source_open",
            SourceError::Folder { .. } => "source_folder",
            SourceError::Read { .. } => "source_read",
            SourceError::Thread { .. } => "source_thread",
        }
    }

    /// What may help, if anything is known to.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            SourceError::Folder { .. } => Some("name the files in it, for example with folder/*.jsonl"),
            SourceError::Read { .. } => Some("the file may be damaged or cut short; nothing was written"),
            SourceError::Open { .. } | SourceError::Thread { .. } => None,
        }
    }
}
