//! The two versions of the standard: where each has what.

use super::super::Outcome;
use super::super::canonical::{content_id, quoted};
use super::codes::{DOCUMENT_TYPES, EventType, MODES, Situation, is_one_of};
use super::event::{Said, TrackEvent};
use super::fields::{Object, Text};
use super::links::{Reference, References};
use super::{Dcsa, wrong};
use crate::event::Classifier;
use crate::{DataError, ErrorCode, IdentifierType, Timestamp};

/// Years in which an event may have been recorded: before, nobody published such events.
const RECORDED_YEARS: std::ops::RangeInclusive<i32> = 2000..=2098;

/// Reads an event of either version. References of unknown types are added to `outcomes`.
pub(super) fn read<'v>(
    adapter: &Dcsa,
    event: &Object<'v>,
    outcomes: &mut Vec<Outcome>,
) -> Result<TrackEvent<'v>, DataError> {
    if event.flag("isRetracted")? {
        let updated = event.text("eventUpdatedDateTime")?.or(event.text("eventCreatedDateTime")?);
        let recorded_at = updated.map(|time| time.time(&adapter.zone)).transpose()?;
        return Ok(TrackEvent::Retracted { id: event.required("eventID")?.text.to_owned(), recorded_at });
    }
    let mut references = References::new(adapter);
    let is_version_3 = event.has("eventClassification") || event.has("eventUpdatedDateTime");
    let said = if is_version_3 {
        read_version_3(adapter, event, &mut references)?
    } else {
        read_version_2(adapter, event, &mut references)?
    };
    outcomes.extend(references.unknown.into_iter().map(Err));
    Ok(TrackEvent::Said(Box::new(said)))
}

fn read_version_2<'v>(
    adapter: &Dcsa,
    event: &Object<'v>,
    references: &mut References<'_>,
) -> Result<Said<'v>, DataError> {
    let event_type = event_type(&event.required("eventType")?)?;
    let id = event.text("eventID")?;
    if let Some(id) = id.as_ref().filter(|id| adapter.uuids && !is_uuid(id.text)) {
        return Err(wrong(ErrorCode::BadValue, &id.place, format!("{} is no UUID", quoted(id.text))));
    }
    let recorded_at = recorded(event, "eventCreatedDateTime", adapter)?;
    let at = event.time("eventDateTime", &adapter.zone)?;
    let classifier = classifier(&event.required("eventClassifierCode")?)?;
    let code = event.text(event_type.code_field())?.or(event.text("eventTypeCode")?);
    let code = code.map_or_else(|| event.required(event_type.code_field()), Ok)?;
    let call = event.object("transportCall")?;
    let (place, call_place) = (event.object("eventLocation")?, call.object("location")?);
    let locations = [locode(&place)?, locode(&call_place)?, locode(&call)?];
    let qualifier = match event_type {
        EventType::Shipment => Some(read_document(event, references)?),
        EventType::Transport => mode(&call)?,
        _ => indicator(event)?,
    };
    references.add_list(&event.objects("documentReferences")?, "documentReferenceType", "documentReferenceValue")?;
    if let Some(equipment) = event.text("equipmentReference")? {
        references.keep(container(&equipment));
    }
    references.add_list(&event.objects("references")?, "referenceType", "referenceValue")?;
    let facility = place.text("facilityTypeCode")?.or(call.text("facilityTypeCode")?);
    Ok(Said {
        id: id.map_or_else(|| made_id(event, &code, at, &references.found), |id| id.text.to_owned()),
        recorded_at,
        at,
        at_place: event.place("eventDateTime"),
        classifier,
        code_place: code.place.clone(),
        indicator_place: event.place("emptyIndicatorCode"),
        situation: Situation {
            event_type,
            code: code.text,
            qualifier: qualifier.map(|qualifier| qualifier.text),
            facility: facility.map(|facility| facility.text),
            movement: None,
        },
        references: std::mem::take(&mut references.found),
        replaced: Vec::new(),
        location: locations.into_iter().flatten().next(),
        reason: event.text("delayReasonCode")?.map(|reason| reason.text.to_owned()),
    })
}

fn read_version_3<'v>(
    adapter: &Dcsa,
    event: &Object<'v>,
    references: &mut References<'_>,
) -> Result<Said<'v>, DataError> {
    let classification = event.object("eventClassification")?;
    let event_type = event_type(&classification.required("eventTypeCode")?)?;
    let id = event.required("eventID")?.text.to_owned();
    let recorded_at = recorded(event, "eventUpdatedDateTime", adapter)?;
    let at = event.time("eventDateTime", &adapter.zone)?;
    let classifier = classifier(&classification.required("eventClassifierCode")?)?;
    let code = classification.required(event_type.code_field())?;
    let (shipment, equipment) = (event.object("shipmentDetails")?, event.object("equipmentDetails")?);
    let transport = event.object("transportDetails")?;
    let document = shipment.object("documentReference")?;
    let document_type = document.text("typeCode")?;
    let qualifier = match event_type {
        EventType::Shipment => Some(known_document(document.required("typeCode")?)?),
        EventType::Transport => mode(&transport.object("transportCall")?)?,
        _ => indicator(&equipment)?,
    };
    if let Some(kind) = &document_type {
        references.add(kind, &document.required("reference")?);
    }
    references.add_list(&shipment.objects("additionalDocumentReferences")?, "typeCode", "reference")?;
    references.add_list(&shipment.objects("shipmentReferences")?, "typeCode", "reference")?;
    if let Some(equipment) = equipment.text("equipmentReference")? {
        references.keep(container(&equipment));
    }
    let mut replaced = references.replaced(&shipment.objects("documentReferenceReplacements")?)?;
    replaced.extend(references.replaced(&shipment.objects("shipmentReferenceReplacements")?)?);
    let place = event.object("eventLocation")?;
    let delays = transport.texts("delayReasonCodes")?;
    Ok(Said {
        id,
        recorded_at,
        at,
        at_place: event.place("eventDateTime"),
        classifier,
        code_place: code.place.clone(),
        indicator_place: equipment.place("emptyIndicatorCode"),
        situation: Situation {
            event_type,
            code: code.text,
            qualifier: qualifier.map(|qualifier| qualifier.text),
            facility: place.text("facilityTypeCode")?.map(|facility| facility.text),
            movement: equipment.text("movementType")?.map(|movement| movement.text),
        },
        references: std::mem::take(&mut references.found),
        replaced,
        location: locode(&place)?,
        reason: (!delays.is_empty()).then(|| delays.join(" ")),
    })
}

