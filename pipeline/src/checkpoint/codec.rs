//! How durable values are written: bincode's standard configuration, behind these two functions alone.
//!
//! The bytes are bincode 2's (`wincode` writes the same); whoever takes its place changes this file. Every object that holds
//! them names [`FORMAT_VERSION`] in its header, so that bytes of another format are refused and never misread.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The version of everything durable: what is written, and how.
pub const FORMAT_VERSION: u16 = 1;

/// Why bytes are not what they should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CodecError(String);

impl<T: Into<String>> From<T> for CodecError {
    fn from(reason: T) -> CodecError {
        CodecError(reason.into())
    }
}

/// Appends a value's bytes.
///
/// # Errors
/// When the value cannot be written; none of ours.
pub fn encode_into<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    bincode::serde::encode_into_std_write(value, bytes, bincode::config::standard())
        .map(|_| ())
        .map_err(|error| CodecError(error.to_string()))
}

/// Reads a value that takes up all the bytes.
///
/// # Errors
/// When the bytes are not such a value, or more follow.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let (value, read) = bincode::serde::decode_from_slice(bytes, bincode::config::standard())
        .map_err(|error| CodecError(error.to_string()))?;
    if read != bytes.len() {
        return Err(CodecError(format!("{} bytes follow the value", bytes.len() - read)));
    }
    Ok(value)
}
