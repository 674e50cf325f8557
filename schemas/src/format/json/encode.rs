//! From an event to a record.

use super::write::{Members, object};
use super::{customs, invoices, orders, reference, shipments};
use crate::event::Body;
use crate::{Document, DocumentKey, Event};

/// Encodes one event as a line of JSON, without a line feed.
///
/// An event that [`super::decode`] has made comes back the same. Amounts and numbers are decimal strings, amounts with
/// the decimals of their currency; what has its default is left out.
pub fn encode(event: &Event) -> String {
    let mut out = Vec::with_capacity(512);
    object(&mut out, |members| write_event(members, event));
    String::from_utf8(out).expect("only UTF-8 is written")
}

fn write_event(members: &mut Members<'_>, event: &Event) {
    let envelope = &event.envelope;
    members.text("event_id", &envelope.event_id);
    members.value("type", event.document_type().as_str());
    members.text("source", &envelope.source);
    members.shown("occurred_at", envelope.occurred_at);
    if envelope.recorded_at != envelope.occurred_at {
        members.shown("recorded_at", envelope.recorded_at);
    }
    if envelope.revision != 0 {
        members.value("revision", envelope.revision);
    }
    match &event.body {
        Body::Document(document) => members.object("data", |data| write_document(data, document)),
        Body::Retraction(key) => {
            members.value("retracted", true);
            members.object("data", |data| write_key(data, key));
        }
    }
}

fn write_document(data: &mut Members<'_>, document: &Document) {
    match document {
        Document::Order(order) => orders::write_order(data, order),
        Document::Receipt(receipt) => orders::write_receipt(data, receipt),
        Document::Posting(posting) => orders::write_posting(data, posting),
        Document::Shipment(shipment) => shipments::write_shipment(data, shipment),
        Document::Milestone(milestone) => shipments::write_milestone(data, milestone),
        Document::Link(link) => shipments::write_link(data, link),
        Document::Declaration(declaration) => customs::write_declaration(data, declaration),
        Document::CustomsStatus(status) => customs::write_customs_status(data, status),
        Document::Invoice(invoice) => invoices::write_invoice(data, invoice),
        Document::FxRate(rate) => reference::write_fx_rate(data, rate),
        Document::ChargeCode(mapping) => reference::write_charge_code(data, mapping),
        Document::Tolerance(rule) => reference::write_tolerance(data, rule),
        Document::Sla(sla) => reference::write_sla(data, sla),
        Document::Partner(partner) => reference::write_partner(data, partner),
    }
}

/// The key fields, but for the source, which stands in the envelope.
fn write_key(data: &mut Members<'_>, key: &DocumentKey) {
    match key {
        DocumentKey::Order(order_id) => data.text("order_id", order_id),
        DocumentKey::Receipt(receipt_id) => data.text("receipt_id", receipt_id),
        DocumentKey::Posting(posting_id) => data.text("posting_id", posting_id),
        DocumentKey::Shipment(shipment_id) => data.text("shipment_id", shipment_id),
        DocumentKey::Milestone(_, milestone_id) => data.text("milestone_id", milestone_id),
        DocumentKey::Link(link_id) => data.text("link_id", link_id),
        DocumentKey::Declaration(declaration_id) => data.text("declaration_id", declaration_id),
        DocumentKey::CustomsStatus(_, status_id) => data.text("status_id", status_id),
        DocumentKey::Invoice(issuer, invoice_no) => {
            data.text("issuer", issuer);
            data.text("invoice_no", invoice_no);
        }
        DocumentKey::FxRate(date, base, quote) => {
            data.shown("date", date);
            data.value("base", base);
            data.value("quote", quote);
        }
        DocumentKey::ChargeCode(issuer, partner_code) => {
            data.text("issuer", issuer);
            data.text("partner_code", partner_code);
        }
        DocumentKey::Tolerance(issuer, code) => {
            data.text("issuer", issuer);
            data.text("code", code);
        }
        DocumentKey::Sla(name) => data.text("name", name),
        DocumentKey::Partner(code) => data.text("code", code),
    }
}
