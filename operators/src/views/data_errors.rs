//! `data_errors`: records that are no events, are held, or conflict (§2, §8).
//!
//! Grain and key: the record (origin, partition, offset). A dead letter stays; a held record goes when its time comes; a
//! conflicting one goes when another event wins its document key.

use landfall_schemas::{DataError, RecordId, Stream, Text};

use crate::rows::DataErrorRow;

/// The row of a record.
pub fn row(record: RecordId, error: DataError) -> DataErrorRow {
    DataErrorRow {
        origin: record.origin,
        partition: record.partition,
        offset: record.offset,
        stream: Text::from(error.stream.map_or("unknown", Stream::as_str)),
        error_code: error.code,
        field: Text::from(error.field),
        message: Text::from(error.message),
        event_id: error.event_id,
    }
}
