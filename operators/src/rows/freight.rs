//! Rows of the views of freight charges.

use landfall_schemas::event::Component;
use landfall_schemas::{Currency, Date, Money, Text, Timestamp};

use super::cell::{named_enum, view_row};

named_enum! {
    /// What became of a charge line: the first rule of §4 that applies, in this order.
    ChargeStatus {
        /// The line and its invoice name no shipment.
        MissingReference = "missing_reference",
        /// What they name is no shipment we know.
        UnknownReference = "unknown_reference",
        /// They name several shipments where one is meant.
        AmbiguousReference = "ambiguous_reference",
        /// Another invoice already bills it.
        DuplicateCharge = "duplicate_charge",
        /// The seller pays it under the Incoterm.
        NotOurLiability = "not_our_liability",
        /// It was expected from somebody else.
        PayeeMismatch = "payee_mismatch",
        /// It was expected from nobody.
        UnexpectedCharge = "unexpected_charge",
        /// A conversion that the comparison needs has no rate.
        NoFxRate = "no_fx_rate",
        /// More than the tolerance above the expected amount.
        OverTolerance = "over_tolerance",
        /// More than the tolerance below the expected amount.
        UnderTolerance = "under_tolerance",
        /// As expected, but a shipment is not delivered yet.
        AwaitingDelivery = "awaiting_delivery",
        /// As expected.
        Matched = "matched",
    }
}

view_row! {
    /// A line of an invoice in force.
    FreightChargeRow key(issuer: Text, invoice_no: Text, line_no: u32) {
        /// Partner code of who bills.
        issuer: Text,
        /// The issuer's invoice number.
        invoice_no: Text,
        /// Line of the invoice.
        line_no: u32,
        /// Charge code as the partner wrote it.
        partner_code: Text,
        /// Canonical charge code.
        code: Text,
        /// Component of landed cost.
        component: Component,
        /// Billed amount in `currency`.
        amount: Money,
        /// Currency of the invoice.
        currency: Currency,
        /// Date of issue.
        issued_on: Date,
        /// What became of it.
        status: ChargeStatus,
        /// The shipment it is for, where there is exactly one.
        shipment_id: Text,
        /// How many shipments it is for.
        shipments: u32,
        /// What was expected for the shipment, code and issuer.
        expected_amount: Option<Money>,
        /// What is billed in all for the shipment, code and issuer.
        billed_amount: Option<Money>,
        /// Billed minus expected.
        variance_amount: Option<Money>,
        /// Currency of the three amounts.
        expected_currency: Option<Currency>,
        /// `amount` in the base currency at `issued_on`; empty without a rate.
        base_amount: Option<Money>,
    }
}

view_row! {
    /// An expected charge that nobody billed in time.
    UnbilledChargeRow key(shipment_id: Text, code: Text, payee: Text) {
        /// The shipment.
        shipment_id: Text,
        /// Canonical charge code.
        code: Text,
        /// Who was expected to bill it.
        payee: Text,
        /// What was expected.
        expected_amount: Money,
        /// Its currency.
        expected_currency: Currency,
        /// When the shipment was delivered.
        delivered_at: Timestamp,
    }
}
