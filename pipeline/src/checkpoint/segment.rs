//! Segments: sorted entries, compressed, with a checksum that is kept elsewhere.
//!
//! ```text
//! "LFSEG" version:u16 | zstd( (key length:u32 key value length:u32 value)* )
//! ```
//!
//! Numbers are little endian. Keys ascend, so that runs of segments can be merged without holding them in memory.

use std::io::{BufReader, Cursor, ErrorKind, Read, Write};

use sha2::{Digest, Sha256};

use super::codec::FORMAT_VERSION;

const MAGIC: &[u8; 5] = b"LFSEG";
const HEADER: usize = MAGIC.len() + 2;
/// An uncompressed segment is closed once it has so many bytes, so that one is read at a time.
pub(super) const SEGMENT_BYTES: usize = 32 << 20;
const COMPRESSION_LEVEL: i32 = 1;
/// Decompressed at a time: parts of entries are small, and a call of the decompressor for each would cost more than they do.
const READ_BYTES: usize = 256 << 10;
/// No key or value is longer: a record has 1 MiB at most.
const PART_BYTES_MAX: usize = 64 << 20;

/// Why a segment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Its bytes are not those that were written.
    #[error("the checksum does not match: {found} instead of {expected}")]
    Checksum {
        /// What the bytes have.
        found: String,
        /// What the manifest says.
        expected: String,
    },
    /// It is of another version, or no segment.
    #[error("{0}")]
    Header(String),
    /// It ends early or says what cannot be.
    #[error("its contents cannot be read: {0}")]
    Contents(String),
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// One entry: its key and value as they are written.
pub(super) type RawEntry = (Vec<u8>, Vec<u8>);

/// Writes entries, which come in the order of their keys, as one segment.
pub(super) struct Writer {
    encoder: zstd::stream::write::Encoder<'static, Vec<u8>>,
    pub(super) entries: u64,
    pub(super) bytes: usize,
}

impl Writer {
    pub(super) fn new() -> std::io::Result<Writer> {
        let mut header = MAGIC.to_vec();
        header.extend(FORMAT_VERSION.to_le_bytes());
        Ok(Writer { encoder: zstd::stream::write::Encoder::new(header, COMPRESSION_LEVEL)?, entries: 0, bytes: 0 })
    }

    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) -> std::io::Result<()> {
        for part in [key, value] {
            let length = u32::try_from(part.len()).map_err(std::io::Error::other)?;
            self.encoder.write_all(&length.to_le_bytes())?;
            self.encoder.write_all(part)?;
        }
        self.entries += 1;
        self.bytes += key.len() + value.len() + 8;
        Ok(())
    }

    pub(super) fn finish(self) -> std::io::Result<Vec<u8>> {
        self.encoder.finish()
    }
}

/// Reads a segment's entries in the order of their keys.
pub(super) struct Reader {
    decoder: BufReader<zstd::stream::read::Decoder<'static, BufReader<Cursor<Vec<u8>>>>>,
}

impl Reader {
    /// Opens a segment after checking that its bytes are those that were written.
    pub(super) fn open(bytes: Vec<u8>, expected: &str) -> Result<Reader, SegmentError> {
        let found = checksum(&bytes);
        if found != expected {
            return Err(SegmentError::Checksum { found, expected: expected.to_owned() });
        }
        let version = match bytes.get(..HEADER) {
            Some(header) if header.starts_with(MAGIC) => u16::from_le_bytes([header[HEADER - 2], header[HEADER - 1]]),
            _ => return Err(SegmentError::Header("it is no segment".to_owned())),
        };
        if version != FORMAT_VERSION {
            let reason = format!("it has format version {version}; this build reads {FORMAT_VERSION}");
            return Err(SegmentError::Header(reason));
        }
        let mut contents = Cursor::new(bytes);
        contents.set_position(HEADER as u64);
        let decoder = zstd::stream::read::Decoder::new(contents).map_err(contents_error)?;
        Ok(Reader { decoder: BufReader::with_capacity(READ_BYTES, decoder) })
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RawEntry>, SegmentError> {
        let Some(key) = self.part(true)? else {
            return Ok(None);
        };
        let value = self.part(false)?.ok_or_else(|| SegmentError::Contents("an entry has no value".to_owned()))?;
        Ok(Some((key, value)))
    }

    fn part(&mut self, may_end: bool) -> Result<Option<Vec<u8>>, SegmentError> {
        let mut length = [0; 4];
        let first = self.decoder.read(&mut length).map_err(contents_error)?;
        if first == 0 && may_end {
            return Ok(None);
        }
        self.decoder.read_exact(&mut length[first..]).map_err(contents_error)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > PART_BYTES_MAX {
            return Err(SegmentError::Contents(format!("a part of an entry has {length} bytes")));
        }
        let mut part = vec![0; length];
        self.decoder.read_exact(&mut part).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => SegmentError::Contents("it ends early".to_owned()),
            _ => contents_error(error),
        })?;
        Ok(Some(part))
    }
}

fn contents_error(error: std::io::Error) -> SegmentError {
    SegmentError::Contents(error.to_string())
}
