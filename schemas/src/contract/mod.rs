//! The contract of each event type: its fields, what they may hold and what they mean.
//!
//! One table per object says which fields there are. From it come the JSON Schemas in `schemas/contracts/`, the
//! check for keys that are given twice, and the tests that hold decoding to it field by field.

mod customs;
mod envelope;
mod invoices;
mod orders;
mod reference;
mod schema;
mod shipments;

pub use envelope::ENVELOPE;
pub use schema::json_schema;

use crate::event::DocumentType;

/// The fields of an object, in the order in which they are read and reported.
#[derive(Debug)]
pub struct Shape {
    /// Its name, unique among shapes.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// Its fields. Others are accepted and ignored.
    pub fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// Whether it must be given.
    pub presence: Presence,
    /// What it may hold.
    pub holds: Holds,
    /// What it means.
    pub meaning: &'static str,
}

/// Whether a field must be given. Null, blank and absent are all "not given".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always, also where the document is withdrawn.
    Key,
    /// Wherever its object is.
    Required,
    /// Never.
    Optional,
}

/// What a field may hold.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// A string, trimmed.
    Text,
    /// RFC 3339 with a zone, in the years 1970-9998.
    Time,
    /// `YYYY-MM-DD`, in the years 1970-9998.
    Date,
    /// The alphabetic code of an ISO 4217 currency.
    Currency,
    /// `true` or `false`.
    Boolean,
    /// A JSON integer of at least 0.
    Revision,
    /// A JSON integer from 1 to 999999.
    LineNo,
    /// A JSON number or decimal string that is not money.
    Number(Range),
    /// Money in the currency that the document gives.
    Amount,
    /// One of a list of names; the function gives their JSON Schema.
    OneOf(fn() -> serde_json::Value),
    /// An object.
    Object(&'static Shape),
    /// A list of objects.
    List(&'static Shape),
}

/// Which numbers a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Any.
    Any,
    /// At least 0.
    NotNegative,
    /// Above 0.
    Positive,
}

const fn field(name: &'static str, presence: Presence, holds: Holds, meaning: &'static str) -> Field {
    Field { name, presence, holds, meaning }
}

/// A field of the document's key.
const fn key(name: &'static str, holds: Holds, meaning: &'static str) -> Field {
    field(name, Presence::Key, holds, meaning)
}

const fn required(name: &'static str, holds: Holds, meaning: &'static str) -> Field {
    field(name, Presence::Required, holds, meaning)
}

const fn optional(name: &'static str, holds: Holds, meaning: &'static str) -> Field {
    field(name, Presence::Optional, holds, meaning)
}

/// The shape of an event type's `data`.
pub fn shape_of(document_type: DocumentType) -> &'static Shape {
    match document_type {
        DocumentType::Order => &orders::ORDER,
        DocumentType::Receipt => &orders::RECEIPT,
        DocumentType::Posting => &orders::POSTING,
        DocumentType::Shipment => &shipments::SHIPMENT,
        DocumentType::Milestone => &shipments::MILESTONE,
        DocumentType::Link => &shipments::LINK,
        DocumentType::Declaration => &customs::DECLARATION,
        DocumentType::CustomsStatus => &customs::CUSTOMS_STATUS,
        DocumentType::Invoice => &invoices::INVOICE,
        DocumentType::FxRate => &reference::FX_RATE,
        DocumentType::ChargeCode => &reference::CHARGE_CODE,
        DocumentType::Tolerance => &reference::TOLERANCE,
        DocumentType::Sla => &reference::SLA,
        DocumentType::Partner => &reference::PARTNER,
    }
}