fn event_type(name: &Text<'_>) -> Result<EventType, DataError> {
    EventType::named(name.text).ok_or_else(|| {
        wrong(ErrorCode::UnknownType, &name.place, format!("{} is not a type of event", quoted(name.text)))
    })
}

fn classifier(code: &Text<'_>) -> Result<Classifier, DataError> {
    match code.text {
        "PLN" => Ok(Classifier::Planned),
        "EST" => Ok(Classifier::Estimated),
        "ACT" => Ok(Classifier::Actual),
        _ => Err(code.unknown("classifier (PLN, EST, ACT)")),
    }
}

fn recorded(event: &Object<'_>, name: &str, adapter: &Dcsa) -> Result<Timestamp, DataError> {
    let at = event.time(name, &adapter.zone)?;
    if RECORDED_YEARS.contains(&at.date().calendar().0) {
        return Ok(at);
    }
    let (from, to) = (RECORDED_YEARS.start(), RECORDED_YEARS.end());
    Err(wrong(ErrorCode::BadTime, &event.place(name), format!("{at} is outside the years {from} to {to}")))
}

/// The document that a shipment event of 2.2 is about, added to the references; its type.
fn read_document<'v>(event: &Object<'v>, references: &mut References<'_>) -> Result<Text<'v>, DataError> {
    let kind = known_document(event.required("documentTypeCode")?)?;
    references.add(&kind, &event.required("documentID")?);
    Ok(kind)
}

fn known_document(kind: Text<'_>) -> Result<Text<'_>, DataError> {
    if is_one_of(DOCUMENT_TYPES, kind.text) { Ok(kind) } else { Err(kind.unknown("type of document")) }
}

fn mode<'v>(call: &Object<'v>) -> Result<Option<Text<'v>>, DataError> {
    match call.text("modeOfTransport")? {
        Some(mode) if !is_one_of(MODES, mode.text) => Err(mode.unknown("mode of transport")),
        mode => Ok(mode),
    }
}

fn indicator<'v>(equipment: &Object<'v>) -> Result<Option<Text<'v>>, DataError> {
    match equipment.text("emptyIndicatorCode")? {
        Some(indicator) if !matches!(indicator.text, "EMPTY" | "LADEN") => {
            Err(indicator.unknown("indicator (EMPTY, LADEN)"))
        }
        indicator => Ok(indicator),
    }
}

fn container(equipment: &Text<'_>) -> Reference {
    Reference { kind: IdentifierType::Container, value: equipment.text.to_owned(), place: equipment.place.clone() }
}

/// The UN/LOCODE of a place: two letters of a country and three of `A`-`Z` and `2`-`9`. Countries that ISO 3166 leaves
/// to users are none, but for Kosovo and international waters, which the UN's list has.
fn locode<'v>(place: &Object<'v>) -> Result<Option<Text<'v>>, DataError> {
    let Some(code) = place.text("UNLocationCode")? else { return Ok(None) };
    let [country @ .., _, _, _] = code.text.as_bytes() else { return Err(code.unknown("UN/LOCODE")) };
    let user_assigned = match country {
        b"XK" | b"XZ" => false,
        [b'A', b'A'] | [b'Z', b'Z'] | [b'Q', b'M'..=b'Z'] | [b'X', _] => true,
        _ => false,
    };
    let is_country = country.len() == 2 && country.iter().all(u8::is_ascii_uppercase) && !user_assigned;
    let of_place = |byte: &u8| byte.is_ascii_uppercase() || (b'2'..=b'9').contains(byte);
    if is_country && code.text.as_bytes()[2..].iter().all(of_place) {
        return Ok(Some(code));
    }
    Err(code.unknown("UN/LOCODE"))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The id of an event of 2.2 that has none: what it says happened, where and when, to what.
fn made_id(event: &Object<'_>, code: &Text<'_>, at: Timestamp, references: &[Reference]) -> String {
    let at = at.to_string();
    let call = event.object("transportCall").ok().and_then(|call| call.text("transportCallID").ok().flatten());
    let call = call.map_or("", |call| call.text);
    let fields = ["eventType", "eventClassifierCode", "emptyIndicatorCode"];
    let fields = fields.map(|name| event.text(name).ok().flatten().map_or("", |text| text.text));
    let references = references.iter().map(|reference| reference.value.as_str());
    content_id(fields.into_iter().chain([code.text, at.as_str(), call]).chain(references))
}
