//! Recognises compressed input by its first bytes and opens it; names alone prove nothing.

use std::io::{self, BufRead, BufReader, Cursor, Read};

const BUFFER_BYTES: usize = 256 * 1024;
const MAGIC_BYTES: usize = 4;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip, RFC 1952; several members count as one file.
    Gzip,
    /// Zstandard, RFC 8878; several frames count as one file.
    Zstd,
}

impl Compression {
    /// What these first bytes of a file say.
    pub fn of_content(head: &[u8]) -> Compression {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // A data frame, or a skippable frame before one.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::Plain,
        }
    }

    /// What a file's name says.
    pub fn of_name(name: &str) -> Compression {
        match name {
            name if name.ends_with(".gz") => Compression::Gzip,
            name if name.ends_with(".zst") => Compression::Zstd,
            _ => Compression::Plain,
        }
    }
}

/// The decompressed content. `named` is what the file's name promises: only an empty file is held to it, because a
/// compressed file is never empty, so its content got lost on the way.
///
/// # Errors
/// When the first bytes cannot be read.
pub(super) fn decompressed<R: Read + Send + 'static>(
    mut input: R,
    named: Compression,
) -> io::Result<Box<dyn BufRead + Send>> {
    let mut head = Vec::with_capacity(MAGIC_BYTES);
    input.by_ref().take(MAGIC_BYTES as u64).read_to_end(&mut head)?;
    if head.is_empty() && named != Compression::Plain {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a compressed file is never empty"));
    }
    let compression = Compression::of_content(&head);
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(head).chain(input));
    Ok(match compression {
        Compression::Plain => Box::new(whole),
        Compression::Gzip => {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, flate2::bufread::MultiGzDecoder::new(whole)))
        }
        Compression::Zstd => {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, zstd::stream::read::Decoder::with_buffer(whole)?))
        }
    })
}
