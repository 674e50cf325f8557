//! The envelope of every event, and identifiers.

use super::schema::names;
use super::{Holds, Shape, optional, required};
use crate::IdentifierType;

/// The envelope, but for `data`, which depends on `type`.
pub static ENVELOPE: Shape = Shape {
    name: "event",
    meaning: "One event: a document as of a revision, or its withdrawal. Unknown fields are accepted and ignored. \
              An optional field that is null, blank or absent is not given.",
    fields: &[
        required("event_id", Holds::Text, "Unique within `source`."),
        required("type", Holds::Text, "The type of the document."),
        required("source", Holds::Text, "The system that speaks, e.g. `erp:eu`."),
        required("occurred_at", Holds::Time, "Business time."),
        optional("recorded_at", Holds::Time, "When the source recorded it; `occurred_at` unless given."),
        optional("revision", Holds::Revision, "Version of the document; 0 unless given. The greatest wins."),
        optional("retracted", Holds::Boolean, "Whether the document is withdrawn; then only its key fields are read."),
    ],
};

pub(super) static IDENTIFIER: Shape = Shape {
    name: "identifier",
    meaning: "An identifier of a shipment. Identifiers compare on the ASCII letters and digits of their value, \
              upper-cased; there must be at least one.",
    fields: &[
        required("type", Holds::OneOf(names::<IdentifierType>), "What kind of number it is."),
        required("value", Holds::Text, "The number as written."),
    ],
};
