//! Records that are not events: one for every code that a dead letter can have.

use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json;
use landfall_schemas::{ErrorCode, Event, Timestamp};

use super::dice::Dice;
use super::{GeneratedEvent, Payload, faults};

/// Faults of an envelope: they can befall any event. What to look for in its text, what to put there.
const ENVELOPE_FAULTS: &[(ErrorCode, &str, &str)] = &[
    (ErrorCode::NotJson, "{\"event_id\"", "{{\"event_id\""),
    (ErrorCode::NotJson, "{\"event_id\"", "{\"event_id\":\"twice\",\"event_id\""),
    (ErrorCode::MissingField, "\"source\"", "\"sauce\""),
    (ErrorCode::MissingField, "\"occurred_at\"", "\"happened_at\""),
    (ErrorCode::WrongType, "\"data\":{", "\"retracted\":\"maybe\",\"data\":{"),
    (ErrorCode::UnknownType, "\"type\":\"", "\"type\":\"x-"),
    (ErrorCode::BadTime, "\"occurred_at\":\"2", "\"occurred_at\":\"tuesday 2"),
];

/// Faults of documents, with an event of their own around them.
const DOCUMENT_FAULTS: &[(ErrorCode, DocumentType, &str)] = &[
    (
        ErrorCode::BadValue,
        DocumentType::Milestone,
        r#"{"milestone_id":"B1","ref":{"type":"bol","value":"X1"},"milestone":"teleported","classifier":"actual","at":"2026-03-02T00:00:00Z"}"#,
    ),
    (
        ErrorCode::BadTime,
        DocumentType::Milestone,
        r#"{"milestone_id":"B2","ref":{"type":"bol","value":"X1"},"milestone":"arrived","classifier":"actual","at":"2026-03-02T00:00:00"}"#,
    ),
    (
        ErrorCode::EmptyIdentifier,
        DocumentType::Milestone,
        r#"{"milestone_id":"B3","ref":{"type":"bol","value":"--/"},"milestone":"arrived","classifier":"actual","at":"2026-03-02T00:00:00Z"}"#,
    ),
    (
        ErrorCode::BadReference,
        DocumentType::Link,
        r#"{"link_id":"B4","a":{"type":"container","value":"MSKU1"},"b":{"type":"pro","value":"9"}}"#,
    ),
    (
        ErrorCode::AmountPrecision,
        DocumentType::Posting,
        r#"{"posting_id":"B5","kind":"duty","amount":"12.5","currency":"JPY","posted_at":"2026-03-01T00:00:00Z"}"#,
    ),
    (
        ErrorCode::AmountRange,
        DocumentType::Posting,
        r#"{"posting_id":"B6","kind":"duty","amount":"99999999999999.99","currency":"EUR","posted_at":"2026-03-01T00:00:00Z"}"#,
    ),
    (
        ErrorCode::WrongType,
        DocumentType::Posting,
        r#"{"posting_id":"B7","kind":"duty","amount":true,"currency":"EUR","posted_at":"2026-03-01T00:00:00Z"}"#,
    ),
    (
        ErrorCode::DuplicateLine,
        DocumentType::Invoice,
        r#"{"issuer":"MAEU","invoice_no":"B8","kind":"invoice","currency":"EUR","issued_on":"2026-03-03","lines":[{"line_no":1,"code":"FRT","amount":"1"},{"line_no":1,"code":"FSC","amount":"1"}]}"#,
    ),
    (
        ErrorCode::TotalMismatch,
        DocumentType::Invoice,
        r#"{"issuer":"MAEU","invoice_no":"B9","kind":"invoice","currency":"EUR","issued_on":"2026-03-03","lines":[{"line_no":1,"code":"FRT","amount":"1"}],"total":"2"}"#,
    ),
    (
        ErrorCode::DuplicateExpectedCharge,
        DocumentType::Shipment,
        r#"{"shipment_id":"B10","carrier":"MAEU","mode":"ocean","region":"EU","status":"active","charges":[{"code":"FRT","amount":"1","currency":"EUR"},{"code":"FRT","amount":"2","currency":"EUR","payee":"MAEU"}]}"#,
    ),
];

/// One record in so many of the broken ones is over 1 MiB: each of them costs a megabyte.
const ONE_IN_TOO_LARGE: u64 = 400;

/// A broken record in place of this event.
pub(crate) fn broken(dice: &mut Dice, event: &Event, arrived_at: Timestamp) -> GeneratedEvent {
    let text = json::encode(event);
    let mut stream = faults::stream_of(event);
    let (bytes, code) = match dice.below(20) {
        0 if dice.below(ONE_IN_TOO_LARGE / 20) == 0 => (too_large(&text), ErrorCode::TooLarge),
        0 | 1 => (text.as_bytes()[..text.len() / 2].to_vec(), ErrorCode::NotJson),
        2 | 3 => (not_utf8(&text), ErrorCode::NotUtf8),
        4..=10 => in_envelope(dice, &text),
        _ => {
            let (document_type, bytes, code) = in_document(dice, event);
            stream = document_type.stream();
            (bytes, code)
        }
    };
    GeneratedEvent { arrived_at, stream, payload: Payload::Bad { bytes, code } }
}

fn too_large(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize((1 << 20) + 1, b' ');
    bytes
}

/// Latin-1, as some old systems send it.
fn not_utf8(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let inside = text.find("\":\"").map_or(0, |colon| colon + 3);
    bytes.insert(inside, 0xE9);
    bytes
}

fn in_envelope(dice: &mut Dice, text: &str) -> (Vec<u8>, ErrorCode) {
    let (code, found, instead) = dice.pick(ENVELOPE_FAULTS);
    let broken = text.replacen(found, instead, 1);
    if broken == text {
        // The event has no such field: then it has no end either.
        return (text.as_bytes()[..text.len() - 1].to_vec(), ErrorCode::NotJson);
    }
    (broken.into_bytes(), code)
}

/// A document of whatever type the fault is one of, in the event's envelope.
fn in_document(dice: &mut Dice, event: &Event) -> (DocumentType, Vec<u8>, ErrorCode) {
    let (code, document_type, data) = dice.pick(DOCUMENT_FAULTS);
    let envelope = &event.envelope;
    let broken = format!(
        r#"{{"event_id":"{}-b","type":"{}","source":"{}","occurred_at":"{}","data":{data}}}"#,
        envelope.event_id,
        document_type.as_str(),
        envelope.source,
        envelope.occurred_at
    );
    (document_type, broken.into_bytes(), code)
}
