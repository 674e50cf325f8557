//! Declarations as filed, and requests about them.

use super::super::canonical::{Draft, content_id, quoted};
use super::super::{Outcome, Record};
use super::amounts::{Amount, Sums};
use super::codes::Names;
use super::notice::{UNKNOWN_COUNTRY, UNKNOWN_HS_CODE, currency_of, jurisdiction, kind_name, write_line_no};
use super::response::declaration_id;
use super::time::{read as read_time, time_of};
use super::xml::Element;
use super::{Quantity, Wco, wrong};
use crate::event::{DeclarationKind, DocumentType};
use crate::{Currency, DataError, ErrorCode, IdentifierType, Timestamp};

/// Elements that name a document.
const DOCUMENTS: &[&str] = &["PreviousDocument", "AdditionalDocument", "TransportContractDocument"];

/// An identifier and where it stands.
struct Reference<'d> {
    kind: IdentifierType,
    value: &'d str,
    place: String,
}

/// Reads one declaration, or request about one.
pub(super) fn read(
    adapter: &Wco,
    record: &Record<'_>,
    declaration: &Element<'_>,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), DataError> {
    match declaration.required("FunctionCode")? {
        "9" | "09" => {}
        "13" => {
            // A request: what comes of it, the authority says. It must still say what it is about.
            declaration_id(adapter, declaration)?;
            return Ok(());
        }
        code => {
            let message = format!("{} is no function of a declaration: expected 9 or 13", quoted(code));
            return Err(wrong(ErrorCode::BadValue, &declaration.place_of("FunctionCode"), message));
        }
    }
    let (id, id_place) = declaration_id(adapter, declaration)?;
    let filed_at = filed_at(adapter, record, declaration)?;
    let references = references(adapter, declaration);
    // Two declarations under one reference (one after a rejection) are two events.
    let content = std::str::from_utf8(record.value).unwrap_or_default();
    let event_id = format!("{id}/filed/{}", content_id([content]));
    let mut draft = Draft::new(DocumentType::Declaration, &adapter.source, &event_id);
    draft.constant("occurred_at", filed_at.to_string());
    draft.set("data.declaration_id", id.as_str(), &id_place);
    write_header(adapter, &mut draft, declaration, filed_at)?;
    for (index, reference) in references.iter().enumerate() {
        draft.identifier(&format!("data.refs[{index}]"), (reference.kind, reference.value), &reference.place);
    }
    let currency = currency_of(adapter, declaration, &["ItemChargeAmount", "StatisticalValueAmount", "PaymentAmount"])?;
    draft.constant("data.currency", currency.to_string());
    draft.constant("data.lines", serde_json::Value::Array(Vec::new()));
    let items = declaration.children("GoodsShipment").flat_map(|it| it.children("GovernmentAgencyGoodsItem"));
    for (index, item) in items.enumerate() {
        write_line(adapter, &mut draft, index, &item, currency)?;
    }
    outcomes.push(draft.finish());
    outcomes.extend(link(adapter, &id, filed_at, &references));
    Ok(())
}

fn write_header(
    adapter: &Wco,
    draft: &mut Draft,
    declaration: &Element<'_>,
    filed_at: Timestamp,
) -> Result<(), DataError> {
    let type_code = declaration.required("TypeCode")?;
    let kind = match type_code.get(..2) {
        Some("IM" | "CO") => DeclarationKind::Import,
        Some("EX") => DeclarationKind::Export,
        _ => {
            let message = format!("{} is no type of declaration: expected IM., CO. or EX.", quoted(type_code));
            return Err(wrong(ErrorCode::BadValue, &declaration.place_of("TypeCode"), message));
        }
    };
    let parties = ["Declarant/ID", "Agent/ID", "Submitter/ID"];
    let of_message = parties.into_iter().find_map(|way| declaration.text_of(way));
    let broker = if adapter.partner.is_empty() { of_message.unwrap_or(&adapter.source) } else { &adapter.partner };
    draft.constant("data.broker", broker);
    draft.constant("data.jurisdiction", jurisdiction(adapter, declaration));
    draft.constant("data.kind", kind_name(kind));
    draft.constant("data.stage", "estimated");
    draft.constant("data.declared_on", filed_at.date().to_string());
    Ok(())
}

