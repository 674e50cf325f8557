//! `unbilled_charges`: expected charges of delivered shipments that nobody has billed in time (§4).
//!
//! Grain and key: (shipment_id, code, payee). A row appears when the shipment has been delivered for longer than
//! `unbilled_after_days` and no charge of the payee under that code counts against it; by the clock alone, without an
//! event. It goes when such a charge arrives, the expectation becomes 0, or the delivery is withdrawn.
//!
//! Example: 80.00 EUR of BRK expected from broker B, delivered on 1 March 10:00: listed from 31 March 10:00:00.001 on.

use differential_dataflow::VecCollection;
use landfall_schemas::event::{Partner, Shipment};
use landfall_schemas::{Currency, Decimal, Money, Text, Timestamp};
use triomphe::Arc;

use crate::Tick;
use crate::document::Doc;
use crate::operator::world::World;
use crate::rows::UnbilledChargeRow;
use crate::stage::terms::Expected;

/// An expected charge that nobody billed in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unbilled {
    /// The shipment.
    pub shipment: Doc<Shipment>,
    /// Canonical code of the charge.
    pub code: Text,
    /// Who was expected to bill it.
    pub payee: Text,
    /// What was expected, in minor units of `currency`.
    pub amount: i128,
    /// Its currency.
    pub currency: Currency,
    /// When the shipment was delivered.
    pub delivered_at: Timestamp,
    /// Since when it is an exception.
    pub since: Timestamp,
    /// The expected amount in the base currency on that day.
    pub base: Option<i128>,
    /// The payee's partner document.
    pub partner: Option<Doc<Partner>>,
}

/// The rows of the view.
#[inline]
pub fn unbilled_charges<'scope>(
    unbilled: VecCollection<'scope, Tick, Arc<Unbilled>>,
) -> VecCollection<'scope, Tick, Arc<UnbilledChargeRow>> {
    unbilled.map(|unbilled| {
        Arc::new(UnbilledChargeRow {
            shipment_id: unbilled.shipment.data.shipment_id.clone(),
            code: unbilled.code.clone(),
            payee: unbilled.payee.clone(),
            expected_amount: Money::new(unbilled.amount, unbilled.currency),
            expected_currency: unbilled.currency,
            delivered_at: unbilled.delivered_at,
        })
    })
}

/// An expected charge that nothing was billed for, once it is due to be listed.
pub fn unbilled(
    shipment: &Doc<Shipment>,
    expected: &Expected<'_>,
    delivered: Option<Timestamp>,
    world: &mut World<'_>,
) -> Option<Unbilled> {
    let delivered_at = delivered.filter(|_| expected.amount != 0)?;
    let since = delivered_at.plus_ms(days_to_ms(world.settings().unbilled_after_days));
    if !world.passed(since) {
        return None;
    }
    let currency: Currency = expected.currency;
    Some(Unbilled {
        shipment: shipment.clone(),
        code: expected.code.clone(),
        payee: expected.payee.clone(),
        amount: expected.amount,
        currency,
        delivered_at,
        since,
        base: world.to_base(expected.amount, currency, since.date()),
        partner: world.partner(expected.payee),
    })
}

fn days_to_ms(days: Decimal) -> i64 {
    days.hours_to_ms().saturating_mul(24)
}
