//! Splits content into lines without ever holding more of a line than a record may have.

use std::io::{self, BufRead};

/// A record may have this many bytes; a longer one is `too_large`.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// Lines that follow one another, not blank, in one buffer.
#[derive(Debug, Default)]
pub(super) struct LineBatch {
    bytes: Vec<u8>,
    /// Line number, and where the line ends in `bytes`.
    ends: Vec<(u64, usize)>,
}

impl LineBatch {
    /// Each line with its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        starts.zip(&self.ends).map(|(start, (number, end))| (*number, &self.bytes[start..*end]))
    }

    /// How many lines.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Reads lines and counts them.
pub(super) struct Lines<R> {
    input: R,
    /// Lines read whole so far.
    read: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of this content.
    pub(super) fn new(input: R) -> Lines<R> {
        Lines { input, read: 0 }
    }

    /// How many lines were read whole, blank ones included.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// The next lines that are not blank: at most `lines_max` of them, or as many as make `bytes_max` bytes.
    /// Empty at the end of the content. Of a line longer than a record may be, one byte more than that is kept, which
    /// is enough to tell.
    ///
    /// # Errors
    /// When the content cannot be read.
    pub(super) fn next_batch(&mut self, lines_max: usize, bytes_max: usize) -> io::Result<LineBatch> {
        let mut batch = LineBatch::default();
        while batch.len() < lines_max && batch.bytes.len() < bytes_max {
            let start = batch.bytes.len();
            if !self.read_line(&mut batch.bytes)? {
                break;
            }
            self.read += 1;
            if is_blank(&batch.bytes[start..]) {
                batch.bytes.truncate(start);
            } else {
                batch.ends.push((self.read, batch.bytes.len()));
            }
        }
        Ok(batch)
    }

    /// Appends the next line without its line feed; false at the end of the content.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let limit = line.len() + RECORD_BYTES_MAX + 1;
        let mut any = false;
        loop {
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok(any);
            }
            any = true;
            let line_feed = memchr::memchr(b'\n', available);
            let part = &available[..line_feed.unwrap_or(available.len())];
            line.extend_from_slice(&part[..part.len().min(limit - line.len())]);
            let used = part.len() + usize::from(line_feed.is_some());
            self.input.consume(used);
            if line_feed.is_some() {
                return Ok(true);
            }
        }
    }
}

/// Whether a line has nothing but Unicode White_Space. A line too long for a record is a record whatever it has.
fn is_blank(line: &[u8]) -> bool {
    // Most lines begin with a brace: no need to look at the rest of them.
    !line.first().is_some_and(u8::is_ascii_graphic)
        && line.len() <= RECORD_BYTES_MAX
        && std::str::from_utf8(line).is_ok_and(|text| text.trim_start().is_empty())
}
