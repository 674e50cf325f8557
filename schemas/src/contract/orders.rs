//! The `orders` stream.

use super::schema::names;
use super::{Holds, Range, Shape, key, optional, required};
use crate::event::{OrderStatus, PostingKind};

pub(super) static ORDER: Shape = Shape {
    name: "order",
    meaning: "A purchase order.",
    fields: &[
        key("order_id", Holds::Text, "The order's number."),
        required("buyer", Holds::Text, "The buying company."),
        required("supplier", Holds::Text, "The supplier's partner code."),
        required("incoterm", Holds::Text, "Delivery term (ICC Incoterms), three capital letters."),
        required("currency", Holds::Currency, "Currency of prices and estimates."),
        required("ordered_on", Holds::Date, "Order date."),
        required("region", Holds::Text, "The buyer's region."),
        required("status", Holds::OneOf(names::<OrderStatus>), "State of the order."),
        required("lines", Holds::List(&LINE), "Its lines; no `line_no` twice."),
    ],
};

static LINE: Shape = Shape {
    name: "order_line",
    meaning: "A line of an order.",
    fields: &[
        required("line_no", Holds::LineNo, "Number of the line, unique in the order."),
        required("sku", Holds::Text, "The buyer's article number."),
        optional("description", Holds::Text, "What it is."),
        optional("hs_code", Holds::Text, "Harmonized System code."),
        optional("origin_country", Holds::Text, "ISO 3166 country of origin."),
        required("quantity", Holds::Number(Range::Positive), "Ordered quantity in `unit`."),
        required("unit", Holds::Text, "Unit of every quantity of this line."),
        required("unit_price", Holds::Number(Range::Any), "Price of one unit in the order's currency."),
        optional("weight_kg", Holds::Number(Range::NotNegative), "Weight of the line in kilograms."),
        optional("volume_m3", Holds::Number(Range::NotNegative), "Volume of the line in cubic metres."),
        optional("estimates", Holds::Object(&ESTIMATES), "Estimated costs in the order's currency."),
    ],
};

static ESTIMATES: Shape = Shape {
    name: "estimates",
    meaning: "Estimated costs of an order line by component.",
    fields: &[
        optional("freight", Holds::Amount, "Carriage, with its surcharges."),
        optional("insurance", Holds::Amount, "Cargo insurance."),
        optional("duty", Holds::Amount, "Customs duty."),
        optional("tax", Holds::Amount, "Import tax (VAT, GST)."),
        optional("fees", Holds::Amount, "Customs fees."),
        optional("brokerage", Holds::Amount, "Brokerage fees."),
        optional("handling", Holds::Amount, "Terminal handling, demurrage, detention, accessorials, documents."),
        optional("other", Holds::Amount, "Anything else."),
    ],
};

pub(super) static RECEIPT: Shape = Shape {
    name: "receipt",
    meaning: "Goods received against an order line.",
    fields: &[
        key("receipt_id", Holds::Text, "The receipt's number."),
        required("order_id", Holds::Text, "The order."),
        required("line_no", Holds::LineNo, "The order's line."),
        optional("shipment_id", Holds::Text, "The shipment the goods came with."),
        required("quantity", Holds::Number(Range::NotNegative), "Quantity received, in the order line's unit."),
        required("received_at", Holds::Time, "When they were received."),
    ],
};

pub(super) static POSTING: Shape = Shape {
    name: "posting",
    meaning: "A posting in the ledger.",
    fields: &[
        key("posting_id", Holds::Text, "The posting's number."),
        required("kind", Holds::OneOf(names::<PostingKind>), "What it is about."),
        optional("shipment_id", Holds::Text, "The shipment it names."),
        optional("order_id", Holds::Text, "The order it names."),
        optional("declaration_id", Holds::Text, "The declaration it names."),
        optional("invoice_no", Holds::Text, "The invoice it names."),
        optional("issuer", Holds::Text, "The issuer of that invoice."),
        required("currency", Holds::Currency, "The currency."),
        required("amount", Holds::Amount, "Amount in `currency`."),
        required("posted_at", Holds::Time, "When it was posted."),
    ],
};
