//! The `customs` stream.

use super::envelope::IDENTIFIER;
use super::schema::names;
use super::{Holds, Range, Shape, key, optional, required};
use crate::event::{CustomsStatusKind, DeclarationKind, Stage};

pub(super) static DECLARATION: Shape = Shape {
    name: "declaration",
    meaning: "A customs declaration: a state, a newer revision replaces it.",
    fields: &[
        key("declaration_id", Holds::Text, "Entry number or movement reference number."),
        required("broker", Holds::Text, "The broker's partner code."),
        required("jurisdiction", Holds::Text, "The authority's country."),
        required("kind", Holds::OneOf(names::<DeclarationKind>), "Import or export."),
        required("stage", Holds::OneOf(names::<Stage>), "Estimated or assessed."),
        required("declared_on", Holds::Date, "Date of the declaration."),
        optional("refs", Holds::List(&IDENTIFIER), "Identifiers of what it covers."),
        required("currency", Holds::Currency, "Currency of all amounts."),
        required("lines", Holds::List(&LINE), "Its lines; no `line_no` twice."),
    ],
};

static LINE: Shape = Shape {
    name: "declaration_line",
    meaning: "A line of a declaration. It names an order line when both `order_id` and `order_line_no` are given.",
    fields: &[
        required("line_no", Holds::LineNo, "Number of the line, unique in the declaration."),
        optional("order_id", Holds::Text, "The order whose line is declared."),
        optional("order_line_no", Holds::LineNo, "The order's line."),
        required("hs_code", Holds::Text, "Harmonized System code."),
        required("origin_country", Holds::Text, "ISO 3166 country of origin."),
        optional("quantity", Holds::Number(Range::NotNegative), "Declared quantity, in the unit of the order line."),
        required("customs_value", Holds::Amount, "Value for customs."),
        required("duty", Holds::Amount, "Customs duty."),
        required("tax", Holds::Amount, "Import tax."),
        optional("fees", Holds::Amount, "Customs fees."),
    ],
};

pub(super) static CUSTOMS_STATUS: Shape = Shape {
    name: "customs_status",
    meaning: "A status of a declaration. `source` is part of its key.",
    fields: &[
        key("status_id", Holds::Text, "Unique within the source."),
        required("declaration_id", Holds::Text, "The declaration."),
        required("status", Holds::OneOf(names::<CustomsStatusKind>), "What happened."),
        optional("hold_type", Holds::Text, "Which hold; holds of a declaration are a set by this."),
        required("at", Holds::Time, "When."),
        optional("reason", Holds::Text, "Why."),
    ],
};
