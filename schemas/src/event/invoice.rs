//! The `invoices` stream: invoices and credits of carriers and brokers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Currency, Date, Decimal, Identifier, Text};

/// Invoice or credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum InvoiceKind {
    Invoice,
    Credit,
}

/// One charge of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// 1-999999, unique in the invoice.
    pub line_no: u32,
    /// The partner's charge code.
    pub code: Text,
    /// Signed minor units of the invoice's currency.
    pub amount: i64,
    /// Identifiers of what it is for; when not empty they stand in place of the header's.
    pub refs: Box<[Identifier]>,
    /// Billed weight in kilograms.
    pub weight_kg: Option<Decimal>,
}

/// An invoice. Key: (`issuer`, `invoice_no`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Invoice {
    /// The partner code of who bills.
    pub issuer: Text,
    /// The issuer's number.
    pub invoice_no: Text,
    /// Invoice or credit.
    pub kind: InvoiceKind,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Date of issue.
    pub issued_on: Date,
    /// Identifiers of what it is for.
    pub refs: Box<[Identifier]>,
    /// Its lines, as written.
    pub lines: Box<[InvoiceLine]>,
    /// The sum of the lines in minor units, where given.
    pub total: Option<i64>,
    /// Number of an invoice of the same issuer that this one replaces.
    pub replaces: Option<Text>,
}
