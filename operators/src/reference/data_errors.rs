//! `data_errors`: records that are no events, are held, or conflict (§8).

use std::collections::BTreeMap;

use landfall_schemas::{DataError, RecordId};

use super::documents::FaultyRecord;
use crate::rows::DataErrorRow;

/// Every row of the view: of several errors of one record the least.
pub(crate) fn rows(faults: &[FaultyRecord]) -> Vec<DataErrorRow> {
    let mut least: BTreeMap<RecordId, &DataError> = BTreeMap::new();
    for FaultyRecord { record, error } in faults {
        let known = least.entry(*record).or_insert(error);
        *known = (*known).min(error);
    }
    least
        .into_iter()
        .map(|(record, error)| DataErrorRow {
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
