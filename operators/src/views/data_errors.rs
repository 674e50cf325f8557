//! `data_errors`: records that are no events, are held, or conflict (§2, §8).
//!
//! Grain and key: the record (origin, partition, offset). A dead letter stays; a held record goes when its time comes; a
//! conflicting one goes when another event wins its document key.
//!
//! A record of a format that holds many messages may have several errors, and two files of one name in different folders
//! give the same record twice: the least error by (stream, code, field, message) stands for them.

use landfall_schemas::{DataError, RecordId, Stream, Text};
use triomphe::Arc;

use crate::dataflow::Flow;
use crate::rows::DataErrorRow;

/// The view.
#[inline]
pub(crate) fn data_errors<'scope>(errors: Flow<'scope, (RecordId, DataError)>) -> Flow<'scope, Arc<DataErrorRow>> {
    errors
        .reduce_named("data_errors", |_record, errors, output| {
            output.extend(errors.first().map(|(least, _)| ((*least).clone(), 1_isize)));
        })
        .map(|(record, error)| Arc::new(row(record, error)))
}

/// The row of a record.
fn row(record: RecordId, error: DataError) -> DataErrorRow {
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
