//! Events for the tests of decoding: one with every field of each type, and generated ones.
#![allow(dead_code, reason = "every test file uses its part")]

pub mod generated;

use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json::decode;
use serde_json::{Value, json};

/// An event with every field that its contract knows, each with a value other than its default.
pub fn full(document_type: DocumentType) -> Value {
    json!({
        "event_id": "e-1",
        "type": document_type.as_str(),
        "source": "erp:eu",
        "occurred_at": "2026-03-01T10:00:00Z",
        "recorded_at": "2026-03-01T11:00:00+00:30",
        "revision": 3,
        "retracted": false,
        "data": data(document_type),
    })
}

fn data(document_type: DocumentType) -> Value {
    let refs = json!([{ "type": "bol", "value": "X-1" }]);
    match document_type {
        DocumentType::Order => json!({
            "order_id": "PO1", "buyer": "B", "supplier": "S", "incoterm": "FOB", "currency": "EUR",
            "ordered_on": "2026-02-01", "region": "EU", "status": "open", "lines": [{
                "line_no": 1, "sku": "A", "description": "D", "hs_code": "847130", "origin_country": "CN",
                "quantity": "5", "unit": "EA", "unit_price": "2.5", "weight_kg": 1.5, "volume_m3": "0.1",
                "estimates": {
                    "freight": "10.00", "insurance": 1, "duty": "2", "tax": "3", "fees": "4", "brokerage": "5",
                    "handling": "6", "other": "-7",
                },
            }],
        }),
        DocumentType::Receipt => json!({
            "receipt_id": "G1", "order_id": "PO1", "line_no": 1, "shipment_id": "S1", "quantity": "5",
            "received_at": "2026-03-01T10:00:00Z",
        }),
        DocumentType::Posting => json!({
            "posting_id": "P1", "kind": "landed_cost", "shipment_id": "S1", "order_id": "PO1",
            "declaration_id": "D1", "invoice_no": "I1", "issuer": "C", "amount": "5.00", "currency": "EUR",
            "posted_at": "2026-03-01T10:00:00Z",
        }),
        DocumentType::Shipment => json!({
            "shipment_id": "S1", "carrier": "C", "mode": "ocean", "origin": "CNSHA", "destination": "NLRTM",
            "region": "EU", "status": "active", "identifiers": refs,
            "contents": [{
                "order_id": "PO1", "line_no": 1, "quantity": "5", "weight_kg": "10", "volume_m3": "1", "value": "9.5",
            }],
            "plan": [{ "milestone": "arrived", "at": "2026-03-02T00:00:00Z" }],
            "charges": [{ "code": "FRT", "amount": "100.00", "currency": "EUR", "payee": "OTHER" }],
        }),
        DocumentType::Milestone => json!({
            "milestone_id": "M1", "ref": { "type": "bol", "value": "X1" }, "milestone": "picked_up",
            "classifier": "actual", "at": "2026-03-02T00:00:00+02:00", "location": "NLRTM", "reason": "AF",
        }),
        DocumentType::Link => json!({
            "link_id": "L1", "a": { "type": "bol", "value": "X1" }, "b": { "type": "delivery_note", "value": "9" },
        }),
        _ => more_data(document_type, refs),
    }
}

fn more_data(document_type: DocumentType, refs: Value) -> Value {
    match document_type {
        DocumentType::Declaration => json!({
            "declaration_id": "D1", "broker": "BK", "jurisdiction": "NL", "kind": "import", "stage": "assessed",
            "declared_on": "2026-03-01", "refs": refs, "currency": "EUR", "lines": [{
                "line_no": 1, "order_id": "PO1", "order_line_no": 2, "hs_code": "847130", "origin_country": "CN",
                "quantity": "4", "customs_value": "100", "duty": "5.00", "tax": "21", "fees": "1",
            }],
        }),
        DocumentType::CustomsStatus => json!({
            "status_id": "CS1", "declaration_id": "D1", "status": "hold_removed", "hold_type": "1H",
            "at": "2026-03-01T10:00:00Z", "reason": "exam",
        }),
        DocumentType::Invoice => json!({
            "issuer": "C", "invoice_no": "I1", "kind": "credit", "currency": "EUR", "issued_on": "2026-03-03",
            "refs": refs, "lines": [{ "line_no": 1, "code": "FRT", "amount": "-100.00", "refs": refs, "weight_kg": "7" }],
            "total": "-100.00", "replaces": "I0",
        }),
        DocumentType::FxRate => json!({ "date": "2026-03-01", "base": "EUR", "quote": "USD", "rate": "1.1" }),
        DocumentType::ChargeCode => json!({
            "issuer": "*", "partner_code": "400", "code": "FRT", "component": "freight", "basis": "weight",
        }),
        DocumentType::Tolerance => json!({
            "issuer": "*", "code": "*", "over_pct": "0.05", "under_pct": 0.1, "over_abs": "10.00", "under_abs": "5",
            "currency": "EUR", "require_delivered": true,
        }),
        DocumentType::Sla => json!({
            "name": "x", "milestone": "delivered", "carrier": "C", "mode": "road", "region": "EU", "after": "arrived",
            "within_hours": 24, "grace_hours": "1.5",
        }),
        DocumentType::Partner => json!({
            "code": "C", "kind": "carrier", "name": "N", "region": "EU", "owner": "o", "max_silence_hours": 48,
        }),
        _ => unreachable!("`data` has the others"),
    }
}

/// The full event with the value at a JSON pointer replaced, or set where its object lacks it.
pub fn with(document_type: DocumentType, pointer: &str, value: Value) -> Value {
    let mut event = full(document_type);
    set(&mut event, pointer, value);
    event
}

/// Sets a value by its JSON pointer; the object it stands in must be there.
pub fn set(event: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with a slash");
    event.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"))[name] = value;
}

/// The code and the field of the error that a text gives, or `ok`.
pub fn outcome_of(text: &str) -> String {
    match decode(text.as_bytes()) {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{} {}", error.code.as_str(), error.field).trim_end().to_owned(),
    }
}

/// The code and the field of the error that an event gives, or `ok`.
pub fn outcome(event: &Value) -> String {
    outcome_of(&event.to_string())
}
