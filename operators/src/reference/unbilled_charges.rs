//! `unbilled_charges`: what was expected and nobody billed in time (§4).

use std::collections::BTreeSet;

use landfall_schemas::event::MilestoneKind;
use landfall_schemas::{Decimal, Timestamp};

use super::freight_charges::{Charge, Expectations};
use super::milestones::Facts;
use super::world::World;
use crate::rows::UnbilledChargeRow;

/// When a charge of a shipment delivered then should have been billed.
pub(crate) fn billing_deadline(world: &World<'_>, delivered_at: Timestamp) -> Timestamp {
    let days = world.settings.unbilled_after_days.units();
    delivered_at.plus_ms(Decimal::from_units(days * 24).hours_to_ms())
}

/// Every row of the view.
pub(crate) fn rows(
    world: &World<'_>,
    expectations: &Expectations<'_>,
    facts: &Facts<'_>,
    charges: &[Charge<'_>],
) -> Vec<UnbilledChargeRow> {
    let billed: BTreeSet<(&str, &str, &str)> = charges
        .iter()
        .filter(|charge| !charge.is_stopped())
        .flat_map(|charge| charge.line.shares.iter().map(|share| (share.to, charge.line.code, charge.line.issuer())))
        .collect();
    expectations
        .iter()
        .filter(|(_, _, expected)| expected.minor != 0)
        .filter(|(shipment, key, _)| !billed.contains(&(*shipment, key.code, key.payee)))
        .filter_map(|(shipment, key, expected)| {
            let delivered_at = facts.actual(shipment, MilestoneKind::Delivered)?;
            (world.clock > billing_deadline(world, delivered_at)).then(|| UnbilledChargeRow {
                shipment_id: shipment.into(),
                code: key.code.into(),
                payee: key.payee.into(),
                expected_amount: expected,
                expected_currency: expected.currency,
                delivered_at,
            })
        })
        .collect()
}
