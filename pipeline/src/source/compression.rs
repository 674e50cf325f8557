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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: Vec<u8>, named: Compression) -> io::Result<String> {
        let mut text = String::new();
        decompressed(Cursor::new(bytes), named)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn content_decides_whatever_the_name_says() {
        let zstd = zstd::encode_all("one\n".as_bytes(), 1).unwrap();
        for named in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            assert_eq!(read(b"one\n".to_vec(), named).unwrap(), "one\n");
            assert_eq!(read(gzip("one\n"), named).unwrap(), "one\n");
            assert_eq!(read(zstd.clone(), named).unwrap(), "one\n");
        }
    }

    #[test]
    fn content_shorter_than_a_magic_number_is_plain() {
        assert_eq!(read(b"1".to_vec(), Compression::Plain).unwrap(), "1");
        assert_eq!(read(Vec::new(), Compression::Plain).unwrap(), "");
    }

    #[test]
    fn several_members_or_frames_are_one_file() {
        assert_eq!(read([gzip("one\n"), gzip("two\n")].concat(), Compression::Gzip).unwrap(), "one\ntwo\n");
        let frames =
            [zstd::encode_all("one\n".as_bytes(), 1).unwrap(), zstd::encode_all("two\n".as_bytes(), 1).unwrap()];
        assert_eq!(read(frames.concat(), Compression::Zstd).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_file_cut_short_is_an_error() {
        let mut cut = gzip(&"some text that is long enough\n".repeat(100));
        cut.truncate(cut.len() - 10);
        assert!(read(cut, Compression::Gzip).is_err());
        let mut cut = zstd::encode_all(vec![7_u8; 100_000].as_slice(), 1).unwrap();
        cut.truncate(cut.len() - 2);
        assert!(read(cut, Compression::Zstd).is_err());
        assert!(read(Vec::new(), Compression::Gzip).is_err());
        assert!(read(Vec::new(), Compression::Zstd).is_err());
    }
}
