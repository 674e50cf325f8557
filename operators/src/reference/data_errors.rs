//! `data_errors`: records that are no events, are held, or conflict (§8).

use super::documents::FaultyRecord;
use crate::rows::DataErrorRow;

/// Every row of the view.
pub(crate) fn rows(faults: &[FaultyRecord]) -> Vec<DataErrorRow> {
    faults
        .iter()
        .map(|FaultyRecord { record, error }| DataErrorRow {
            origin: record.origin,
            partition: record.partition,
            offset: record.offset,
            stream: error.stream.map_or("unknown", |stream| stream.as_str()).into(),
            error_code: error.code,
            field: error.field.as_str().into(),
            message: error.message.as_str().into(),
            event_id: error.event_id.clone(),
        })
        .collect()
}
