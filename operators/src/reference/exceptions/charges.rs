//! Exceptions about charges: `freight_charge`, `unbilled_charge`.

use std::collections::BTreeMap;

use landfall_schemas::Date;

use super::{Finding, Sources};
use crate::reference::freight_charges::Charge;
use crate::reference::unbilled_charges::billing_deadline;
use crate::rows::{ChargeStatus, ExceptionCategory};

/// Lines whose amounts are compared as one.
type Bill<'a> = (&'a str, &'a str, &'a str);

fn bill<'a>(charge: &Charge<'a>) -> Option<Bill<'a>> {
    charge.comparison?;
    Some((charge.line.resolution.only_shipment()?, charge.line.code, charge.line.issuer()))
}

fn position<'a>(charge: &Charge<'a>) -> (Date, &'a str, u32) {
    let invoice = charge.line.invoice.data;
    (invoice.issued_on, &invoice.invoice_no, charge.line.line.line_no)
}

pub(super) fn freight_charges<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    let mut last_of_bill: BTreeMap<Bill<'a>, (Date, &'a str, u32)> = BTreeMap::new();
    for charge in sources.charges {
        if let Some(bill) = bill(charge) {
            let last = last_of_bill.entry(bill).or_insert(position(charge));
            *last = (*last).max(position(charge));
        }
    }
    sources
        .charges
        .iter()
        .filter(|charge| charge.status != ChargeStatus::Matched)
        .map(|charge| {
            let invoice = charge.line.invoice.data;
            let key = [invoice.issuer.as_str(), &invoice.invoice_no, &charge.line.line.line_no.to_string()];
            let since = invoice.issued_on.midnight();
            let is_last = bill(charge).is_some_and(|bill| last_of_bill[&bill] == position(charge));
            Finding {
                partner: &invoice.issuer,
                shipment: charge.line.resolution.only_shipment(),
                invoice_no: &invoice.invoice_no,
                amount_base: amount(sources, charge, is_last),
                ..Finding::new(ExceptionCategory::FreightCharge, &key, charge.status.as_str(), since)
            }
        })
        .collect()
}

/// The variance of the whole bill on its last line; elsewhere the amount of the line.
fn amount(sources: &Sources<'_, '_>, charge: &Charge<'_>, is_last: bool) -> Option<i128> {
    let issued_on = charge.line.invoice.data.issued_on;
    match (charge.status, charge.comparison) {
        (ChargeStatus::OverTolerance | ChargeStatus::UnderTolerance, Some(comparison)) if is_last => {
            sources.world.rates.to_base(comparison.variance(), comparison.currency, issued_on)
        }
        (ChargeStatus::OverTolerance | ChargeStatus::UnderTolerance, Some(_)) => Some(0),
        _ => charge.line.base_amount,
    }
}

pub(super) fn unbilled_charges<'s>(sources: &Sources<'s, '_>) -> Vec<Finding<'s>> {
    sources
        .unbilled
        .iter()
        .map(|row| {
            let since = billing_deadline(sources.world, row.delivered_at);
            let key = [row.shipment_id.as_str(), &row.code, &row.payee];
            let expected = row.expected_amount;
            Finding {
                partner: &row.payee,
                shipment: Some(&row.shipment_id),
                amount_base: sources.world.rates.to_base(expected.minor, expected.currency, since.date()),
                ..Finding::new(ExceptionCategory::UnbilledCharge, &key, "unbilled", since)
            }
        })
        .collect()
}
