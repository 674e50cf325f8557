//! Messages of the `data_errors` rows that the views themselves make: held and conflicting records.

use landfall_schemas::Timestamp;

/// The message of a record that is held until its time (`future_dated`).
pub fn held_message(recorded_at: Timestamp) -> String {
    format!("recorded at {recorded_at}, later than the clock allows: held until its time comes")
}

/// The message of a record that ties with the winner of its document key but says something else
/// (`conflicting_event`).
pub fn conflicting_message() -> String {
    "ties with the event in force of the same document but has other content".to_owned()
}
