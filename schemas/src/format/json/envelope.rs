//! The record and its envelope: from bytes to an event, and from a fault to what `data_errors` shows.

use super::fault::{Fault, Path, Read};
use super::read::{Field, Object, given_twice};
use super::repeated::repeated_key;
use super::tape::{Tape, Value};
use super::{customs, invoices, orders, reference, shipments};
use crate::contract::{self, ENVELOPE, Presence, shape_of};
use crate::event::{Body, DocumentType};
use crate::{DataError, Document, DocumentKey, Envelope, ErrorCode, Event, Text};

/// Bytes of the longest record: 1 MiB.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// Decodes one record (without the line feed that ends it in a file).
///
/// # Errors
/// A [`DataError`] with the code, field and message that `data_errors` shows. Where several rules are broken it is
/// the first in the order that `docs/events.md` gives.
pub fn decode(record: &[u8]) -> Result<Event, DataError> {
    let tape = read_tape(record).map_err(|fault| unreadable(*fault))?;
    let root = Object::of_record(tape.root()).map_err(|fault| unreadable(*fault))?;
    match read_event(&root) {
        Ok(event) if tape.all_is_taken() => Ok(event),
        // Members are left: keys that we do not know, or the twin of one that we know.
        Ok(event) => repeated_known_key(tape.root()).map_or(Ok(event), |path| Err(unreadable(*given_twice(&path)))),
        Err(fault) => Err(data_error(tape.root(), *fault)),
    }
}

fn read_tape(record: &[u8]) -> Read<Tape<'_>> {
    let fault = |code, message: String| Path::RECORD.fault(code, message);
    if record.len() > RECORD_BYTES_MAX {
        let message = format!("record of {} bytes: expected at most {RECORD_BYTES_MAX}", record.len());
        return Err(fault(ErrorCode::TooLarge, message));
    }
    let text = std::str::from_utf8(record)
        .map_err(|wrong| fault(ErrorCode::NotUtf8, format!("not UTF-8 at byte {}", wrong.valid_up_to())))?;
    Tape::read(text).map_err(|malformed| fault(ErrorCode::NotJson, malformed.to_string()))
}

fn read_event(root: &Object<'_>) -> Read<Event> {
    let event_id = root.text("event_id")?;
    let document_type = root.required("type", read_type)?;
    let source = root.text("source")?;
    let occurred_at = root.required("occurred_at", Field::time)?;
    let recorded_at = root.optional("recorded_at", Field::time)?.unwrap_or(occurred_at);
    let revision = root.optional("revision", Field::revision)?.unwrap_or(0);
    let retracted = root.optional("retracted", Field::boolean)?.unwrap_or(false);
    let body = root.required("data", |field| {
        field.object(|data| {
            Ok(if retracted {
                Body::Retraction(read_key(document_type, data, &source)?)
            } else {
                Body::Document(read_document(document_type, data)?)
            })
        })
    })?;
    Ok(Event { envelope: Envelope { event_id, source, occurred_at, recorded_at, revision }, body })
}

fn read_type(field: &Field<'_>) -> Read<DocumentType> {
    DocumentType::named(&field.text()?)
        .map_or_else(|| field.fault(ErrorCode::UnknownType, "is not a type of event"), Ok)
}

fn read_document(document_type: DocumentType, data: &Object<'_>) -> Read<Document> {
    Ok(match document_type {
        DocumentType::Order => Document::Order(orders::read_order(data)?),
        DocumentType::Receipt => Document::Receipt(orders::read_receipt(data)?),
        DocumentType::Posting => Document::Posting(orders::read_posting(data)?),
        DocumentType::Shipment => Document::Shipment(shipments::read_shipment(data)?),
        DocumentType::Milestone => Document::Milestone(shipments::read_milestone(data)?),
        DocumentType::Link => Document::Link(shipments::read_link(data)?),
        DocumentType::Declaration => Document::Declaration(customs::read_declaration(data)?),
        DocumentType::CustomsStatus => Document::CustomsStatus(customs::read_customs_status(data)?),
        DocumentType::Invoice => Document::Invoice(invoices::read_invoice(data)?),
        DocumentType::FxRate => Document::FxRate(reference::read_fx_rate(data)?),
        DocumentType::ChargeCode => Document::ChargeCode(reference::read_charge_code(data)?),
        DocumentType::Tolerance => Document::Tolerance(reference::read_tolerance(data)?),
        DocumentType::Sla => Document::Sla(reference::read_sla(data)?),
        DocumentType::Partner => Document::Partner(reference::read_partner(data)?),
    })
}

