//! `freight_charge`: a charge that is not matched. Key: issuer, invoice_no, line_no.

use landfall_schemas::{Currency, Money, format_text};

use super::Place;
use crate::rows::{ChargeStatus, ExceptionCategory, ExceptionRow};
use crate::views::freight_charges::SettledCharge;

/// The exception, since the date of issue. Where the charge was compared, its money at stake is the variance, which
/// stands on the last charge of the comparison only.
pub fn exception(settled: &SettledCharge, base: Currency) -> Option<ExceptionRow> {
    if settled.status == ChargeStatus::Matched {
        return None;
    }
    let invoice = &settled.charge.invoice.data;
    let place = Place {
        shipment: settled.shipment.as_deref(),
        order: None,
        partner_code: &invoice.issuer,
        partner: settled.partner.as_ref().map(|partner| &partner.data),
    };
    let line_no = format_text!("{}", settled.charge.line().line_no);
    let key = [invoice.issuer.as_str(), invoice.invoice_no.as_str(), &line_no];
    let row =
        place.exception(ExceptionCategory::FreightCharge, &key, settled.status.as_str(), invoice.issued_on.midnight());
    Some(ExceptionRow {
        invoice_no: invoice.invoice_no.clone(),
        amount_base: settled.at_stake.map(|amount| Money::new(amount.get(), base)),
        ..row
    })
}
