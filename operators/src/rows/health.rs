//! Rows of the views about exceptions, feeds, key figures, totals and bad records.

use landfall_schemas::event::PartnerKind;
use landfall_schemas::{ErrorCode, Money, Origin, Text, Timestamp};

use super::cell::{Figure, Millionths, named_enum, view_row};

named_enum! {
    /// Category of an exception: §7 has one rule for each.
    ExceptionCategory {
        /// A charge that does not match.
        FreightCharge = "freight_charge",
        /// An expected charge nobody billed.
        UnbilledCharge = "unbilled_charge",
        /// A milestone late, overdue or at risk.
        LateMilestone = "late_milestone",
        /// Landed cost outside the tolerance.
        LandedCostVariance = "landed_cost_variance",
        /// An open customs hold.
        CustomsHold = "customs_hold",
        /// A rejected declaration.
        DeclarationRejected = "declaration_rejected",
        /// A declaration that belongs to no shipment.
        DeclarationUnmatched = "declaration_unmatched",
        /// A milestone that belongs to no shipment.
        UnresolvedMilestone = "unresolved_milestone",
        /// More shipped than ordered.
        OverShipped = "over_shipped",
        /// Declared and shipped quantities differ.
        QuantityMismatch = "quantity_mismatch",
        /// Declared and ordered HS codes differ.
        HsMismatch = "hs_mismatch",
        /// Duty outside the tolerance.
        DutyVariance = "duty_variance",
        /// Delivered but no receipt.
        DeliveredNotReceived = "delivered_not_received",
        /// Assessed but no duty posting.
        DutyNotPosted = "duty_not_posted",
        /// Under way without a tracking number.
        NoTracking = "no_tracking",
        /// A partner is silent for too long.
        StaleFeed = "stale_feed",
    }
}

named_enum! {
    /// How much an exception matters.
    Severity {
        /// Goods stand still.
        Critical = "critical",
        /// Money or time is being lost.
        High = "high",
        /// To be looked at.
        Medium = "medium",
        /// For information.
        Low = "low",
    }
}

named_enum! {
    /// Whether a partner's feed speaks.
    FeedState {
        /// It does.
        Fresh = "fresh",
        /// It has been silent for longer than allowed.
        Stale = "stale",
    }
}

named_enum! {
    /// Kind of a control total.
    ControlKind {
        /// Lines of invoices.
        Charges = "charges",
        /// Costs by component.
        LandedCost = "landed_cost",
        /// Records by stream.
        Records = "records",
    }
}

view_row! {
    /// Something that somebody should look at.
    ExceptionRow key(exception_id: Text) {
        /// Category, `:` and the key parts joined by `/`.
        exception_id: Text,
        /// Which rule.
        category: ExceptionCategory,
        /// Why.
        reason: Text,
        /// How much it matters.
        severity: Severity,
        /// The partner concerned.
        partner: Text,
        /// The region that answers for it.
        region: Text,
        /// Who answers for it.
        owner: Text,
        /// The shipment.
        shipment_id: Text,
        /// The order.
        order_id: Text,
        /// The invoice.
        invoice_no: Text,
        /// The declaration.
        declaration_id: Text,
        /// The money at stake in the base currency.
        amount_base: Option<Money>,
        /// Since when.
        since: Timestamp,
        /// More about it.
        detail: Text,
    }
}

view_row! {
    /// A partner's feed.
    FeedHealthRow key(partner: Text) {
        /// Partner code.
        partner: Text,
        /// What it is.
        kind: PartnerKind,
        /// Documents in force that come from it.
        documents: u64,
        /// When the newest of them was recorded.
        last_recorded_at: Timestamp,
        /// When its silence becomes an exception.
        stale_at: Option<Timestamp>,
        /// Whether it has.
        state: FeedState,
    }
}

view_row! {
    /// A key figure of one partner and region, or of all (`*`).
    KpiRow key(name: Text, partner: Text, region: Text) {
        /// Which figure.
        name: Text,
        /// Partner code, or `*`.
        partner: Text,
        /// Region, or `*`.
        region: Text,
        /// What counts.
        numerator: Figure,
        /// Out of what; empty for plain counts.
        denominator: Option<Figure>,
        /// Numerator over denominator.
        value: Option<Millionths>,
    }
}

view_row! {
    /// A control total: for each kind and name the parts sum to the whole.
    ControlTotalRow key(kind: ControlKind, name: Text, status: Text) {
        /// What is counted.
        kind: ControlKind,
        /// Stream, `invoice_lines` or component.
        name: Text,
        /// Which part, or the whole.
        status: Text,
        /// How many.
        count: u64,
        /// How much in the base currency.
        base_amount: Option<Money>,
    }
}

view_row! {
    /// A record that is no event, is held, or conflicts.
    DataErrorRow key(origin: Origin, partition: u32, offset: u64) {
        /// Topic or file.
        origin: Origin,
        /// Partition; 0 for files.
        partition: u32,
        /// Offset; line number from 1 for files.
        offset: u64,
        /// Stream of the event's type, `unknown` where that is not readable.
        stream: Text,
        /// Stable code.
        error_code: ErrorCode,
        /// Which field.
        field: Text,
        /// What is wrong and what would be right.
        message: Text,
        /// The event's id where readable.
        event_id: Text,
    }
}
