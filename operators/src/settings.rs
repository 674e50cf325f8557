//! The settings of the spec: everything besides events and clock that a view depends on.

use landfall_schemas::{Currency, Decimal};

/// Settings with the spec's defaults. They hold for a whole run; changing one means a new run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The currency of all base amounts.
    pub base_currency: Currency,
    /// Whether the component `tax` counts in the totals of landed cost.
    pub include_tax: bool,
    /// More linked identifiers than this are no name any more.
    pub max_component: usize,
    /// A group reference to more shipments than this is ambiguous.
    pub max_group: usize,
    /// An exchange rate older than this many days is no rate.
    pub fx_max_age_days: i32,
    /// The currency across which missing rates are computed.
    pub fx_pivot: Currency,
    /// Days after delivery at which an expected charge that was not billed is an exception.
    pub unbilled_after_days: Decimal,
    /// Hours after delivery at which a missing receipt is an exception.
    pub receipt_after_hours: Decimal,
    /// Hours after the declaration date at which a missing duty posting is an exception.
    pub duty_post_after_hours: Decimal,
    /// Hours that a record may be ahead of the clock before it is held.
    pub max_future_skew_hours: Decimal,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            base_currency: Currency::EUR,
            include_tax: false,
            max_component: 1000,
            max_group: 500,
            fx_max_age_days: 7,
            fx_pivot: Currency::EUR,
            unbilled_after_days: Decimal::whole(30),
            receipt_after_hours: Decimal::whole(48),
            duty_post_after_hours: Decimal::whole(120),
            max_future_skew_hours: Decimal::whole(24),
        }
    }
}
