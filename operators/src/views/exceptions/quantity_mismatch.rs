//! `quantity_mismatch`: all imports that cover the same shipments declare another quantity of an order line than is in
//! them. Key: declaration_id (the smallest), order_id, line_no.

use landfall_schemas::{Text, format_text};

use super::Place;
use crate::document::OrderFields;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::quantities::QuantityMismatch;

/// The exception, since that declaration's date. `order` is the order named, where it is known.
pub fn exception(mismatch: &QuantityMismatch, order: Option<&OrderFields>) -> ExceptionRow {
    let declaration = mismatch.declaration.data();
    let place = Place {
        shipment: mismatch.shipment.as_ref().map(|shipment| &shipment.data),
        order,
        partner_code: &declaration.broker,
        partner: mismatch.partner.as_ref().map(|partner| &partner.data),
    };
    let line_no = format_text!("{}", mismatch.line_no);
    let key = [declaration.declaration_id.as_str(), mismatch.order_id.as_str(), &line_no];
    let since = declaration.declared_on.midnight();
    let row = place.exception(ExceptionCategory::QuantityMismatch, &key, "quantity_mismatch", since);
    ExceptionRow {
        order_id: mismatch.order_id.clone(),
        declaration_id: declaration.declaration_id.clone(),
        detail: Text::from(format!("declared={};shipped={}", mismatch.declared, mismatch.shipped)),
        ..row
    }
}
