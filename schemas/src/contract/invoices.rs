//! The `invoices` stream.

use super::envelope::IDENTIFIER;
use super::schema::names;
use super::{Holds, Range, Shape, key, optional, required};
use crate::event::InvoiceKind;

pub(super) static INVOICE: Shape = Shape {
    name: "invoice",
    meaning: "An invoice or a credit. Amounts are signed; a credit's are normally negative.",
    fields: &[
        key("issuer", Holds::Text, "The partner code of who bills."),
        key("invoice_no", Holds::Text, "The issuer's number."),
        required("kind", Holds::OneOf(names::<InvoiceKind>), "Invoice or credit."),
        required("currency", Holds::Currency, "Currency of all amounts."),
        required("issued_on", Holds::Date, "Date of issue."),
        optional("refs", Holds::List(&IDENTIFIER), "Identifiers of what it is for."),
        required("lines", Holds::List(&LINE), "Its charges; no `line_no` twice."),
        optional("total", Holds::Amount, "The sum of the lines."),
        optional("replaces", Holds::Text, "Number of another invoice of the same issuer that no longer counts."),
    ],
};

static LINE: Shape = Shape {
    name: "invoice_line",
    meaning: "A charge of an invoice.",
    fields: &[
        required("line_no", Holds::LineNo, "Number of the line, unique in the invoice."),
        required("code", Holds::Text, "The partner's charge code."),
        required("amount", Holds::Amount, "Amount in the invoice's currency."),
        optional("refs", Holds::List(&IDENTIFIER), "Identifiers of what it is for, in place of the invoice's."),
        optional("weight_kg", Holds::Number(Range::NotNegative), "Billed weight in kilograms."),
    ],
};
