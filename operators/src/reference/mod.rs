//! Every view computed naively from a list of records and a clock: the oracle of the property tests.
//!
//! Shares only the row types, the settings and the arithmetic with the dataflow.

use landfall_schemas::{DataError, Event, RecordId, Timestamp};

use crate::rows::Tables;
use crate::settings::Settings;

/// The views over these records at this clock.
pub fn views(
    _records: &[(RecordId, Result<Event, DataError>)],
    _clock: Timestamp,
    _settings: &Settings,
) -> Tables {
    Tables::default()
}
