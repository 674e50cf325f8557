//! The `reference` stream.

use super::schema::names;
use super::{Holds, Range, Shape, key, optional, required};
use crate::event::{Basis, Component, MilestoneKind, Mode, PartnerKind};

const NOT_NEGATIVE: Holds = Holds::Number(Range::NotNegative);

pub(super) static FX_RATE: Shape = Shape {
    name: "fx_rate",
    meaning: "An exchange rate: 1 `base` = `rate` `quote` from `date` on.",
    fields: &[
        key("date", Holds::Date, "The day of the rate."),
        key("base", Holds::Currency, "The currency of which there is one."),
        key("quote", Holds::Currency, "The currency of which there are `rate`."),
        required("rate", Holds::Number(Range::Positive), "How many."),
    ],
};

pub(super) static CHARGE_CODE: Shape = Shape {
    name: "charge_code",
    meaning: "Maps a partner's charge code to a canonical one.",
    fields: &[
        key("issuer", Holds::Text, "The partner, or `*` for any."),
        key("partner_code", Holds::Text, "The partner's code."),
        required("code", Holds::Text, "The canonical code."),
        optional("component", Holds::OneOf(names::<Component>), "Replaces the built-in component of `code`."),
        optional("basis", Holds::OneOf(names::<Basis>), "Replaces the built-in basis of `code`."),
    ],
};

pub(super) static TOLERANCE: Shape = Shape {
    name: "tolerance",
    meaning: "How far a charge may be from what was expected. Where `currency` is given, the two `abs` limits are \
              money in it: with its decimals and range.",
    fields: &[
        key("issuer", Holds::Text, "The partner, or `*` for any."),
        key("code", Holds::Text, "The canonical code, or `*` for any."),
        optional("over_pct", NOT_NEGATIVE, "Fraction of the expected amount that may be over: 0.05 is 5 %."),
        optional("under_pct", NOT_NEGATIVE, "Fraction of the expected amount that may be under."),
        optional("currency", Holds::Currency, "Currency of the two limits below; else that of the charge."),
        optional("over_abs", NOT_NEGATIVE, "Amount that may be over."),
        optional("under_abs", NOT_NEGATIVE, "Amount that may be under."),
        optional("require_delivered", Holds::Boolean, "Whether a charge waits until its shipments are delivered."),
    ],
};

pub(super) static SLA: Shape = Shape {
    name: "sla",
    meaning: "When a milestone is due, for the shipments that match.",
    fields: &[
        key("name", Holds::Text, "The rule's name."),
        required("milestone", Holds::OneOf(names::<MilestoneKind>), "The milestone that is due."),
        optional("carrier", Holds::Text, "Only shipments of this carrier."),
        optional("mode", Holds::OneOf(names::<Mode>), "Only shipments of this mode."),
        optional("region", Holds::Text, "Only shipments of this region."),
        optional("after", Holds::OneOf(names::<MilestoneKind>), "The milestone from whose actual time it is counted."),
        optional("within_hours", NOT_NEGATIVE, "Hours after that."),
        optional("grace_hours", NOT_NEGATIVE, "Hours that it may be later without being late."),
    ],
};

pub(super) static PARTNER: Shape = Shape {
    name: "partner",
    meaning: "A partner.",
    fields: &[
        key("code", Holds::Text, "Partner code."),
        required("kind", Holds::OneOf(names::<PartnerKind>), "What it is."),
        required("name", Holds::Text, "Its name."),
        required("region", Holds::Text, "The region that answers for it."),
        required("owner", Holds::Text, "Who answers for it."),
        optional("max_silence_hours", NOT_NEGATIVE, "Hours after which its silence is an exception."),
    ],
};
