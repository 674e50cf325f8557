//! The `shipments` stream.

use super::envelope::IDENTIFIER;
use super::schema::names;
use super::{Holds, Range, Shape, key, optional, required};
use crate::event::{Classifier, MilestoneKind, Mode, ShipmentStatus};

pub(super) static SHIPMENT: Shape = Shape {
    name: "shipment",
    meaning: "A shipment.",
    fields: &[
        key("shipment_id", Holds::Text, "The shipment's id."),
        required("carrier", Holds::Text, "The carrier's partner code."),
        required("mode", Holds::OneOf(names::<Mode>), "Mode of transport."),
        optional("origin", Holds::Text, "Where it starts."),
        optional("destination", Holds::Text, "Where it goes."),
        required("region", Holds::Text, "The region that answers for it."),
        required("status", Holds::OneOf(names::<ShipmentStatus>), "State of the document."),
        optional("identifiers", Holds::List(&IDENTIFIER), "Identifiers it claims besides its own id."),
        optional("contents", Holds::List(&CONTENTS_LINE), "What it carries."),
        optional("plan", Holds::List(&PLANNED_MILESTONE), "When its milestones were promised; no milestone twice."),
        optional("charges", Holds::List(&EXPECTED_CHARGE), "What we expect to pay; no (code, payee) twice."),
    ],
};

static CONTENTS_LINE: Shape = Shape {
    name: "contents_line",
    meaning: "Goods of an order line in a shipment.",
    fields: &[
        required("order_id", Holds::Text, "The order."),
        required("line_no", Holds::LineNo, "The order's line."),
        required("quantity", Holds::Number(Range::NotNegative), "Quantity in the order line's unit."),
        optional("weight_kg", Holds::Number(Range::NotNegative), "Weight in kilograms."),
        optional("volume_m3", Holds::Number(Range::NotNegative), "Volume in cubic metres."),
        optional("value", Holds::Number(Range::NotNegative), "Value in the currency of the order."),
    ],
};

static PLANNED_MILESTONE: Shape = Shape {
    name: "planned_milestone",
    meaning: "When a milestone was promised.",
    fields: &[
        required("milestone", Holds::OneOf(names::<MilestoneKind>), "The milestone."),
        required("at", Holds::Time, "Its time."),
    ],
};

static EXPECTED_CHARGE: Shape = Shape {
    name: "expected_charge",
    meaning: "A charge that we expect to pay: quote, tender or contract rate.",
    fields: &[
        required("code", Holds::Text, "Canonical charge code."),
        required("currency", Holds::Currency, "The currency."),
        required("amount", Holds::Amount, "Amount in `currency`."),
        optional("payee", Holds::Text, "Who will bill it; the shipment's carrier unless given."),
    ],
};

pub(super) static MILESTONE: Shape = Shape {
    name: "milestone",
    meaning: "A milestone of a shipment. `source` is part of its key.",
    fields: &[
        key("milestone_id", Holds::Text, "Unique within the source."),
        required("ref", Holds::Object(&IDENTIFIER), "The identifier it speaks about."),
        required("milestone", Holds::OneOf(names::<MilestoneKind>), "Which milestone."),
        required("classifier", Holds::OneOf(names::<Classifier>), "Planned, estimated or actual."),
        required("at", Holds::Time, "Its time."),
        optional("location", Holds::Text, "Where."),
        optional("reason", Holds::Text, "Why (the carrier's reason code)."),
    ],
};

pub(super) static LINK: Shape = Shape {
    name: "link",
    meaning: "Two identifiers of one shipment; only of types that name one shipment (not mbl, mawb, container, load, \
              voyage, order).",
    fields: &[
        key("link_id", Holds::Text, "The link's id."),
        required("a", Holds::Object(&IDENTIFIER), "One identifier."),
        required("b", Holds::Object(&IDENTIFIER), "The other."),
    ],
};
