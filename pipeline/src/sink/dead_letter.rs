//! Dead letters as records: the original bytes, and headers that say what is wrong.
//!
//! The `__connect.errors.*` headers are those of Kafka Connect (`DeadLetterQueueReporter`), so that tools that know them work.

use landfall_schemas::{DataError, RecordId};

use crate::source::feed::RawRecord;

/// The topic's name after the prefix.
pub const DEAD_LETTERS: &str = "dead_letters";

/// A record that is no event.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Where it came from.
    pub record: RecordId,
    /// What is wrong with it.
    pub error: DataError,
    /// Its bytes.
    pub raw: RawRecord,
}

/// The header that says of how many bytes the value was, where it was too large for the topic and its end is left out.
pub const CUT_FROM_BYTES: &str = "landfall.cut_from_bytes";
/// What a record takes in a topic beyond its key, value and headers.
const OVERHEAD_BYTES: usize = 64 << 10;
/// Of a changed row in memory, roughly; for comparing dead letters with rows.
const ROW_BYTES: usize = 500;

/// A dead letter as it is written.
pub(super) struct WrittenLetter<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: &'a [u8],
    pub(super) headers: Vec<(String, Vec<u8>)>,
}

impl DeadLetter {
    /// What it takes in memory, as a number of rows.
    pub(super) fn rows(&self) -> usize {
        1 + self.raw.value.len() / ROW_BYTES
    }

    /// It with its headers, in at most so many bytes: what is too much is cut off the value, of which the source topic has the
    /// rest. A key and headers that alone take half of the room are left out.
    pub(super) fn written(&self, bytes_max: usize) -> WrittenLetter<'_> {
        let size = |headers: &[(String, Vec<u8>)]| headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let (mut key, mut headers) = (self.raw.key.as_deref(), headers(self));
        let mut beside: usize = key.map_or(0, <[u8]>::len) + size(&headers);
        if beside > bytes_max / 2 {
            headers.drain(..self.raw.headers.len());
            (key, beside) = (None, size(&headers));
        }
        let room = bytes_max.saturating_sub(beside + OVERHEAD_BYTES);
        let value = &self.raw.value[..self.raw.value.len().min(room)];
        if value.len() < self.raw.value.len() {
            headers.push((CUT_FROM_BYTES.to_owned(), self.raw.value.len().to_string().into_bytes()));
        }
        WrittenLetter { key, value, headers }
    }
}

/// The headers of a dead letter, after those that the record had.
fn headers(letter: &DeadLetter) -> Vec<(String, Vec<u8>)> {
    let error = &letter.error;
    let text = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let mut headers = letter.raw.headers.clone();
    headers.extend([
        text("__connect.errors.topic", letter.record.origin.name()),
        text("__connect.errors.partition", &letter.record.partition.to_string()),
        text("__connect.errors.offset", &letter.record.offset.to_string()),
        text("__connect.errors.connector.name", "landfall"),
        text("__connect.errors.task.id", "0"),
        text("__connect.errors.stage", "VALUE_CONVERTER"),
        text("__connect.errors.class.name", "landfall_schemas::format"),
        text("__connect.errors.exception.class.name", error.code.as_str()),
        text("__connect.errors.exception.message", &error.to_string()),
        text("__connect.errors.exception.stacktrace", ""),
        text("landfall.error_code", error.code.as_str()),
        text("landfall.error_field", &error.field),
        text("landfall.event_id", &error.event_id),
    ]);
    headers
}
