//! Statuses 9-11: what is billed in all against what was expected.

use std::collections::BTreeMap;

use landfall_schemas::event::{MilestoneKind, Tolerance};
use landfall_schemas::{Date, Money};

use super::{Charge, ChargeLine, Comparison, Expectations};
use crate::reference::milestones::Facts;
use crate::reference::tolerance::{Deviation, is_inside};
use crate::reference::world::World;
use crate::rows::ChargeStatus;

/// Whose bill, for what, at which shipment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BillingKey<'a> {
    shipment: &'a str,
    code: &'a str,
    issuer: &'a str,
}

/// B: what all shares of lines that are not stopped come to.
pub(crate) struct Billing {
    minor: i128,
    /// How many shares were converted to the currency of what was expected.
    converted_shares: u32,
    last_issued_on: Date,
}

/// B wherever something was expected.
pub(crate) fn billings<'a>(
    world: &World<'a>,
    expectations: &Expectations<'a>,
    lines: &[ChargeLine<'a>],
    stops: &[Option<ChargeStatus>],
) -> BTreeMap<BillingKey<'a>, Billing> {
    let mut billings = BTreeMap::new();
    for (line, _) in lines.iter().zip(stops).filter(|(_, stop)| stop.is_none()) {
        let issued_on = line.invoice.data.issued_on;
        for share in &line.shares {
            let Some(expected) = expectations.get(share.to, line.code, line.issuer()) else { continue };
            let key = BillingKey { shipment: share.to, code: line.code, issuer: line.issuer() };
            let billing =
                billings.entry(key).or_insert(Billing { minor: 0, converted_shares: 0, last_issued_on: issued_on });
            billing.minor += world
                .rates
                .convert(share.minor, line.currency(), expected.currency, issued_on)
                .expect("a line that lacks a rate is stopped");
            billing.converted_shares += u32::from(line.currency() != expected.currency);
            billing.last_issued_on = billing.last_issued_on.max(issued_on);
        }
    }
    billings
}

/// The final status of a line that is not stopped.
pub(crate) fn compared<'a>(
    world: &World<'a>,
    expectations: &Expectations<'a>,
    facts: &Facts<'a>,
    billings: &BTreeMap<BillingKey<'a>, Billing>,
    line: ChargeLine<'a>,
) -> Charge<'a> {
    let rule = rule(world, line.issuer(), line.code);
    let compare = |shipment: &'a str, expected: Money| {
        let key = BillingKey { shipment, code: line.code, issuer: line.issuer() };
        let billing = billings.get(&key).expect("a line that is not stopped bills something");
        let comparison = Comparison { expected: expected.minor, billed: billing.minor, currency: expected.currency };
        (comparison, is_tolerated(world, rule, comparison, billing))
    };
    let comparisons: Vec<(Comparison, bool)> = line
        .shares
        .iter()
        .filter_map(|share| Some(compare(share.to, expectations.get(share.to, line.code, line.issuer())?)))
        .collect();
    let outside = |over: bool| comparisons.iter().any(|(it, tolerated)| !tolerated && (it.variance() > 0) == over);
    let delivered = |shipment: &&str| facts.actual(shipment, MilestoneKind::Delivered).is_some();
    let waits = rule.is_some_and(|rule| rule.require_delivered) && !line.resolution.shipments().iter().all(delivered);
    let status = if outside(true) {
        ChargeStatus::OverTolerance
    } else if outside(false) {
        ChargeStatus::UnderTolerance
    } else if waits {
        ChargeStatus::AwaitingDelivery
    } else {
        ChargeStatus::Matched
    };
    let comparison = line.resolution.only_shipment().and(comparisons.first()).map(|(comparison, _)| *comparison);
    Charge { line, status, comparison }
}

/// The most specific rule.
fn rule<'a>(world: &World<'a>, issuer: &str, code: &str) -> Option<&'a Tolerance> {
    [(issuer, code), (issuer, "*"), ("*", code), ("*", "*")]
        .iter()
        .find_map(|key| world.documents.tolerances.get(key))
        .map(|doc| doc.data)
}

/// Whether the variance is within the rule, or may come from the rounding of conversions alone.
fn is_tolerated(world: &World<'_>, rule: Option<&Tolerance>, comparison: Comparison, billing: &Billing) -> bool {
    let deviation = Deviation {
        variance: comparison.variance(),
        against: comparison.expected,
        currency: comparison.currency,
        day: billing.last_issued_on,
    };
    deviation.variance.unsigned_abs() <= u128::from(billing.converted_shares)
        || is_inside(rule, deviation, &world.rates)
}
