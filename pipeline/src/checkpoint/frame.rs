//! Small durable objects: a kind, a version, a value, a checksum.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::codec::{self, FORMAT_VERSION};

const CHECKSUM: usize = 32;

/// The bytes of a value; `kind` tells kinds of objects apart.
///
/// # Errors
/// When the value cannot be written.
pub fn seal<T: Serialize>(kind: &[u8; 5], value: &T) -> Result<Vec<u8>, String> {
    let mut bytes = kind.to_vec();
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    codec::encode_into(value, &mut bytes).map_err(|error| error.to_string())?;
    let sum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    Ok(bytes)
}

/// The value of bytes that [`seal`] made.
///
/// # Errors
/// Anything else is refused, with the reason.
pub fn open<T: DeserializeOwned>(kind: &[u8; 5], bytes: &[u8]) -> Result<T, String> {
    let header = kind.len() + 2;
    let Some(end) = bytes.len().checked_sub(CHECKSUM).filter(|end| *end >= header) else {
        return Err(format!("it has {} bytes only: it was torn", bytes.len()));
    };
    if !bytes.starts_with(kind) {
        return Err(format!("it does not begin with {}", String::from_utf8_lossy(kind)));
    }
    if Sha256::digest(&bytes[..end])[..] != bytes[end..] {
        return Err("its checksum does not match: it was torn or changed".to_owned());
    }
    let version = u16::from_le_bytes([bytes[header - 2], bytes[header - 1]]);
    if version != FORMAT_VERSION {
        return Err(format!("it has format version {version}; this build reads {FORMAT_VERSION}"));
    }
    codec::decode(&bytes[header..end]).map_err(|error| error.to_string())
}
