//! Canonical JSON: one event per record.

use crate::{DataError, Event};

/// Decodes one record.
///
/// # Errors
/// A [`DataError`] with the code, field and message that `data_errors` shows.
pub fn decode(_record: &[u8]) -> Result<Event, DataError> {
    unimplemented!()
}
