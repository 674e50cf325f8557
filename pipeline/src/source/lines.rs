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

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn lines(content: &[u8], lines_max: usize) -> Vec<(u64, Vec<u8>)> {
        // A small buffer, so that lines cross its borders.
        let mut lines = Lines::new(BufReader::with_capacity(7, content));
        let mut all = Vec::new();
        loop {
            let batch = lines.next_batch(lines_max, usize::MAX).unwrap();
            if batch.len() == 0 {
                return all;
            }
            all.extend(batch.iter().map(|(number, line)| (number, line.to_vec())));
        }
    }

    #[test]
    fn blank_lines_count_but_are_no_records() {
        let content = "first\n\n \t\r\n\u{a0}\u{2003}\nfifth\n".as_bytes();
        let expected = vec![(1, b"first".to_vec()), (5, b"fifth".to_vec())];
        for lines_max in [1, 2, 100] {
            assert_eq!(lines(content, lines_max), expected);
        }
    }

    #[test]
    fn a_last_line_without_line_feed_counts() {
        assert_eq!(lines(b"one\ntwo", 10), [(1, b"one".to_vec()), (2, b"two".to_vec())]);
        assert_eq!(lines(b"one\n", 10), [(1, b"one".to_vec())]);
        assert_eq!(lines(b"", 10), []);
    }

    #[test]
    fn bytes_that_are_no_text_are_no_blank_line() {
        assert_eq!(lines(b"\xff\n \xff \n", 10).len(), 2);
    }

    #[test]
    fn a_record_of_exactly_the_limit_is_kept_whole_and_of_a_longer_one_a_byte_more() {
        for (length, kept) in [
            (RECORD_BYTES_MAX, RECORD_BYTES_MAX),
            (RECORD_BYTES_MAX + 1, RECORD_BYTES_MAX + 1),
            (3 * RECORD_BYTES_MAX, RECORD_BYTES_MAX + 1),
        ] {
            let mut content = vec![b'x'; length];
            content.extend_from_slice(b"\nnext");
            let lines = lines(&content, 10);
            assert_eq!(lines[0].1.len(), kept);
            assert_eq!(lines[1], (2, b"next".to_vec()));
        }
    }

    #[test]
    fn a_batch_ends_at_its_bytes() {
        let mut lines = Lines::new("four\nfour\nfour\n".as_bytes());
        assert_eq!(lines.next_batch(10, 5).unwrap().len(), 2);
        assert_eq!(lines.next_batch(10, 5).unwrap().len(), 1);
        assert_eq!(lines.read(), 3);
    }
}
