//! `unbilled_charge`: a row of `unbilled_charges`. Key: shipment_id, code, payee.

use landfall_schemas::{Currency, Money};

use super::Place;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::views::unbilled_charges::Unbilled;

/// The exception, since delivery plus `unbilled_after_days`.
pub fn exception(unbilled: &Unbilled, base: Currency) -> ExceptionRow {
    let place = Place {
        shipment: Some(&unbilled.shipment),
        order: None,
        partner_code: &unbilled.payee,
        partner: unbilled.partner.as_ref().map(|partner| &partner.data),
    };
    let key = [unbilled.shipment.shipment_id.as_str(), unbilled.code.as_str(), unbilled.payee.as_str()];
    let row = place.exception(ExceptionCategory::UnbilledCharge, &key, "unbilled", unbilled.since);
    ExceptionRow { amount_base: unbilled.base.map(|amount| Money::new(amount.get(), base)), ..row }
}
