//! `freight_charges`, `unmatched_freight_charges`: every line of every invoice that counts, and what became of it (§4).

mod billing;
mod expected;
mod lines;
mod stops;

use landfall_schemas::{Currency, Money};

pub(crate) use expected::Expectations;
pub(crate) use lines::ChargeLine;

use super::milestones::Facts;
use super::world::World;
use crate::rows::{ChargeStatus, FreightChargeRow};

/// Billed against expected amount at the only shipment of a line, in minor units.
#[derive(Clone, Copy)]
pub(crate) struct Comparison {
    pub expected: i128,
    pub billed: i128,
    pub currency: Currency,
}

impl Comparison {
    pub fn variance(&self) -> i128 {
        self.billed - self.expected
    }
}

/// A charge line with its status.
pub(crate) struct Charge<'a> {
    pub line: ChargeLine<'a>,
    pub status: ChargeStatus,
    /// When the line is for one shipment and its amount was compared.
    pub comparison: Option<Comparison>,
}

impl Charge<'_> {
    /// Whether one of the statuses 1-8 applies: it is no bill for what was expected.
    pub fn is_stopped(&self) -> bool {
        self.status <= ChargeStatus::NoFxRate
    }

    /// Whether one of the statuses 1-5 applies: it is no cost of ours.
    pub fn is_no_cost(&self) -> bool {
        self.status <= ChargeStatus::NotOurLiability
    }
}

/// All charge lines with their statuses, in the order of (issuer, invoice_no, line as written).
pub(crate) fn charges<'a>(world: &World<'a>, expectations: &Expectations<'a>, facts: &Facts<'a>) -> Vec<Charge<'a>> {
    let lines = lines::charge_lines(world, expectations);
    let stops = stops::stops(world, expectations, &lines);
    let billed = billing::billings(world, expectations, &lines, &stops);
    lines
        .into_iter()
        .zip(stops)
        .map(|(line, stop)| match stop {
            Some(status) => Charge { line, status, comparison: None },
            None => billing::compared(world, expectations, facts, &billed, line),
        })
        .collect()
}

/// The row of a charge.
pub(crate) fn row(world: &World<'_>, charge: &Charge<'_>) -> FreightChargeRow {
    let Charge { line, status, comparison } = charge;
    let invoice = line.invoice.data;
    let compared = |minor: fn(&Comparison) -> i128| {
        comparison.as_ref().map(|comparison| Money::new(minor(comparison), comparison.currency))
    };
    FreightChargeRow {
        issuer: invoice.issuer.clone(),
        invoice_no: invoice.invoice_no.clone(),
        line_no: line.line.line_no,
        partner_code: line.line.code.clone(),
        code: line.code.into(),
        component: line.component,
        amount: Money::new(line.amount(), invoice.currency),
        currency: invoice.currency,
        issued_on: invoice.issued_on,
        status: *status,
        shipment_id: line.resolution.only_shipment().unwrap_or_default().into(),
        shipments: u32::try_from(line.resolution.shipments().len()).expect("fewer shipments than events"),
        expected_amount: compared(|it| it.expected),
        billed_amount: compared(|it| it.billed),
        variance_amount: compared(Comparison::variance),
        expected_currency: comparison.as_ref().map(|it| it.currency),
        base_amount: line.base_amount.map(|minor| world.rates.base_money(minor)),
    }
}
