//! `hs_mismatch`: an import declares an order line under another HS code than was ordered, in the first six digits.
//! Key: declaration_id, line_no.

use landfall_schemas::event::Order;
use landfall_schemas::{Text, format_text};

use super::Place;
use crate::document::Doc;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::declared_lines::DeclaredLine;

/// The exception of a declared line whose order, in force, has the line with an HS code; since the declaration's date.
pub fn exception(declared: &DeclaredLine, order: &Doc<Order>) -> Option<ExceptionRow> {
    let (order_id, order_line_no) = declared.order_line();
    let ordered_code = digits(order.data.line(order_line_no)?.hs_code.as_ref()?);
    let declared_code = digits(&declared.line().hs_code);
    let length = ordered_code.len().min(declared_code.len());
    if ordered_code[..length] == declared_code[..length] {
        return None;
    }
    let declaration = declared.state.data();
    let place = Place {
        shipment: declared.shipment.as_ref().map(|shipment| &shipment.data),
        order: Some(&order.data),
        partner_code: &declaration.broker,
        partner: declared.partner.as_ref().map(|partner| &partner.data),
    };
    let line_no = format_text!("{}", declared.line().line_no);
    let key = [declaration.declaration_id.as_str(), &line_no];
    let since = declaration.declared_on.midnight();
    let row = place.exception(ExceptionCategory::HsMismatch, &key, "hs_mismatch", since);
    Some(ExceptionRow {
        order_id,
        declaration_id: declaration.declaration_id.clone(),
        detail: Text::from(format!("declared={declared_code};ordered={ordered_code}")),
        ..row
    })
}

/// The first six digits of a code; other characters do not count.
fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).take(6).collect()
}