fn read_key(document_type: DocumentType, data: &Object<'_>, source: &Text) -> Read<DocumentKey> {
    Ok(match document_type {
        DocumentType::Order => DocumentKey::Order(data.text("order_id")?),
        DocumentType::Receipt => DocumentKey::Receipt(data.text("receipt_id")?),
        DocumentType::Posting => DocumentKey::Posting(data.text("posting_id")?),
        DocumentType::Shipment => DocumentKey::Shipment(data.text("shipment_id")?),
        DocumentType::Milestone => DocumentKey::Milestone(source.clone(), data.text("milestone_id")?),
        DocumentType::Link => DocumentKey::Link(data.text("link_id")?),
        DocumentType::Declaration => DocumentKey::Declaration(data.text("declaration_id")?),
        DocumentType::CustomsStatus => DocumentKey::CustomsStatus(source.clone(), data.text("status_id")?),
        DocumentType::Invoice => DocumentKey::Invoice(data.text("issuer")?, data.text("invoice_no")?),
        DocumentType::FxRate => DocumentKey::FxRate(
            data.required("date", Field::date)?,
            data.required("base", Field::currency)?,
            data.required("quote", Field::currency)?,
        ),
        DocumentType::ChargeCode => DocumentKey::ChargeCode(data.text("issuer")?, data.text("partner_code")?),
        DocumentType::Tolerance => DocumentKey::Tolerance(data.text("issuer")?, data.text("code")?),
        DocumentType::Sla => DocumentKey::Sla(data.text("name")?),
        DocumentType::Partner => DocumentKey::Partner(data.text("code")?),
    })
}

/// A record with a known key twice is not JSON to us, whatever else is wrong with it: the reader takes one of the two.
fn repeated_known_key(root: Value<'_>) -> Option<String> {
    let twice = repeated_key(root, &ENVELOPE, |_| true);
    let data = || root.members().filter(|(key, _)| key.is_key("data")).map(|(_, value)| value);
    if twice.is_some() || data().count() > 1 {
        return Some(twice.unwrap_or_else(|| "data".to_owned()));
    }
    let envelope = Object::of_record(root).ok()?;
    let shape = shape_of(envelope.required("type", read_type).ok()?);
    let retracted = envelope.optional("retracted", Field::boolean).is_ok_and(|retracted| retracted == Some(true));
    let known = if retracted { |field: &contract::Field| field.presence == Presence::Key } else { |_: &_| true };
    repeated_key(data().next()?, shape, known).map(|path| format!("data.{path}"))
}

/// Adds what can be read of the envelope. A record that is not JSON has none.
fn data_error(root: Value<'_>, fault: Fault) -> DataError {
    if let Some(path) = repeated_known_key(root) {
        return unreadable(*given_twice(&path));
    }
    let envelope = Object::of_record(root);
    let (document_type, event_id) = envelope
        .map_or((None, None), |envelope| (envelope.required("type", read_type).ok(), envelope.text("event_id").ok()));
    DataError {
        stream: document_type.map(DocumentType::stream),
        event_id: event_id.unwrap_or_default(),
        ..unreadable(fault)
    }
}

/// A record of which nothing can be read.
fn unreadable(fault: Fault) -> DataError {
    DataError { stream: None, code: fault.code, field: fault.field, message: fault.message, event_id: Text::default() }
}
