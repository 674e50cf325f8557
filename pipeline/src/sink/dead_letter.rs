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

/// The headers of a dead letter, after those that the record had.
pub fn headers(letter: &DeadLetter) -> Vec<(String, Vec<u8>)> {
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