/// When a declaration was filed: what it says, else what its envelope says, else the record's header, else nothing is
/// known.
fn filed_at(adapter: &Wco, record: &Record<'_>, declaration: &Element<'_>) -> Result<Timestamp, DataError> {
    for name in ["IssueDateTime", "AcceptanceDateTime"] {
        if let Some(at) = time_of(declaration, name, &adapter.zone)? {
            return Ok(at);
        }
    }
    let of_envelope = declaration.received_at();
    let of_header = adapter.switches.time_header.as_deref().and_then(|name| {
        let (_, value) = record.headers.iter().find(|(header, _)| *header == name)?;
        std::str::from_utf8(value).ok()
    });
    match of_envelope.or(of_header) {
        Some(text) => read_time(text.trim(), &adapter.zone).map_err(|problem| {
            let message = format!("{} is {problem}: expected RFC 3339 such as 2026-03-01T10:00:00Z", quoted(text));
            wrong(ErrorCode::BadTime, "time of filing", message)
        }),
        None if adapter.switches.refuse_undated => {
            let place = declaration.place_of("IssueDateTime");
            Err(wrong(ErrorCode::MissingField, &place, "the declaration has no time, nor has its record"))
        }
        None => Ok(Timestamp(0)),
    }
}

/// The identifiers that a declaration names, once each: documents, containers, its own reference.
fn references<'d>(adapter: &Wco, declaration: &Element<'d>) -> Vec<Reference<'d>> {
    let mut found: Vec<Reference<'d>> = Vec::new();
    let mut keep = |kind: IdentifierType, element: Element<'d>| {
        let Some(value) = element.text() else { return };
        if !found.iter().any(|known| known.kind == kind && known.value == value) {
            found.push(Reference { kind, value, place: element.place() });
        }
    };
    for document in declaration.descendants(DOCUMENTS) {
        let names = document.text_of("TypeCode").and_then(|code| adapter.documents.get(code));
        if let (Some(names), Some(id)) = (names, document.find("ID")) {
            match names {
                Names::Identifier(kind) => keep(kind, id),
                Names::OrderLine => keep(IdentifierType::Order, id),
            }
        }
    }
    for equipment in declaration.descendants(&["TransportEquipment"]) {
        if let Some(id) = equipment.find("ID") {
            keep(IdentifierType::Container, id);
        }
    }
    if let (Some(kind), Some(lrn)) = (adapter.switches.lrn_ref, declaration.find("FunctionalReferenceID")) {
        keep(kind, lrn);
    }
    found
}

/// The link between the one identity that the documents name and the declaration's own reference, which stands last.
/// With several identities there is none: it would make one shipment of them.
fn link(adapter: &Wco, id: &str, filed_at: Timestamp, references: &[Reference<'_>]) -> Option<Outcome> {
    adapter.switches.lrn_ref.filter(|kind| kind.names_one_shipment())?;
    let mut identities = references.iter().filter(|reference| reference.kind.names_one_shipment());
    let (named, own) = (identities.next()?, identities.next()?);
    if identities.next().is_some() {
        return None;
    }
    let mut draft = Draft::new(DocumentType::Link, &adapter.source, &format!("{id}/link/{}", named.value));
    draft.constant("occurred_at", filed_at.to_string());
    draft.constant("data.link_id", format!("declaration:{id}"));
    draft.identifier("data.a", (named.kind, named.value), &named.place);
    draft.identifier("data.b", (own.kind, own.value), &own.place);
    Some(draft.finish())
}

fn write_line(
    adapter: &Wco,
    draft: &mut Draft,
    index: usize,
    item: &Element<'_>,
    currency: Currency,
) -> Result<(), DataError> {
    let line = format!("data.lines[{index}]");
    let field = |name: &str| format!("{line}.{name}");
    write_line_no(draft, &line, item, index);
    let commodity = item.find("Commodity").unwrap_or(*item);
    draft.constant(&field("hs_code"), commodity.text_of("Classification/ID").unwrap_or(UNKNOWN_HS_CODE));
    draft.constant(&field("origin_country"), item.text_of("Origin/CountryCode").unwrap_or(UNKNOWN_COUNTRY));
    let order = item.descendants(DOCUMENTS).find(|document| {
        document.text_of("TypeCode").and_then(|code| adapter.documents.get(code)) == Some(Names::OrderLine)
    });
    if let Some(order) = order {
        draft.optional(&field("order_id"), order.text_of("ID"), &order.place());
        let number = order.text_of("LineNumeric").and_then(|number| number.parse::<u64>().ok());
        draft.optional(&field("order_line_no"), number, &order.place());
    }
    let quantity = match adapter.switches.quantity {
        Quantity::None => None,
        Quantity::Tariff => commodity.find("GoodsMeasure/TariffQuantity"),
        Quantity::Packages => item.find("Packaging/QuantityQuantity"),
    };
    if let Some(quantity) = quantity {
        draft.optional(&field("quantity"), quantity.text(), &quantity.place());
    }
    let value = commodity.find("InvoiceLine/ItemChargeAmount").or_else(|| item.find("StatisticalValueAmount"));
    match value.and_then(Amount::of) {
        Some(amount) => {
            amount.expect(currency)?;
            draft.set(&field("customs_value"), amount.text, &amount.place);
        }
        None => draft.constant(&field("customs_value"), "0"),
    }
    Sums::of(&commodity, &adapter.taxes, currency)?.write(draft, &line, currency);
    Ok(())
}
