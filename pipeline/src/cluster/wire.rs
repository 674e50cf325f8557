//! How values travel between processes: a length, then their bytes.

use std::io::{self, ErrorKind, Read, Write};

use landfall_engine::{Command, Report};
use landfall_operators::outputs::Keeps;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::checkpoint::codec;

/// What the leader says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Said {
    /// The first word: what workers are to keep.
    Start(Keeps),
    /// What the workers are to do.
    Command(Command),
}

/// What a follower says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Heard {
    /// What a worker reports.
    Report(Box<Report>),
    /// Somebody asked it to stop: all are to.
    Stop,
}

/// Writes a value.
pub(super) fn write<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    let mut bytes = vec![0; size_of::<u64>()];
    codec::encode_into(value, &mut bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.to_string()))?;
    let length = (bytes.len() - size_of::<u64>()) as u64;
    bytes[..size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads a value of at most so many bytes; `None` where the other side has ended between two values.
pub(super) fn read<T: DeserializeOwned>(from: &mut impl Read, bytes_max: u64) -> io::Result<Option<T>> {
    let mut length = [0; size_of::<u64>()];
    let mut filled = 0;
    while filled < length.len() {
        match from.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u64::from_le_bytes(length);
    if length > bytes_max {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("a message of {length} bytes is announced")));
    }
    // The bytes are made room for as they come, not as they are announced.
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    codec::decode(&bytes).map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error.to_string()))
}
