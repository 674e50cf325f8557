//! Why a record is not an event: a stable code, the field, the offending value shortened.

use serde::{Deserialize, Serialize};

use crate::{Stream, Text};

/// The stable codes of `data_errors` and the dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A record over 1 MiB.
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON, not an object, a known key twice, or a string with a lone surrogate.
    NotJson,
    /// A required field is absent, null or blank.
    MissingField,
    /// Another JSON type than due.
    WrongType,
    /// The event's `type` is none of the known ones.
    UnknownType,
    /// Outside an enumeration, a range or the calendar.
    BadValue,
    /// No zone, not RFC 3339, or outside the years 1970-9998.
    BadTime,
    /// More decimals than the currency has, or than 10 for other numbers.
    AmountPrecision,
    /// More than 10^15 minor units.
    AmountRange,
    /// An identifier without letters and digits.
    EmptyIdentifier,
    /// A link between other than identity types.
    BadReference,
    /// A `line_no`, or a milestone of `plan`, twice in one document.
    DuplicateLine,
    /// One (code, payee) twice in a shipment's expected charges.
    DuplicateExpectedCharge,
    /// An invoice's `total` is not the sum of its lines.
    TotalMismatch,
    /// Recorded later than the clock allows: held until its time, not a dead letter.
    FutureDated,
    /// Ties with the winner of its document key but has other content: superseded, not a dead letter.
    ConflictingEvent,
}

impl ErrorCode {
    /// The code as it appears in views, topics and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorCode::TooLarge => "too_large",
            ErrorCode::NotUtf8 => "not_utf8",
            ErrorCode::NotJson => "not_json",
            ErrorCode::MissingField => "missing_field",
            ErrorCode::WrongType => "wrong_type",
            ErrorCode::UnknownType => "unknown_type",
            ErrorCode::BadValue => "bad_value",
            ErrorCode::BadTime => "bad_time",
            ErrorCode::AmountPrecision => "amount_precision",
            ErrorCode::AmountRange => "amount_range",
            ErrorCode::EmptyIdentifier => "empty_identifier",
            ErrorCode::BadReference => "bad_reference",
            ErrorCode::DuplicateLine => "duplicate_line",
            ErrorCode::DuplicateExpectedCharge => "duplicate_expected_charge",
            ErrorCode::TotalMismatch => "total_mismatch",
            ErrorCode::FutureDated => "future_dated",
            ErrorCode::ConflictingEvent => "conflicting_event",
        }
    }
}

/// A record that is not an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[error("{} at `{field}`: {message}", code.as_str())]
pub struct DataError {
    /// The stream of the event's type; `None` where the type could not be read.
    pub stream: Option<Stream>,
    /// What is wrong.
    pub code: ErrorCode,
    /// Path of the field, `data.lines[2].amount`, index from 0; empty for the record as a whole.
    pub field: String,
    /// What is wrong with which value (shortened) and what would be right.
    pub message: String,
    /// The event's id where it could be read, else empty.
    pub event_id: Text,
}
