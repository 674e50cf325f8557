//! `unbilled_charges`: expected charges of delivered shipments that nobody has billed in time (§4).
//!
//! Grain and key: (shipment_id, code, payee). A row appears when the shipment has been delivered for longer than
//! `unbilled_after_days` and no charge of the payee under that code counts against it; by the clock alone, without an
//! event. It goes when such a charge arrives, the expectation becomes 0, or the delivery is withdrawn.
//!
//! Example: 80.00 EUR of BRK expected from broker B, delivered on 1 March 10:00: listed from 31 March 10:00:00.001 on.

use differential_dataflow::VecCollection;
use landfall_schemas::event::Partner;
use landfall_schemas::{Currency, Decimal, Money, Text, Timestamp};
use triomphe::Arc;

use crate::Tick;
use crate::document::Doc;
use crate::operator::ambient::Ambient;
use crate::operator::world::World;
use crate::rows::{UnbilledChargeRow, View};
use crate::stage::subject::Subject;
use crate::stage::terms::Expected;
use crate::stage::wide::Wide;

/// An expected charge that nobody billed in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unbilled {
    /// The shipment.
    pub shipment: Subject,
    /// Canonical code of the charge.
    pub code: Text,
    /// Who was expected to bill it.
    pub payee: Text,
    /// What was expected, in minor units of `currency`.
    pub amount: Wide,
    /// Its currency.
    pub currency: Currency,
    /// When the shipment was delivered.
    pub delivered_at: Timestamp,
    /// Since when it is an exception.
    pub since: Timestamp,
    /// The expected amount in the base currency on that day.
    pub base: Option<Wide>,
    /// The payee's partner document.
    pub partner: Option<Doc<Partner>>,
}

/// The rows of the view.
#[inline]
pub fn unbilled_charges<'scope>(
    unbilled: VecCollection<'scope, Tick, Unbilled>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, Arc<UnbilledChargeRow>> {
    let audience = ambient.audience();
    unbilled.flat_map(move |unbilled| {
        audience.reads(View::UnbilledCharges).then(|| {
            Arc::new(UnbilledChargeRow {
                shipment_id: unbilled.shipment.shipment_id.clone(),
                code: unbilled.code.clone(),
                payee: unbilled.payee.clone(),
                expected_amount: Money::new(unbilled.amount.get(), unbilled.currency),
                expected_currency: unbilled.currency,
                delivered_at: unbilled.delivered_at,
            })
        })
    })
}

/// Since when expected charges of a delivered shipment are listed that nothing was billed for; `None` before that.
pub fn listed_since(delivered_at: Timestamp, world: &mut World<'_>) -> Option<Timestamp> {
    let since = delivered_at.plus_ms(days_to_ms(world.settings().unbilled_after_days));
    world.passed(since).then_some(since)
}

/// An expected charge that is to be listed since then.
pub fn unbilled(
    shipment: &Subject,
    expected: &Expected<'_>,
    delivered_at: Timestamp,
    since: Timestamp,
    world: &mut World<'_>,
) -> Unbilled {
    Unbilled {
        shipment: shipment.clone(),
        code: expected.code.clone(),
        payee: expected.payee.clone(),
        amount: expected.amount.into(),
        currency: expected.currency,
        delivered_at,
        since,
        base: world.to_base(expected.amount, expected.currency, since.date()).map(Wide::from),
        partner: world.partner(expected.payee),
    }
}

fn days_to_ms(days: Decimal) -> i64 {
    days.hours_to_ms().saturating_mul(24)
}
