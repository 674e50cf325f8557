//! DCSA Track & Trace 2.2 and 3.0: what ocean carriers say about bookings, vessels and containers.
//!
//! # What is read
//! A record is an event, a list of events, or a page (`{"events": […]}`), of either version; the version is told by the
//! event. Each event becomes at most one `milestone`, and a `link` for every further document that it names.
//!
//! - **Milestone**: by type, code, empty or laden, mode and facility (`codes.rs`). Known codes that are no milestone of
//!   ours say nothing; codes that the standard does not have are `bad_value`, unless the profile maps them.
//! - **Reference**: the first of booking (`BKG`), transport document (`TRD`, a bill of lading), customer shipment id
//!   (`CSI`), container and order that the event names; an identity goes before a group, as in the resolution of refs.
//!   Option `ref_order` changes the order.
//! - **Links**: the identities of one event name one shipment, so each is linked to the first. A replacement of documents
//!   links the old ones to the new ones.
//! - **Location**: the UN/LOCODE (`codes.places` may rename it). Names and addresses are not carried.
//! - **Reason**: codes of delay. Free text is not carried.
//!
//! # Identity and versions
//! `milestone_id` is the event's id; in 2.2, where the id is optional, one made of the event's content stands for it.
//! `recorded_at` is `eventUpdatedDateTime` (3.0) or `eventCreatedDateTime` (2.2), so that of two events with one id the
//! later updated one is in force, whatever came first, and an exact repeat changes nothing. A retraction withdraws the
//! milestone and every link of its id, be it there before or after what it retracts: one with a time beats what is not
//! younger, one without beats everything (`revision` 1), because the standard asks for no more than the id.
//!
//! # Limits
//! An event that is updated and then names fewer documents leaves the link it no longer names until it is retracted.
//! Equipment replaced by other equipment is a group, which no link can name.
//!
//! Options: `ref_order`, `event_ids` (`uuid`: ids of 2.2 must be UUIDs as the standard says; `any`), and
//! `reference.<TYPE>` = an identifier type or `ignore`.

mod codes;
mod event;
mod fields;
mod links;
mod version;

use std::collections::BTreeMap;

use serde_json::Value;

use super::canonical::{fault, text_of};
use super::json::RECORD_BYTES_MAX;
use super::options::{Options, ProfileError, code_map, variant};
use super::zone::Zone;
use super::{Decoder, Outcome, Profile, Record};
use crate::event::MilestoneKind;
use crate::{DataError, ErrorCode, IdentifierType, Stream};
use codes::ReferenceTypes;
use fields::Object;

/// Types of identifiers that an event may name, the one that is looked for first in front.
const REF_ORDER: [IdentifierType; 5] = [
    IdentifierType::Booking,
    IdentifierType::Bol,
    IdentifierType::Shipment,
    IdentifierType::Container,
    IdentifierType::Order,
];

/// Decodes Track & Trace events.
#[derive(Clone, Debug)]
pub struct Dcsa {
    source: String,
    zone: Zone,
    milestones: BTreeMap<String, Option<MilestoneKind>>,
    places: BTreeMap<String, String>,
    references: ReferenceTypes,
    ref_order: Vec<IdentifierType>,
    uuids: bool,
}

impl Dcsa {
    /// The decoder of a source.
    ///
    /// # Errors
    /// What is wrong with the profile.
    pub fn new(profile: &Profile) -> Result<Dcsa, ProfileError> {
        let options = Options::of(profile, "dcsa", &["ref_order", "event_ids", "reference."])?;
        let mut ref_order = match options.get("ref_order") {
            Some(order) => {
                order.split_whitespace().map(|name| read_type("ref_order", name)).collect::<Result<_, _>>()?
            }
            None => REF_ORDER.to_vec(),
        };
        // What the profile makes of other references is looked for last, in the order of the identifier types.
        let references = ReferenceTypes::of(options.with_prefix("reference."))?;
        let others: Vec<IdentifierType> = references.kinds().filter(|kind| !ref_order.contains(kind)).collect();
        ref_order.extend(others);
        Ok(Dcsa {
            source: profile.source.clone(),
            zone: Zone::named(&profile.time_zone)?,
            milestones: code_map("milestones", &profile.codes.milestones, variant)?,
            places: profile.codes.places.clone(),
            references,
            ref_order,
            uuids: options.choice("event_ids", &[("uuid", true), ("any", false)])?,
        })
    }

    fn read_list(&self, events: &[Value], list: &str, outcomes: &mut Vec<Outcome>) {
        for (index, event) in events.iter().enumerate() {
            self.read_event(event, &format!("{list}[{index}]"), outcomes);
        }
    }

    fn read_event(&self, value: &Value, place: &str, outcomes: &mut Vec<Outcome>) {
        let mut read = || {
            let event = Object::of(value, place)?;
            let event = version::read(self, &event, outcomes)?;
            event.write(self, outcomes);
            Ok(())
        };
        if let Err(fault) = read() {
            outcomes.push(Err(fault));
        }
    }

    /// What a response says about a request of ours: its errors.
    fn read_feedback(feedback: &[Value], outcomes: &mut Vec<Outcome>) {
        for (index, element) in feedback.iter().enumerate() {
            if element["severity"] == "ERROR" {
                let message = format!("the carrier reports: {}", element["message"].as_str().unwrap_or("an error"));
                outcomes.push(Err(wrong(ErrorCode::BadValue, &format!("feedbackElements[{index}]"), message)));
            }
        }
    }
}

impl Decoder for Dcsa {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        let root = match parse(record.value) {
            Ok(root) => root,
            Err(fault) => return outcomes.push(Err(fault)),
        };
        if let Some(feedback) = root.get("feedbackElements").and_then(Value::as_array) {
            Dcsa::read_feedback(feedback, outcomes);
        }
        match (&root, root.get("events")) {
            (Value::Array(events), _) => self.read_list(events, "", outcomes),
            (_, Some(Value::Array(events))) => self.read_list(events, "events", outcomes),
            (_, Some(_)) => {
                outcomes.push(Err(wrong(ErrorCode::WrongType, "events", "expected a list of events")));
            }
            (Value::Object(members), None) if members.contains_key("feedbackElements") => {}
            (event, None) => self.read_event(event, "", outcomes),
        }
    }
}

fn parse(record: &[u8]) -> Result<Value, DataError> {
    let shipments = |fault: DataError| DataError { stream: Some(Stream::Shipments), ..fault };
    let text = text_of(record, RECORD_BYTES_MAX).map_err(shipments)?;
    let root: Value =
        serde_json::from_str(text).map_err(|problem| wrong(ErrorCode::NotJson, "", problem.to_string()))?;
    if root.is_object() || root.is_array() {
        return Ok(root);
    }
    Err(wrong(ErrorCode::NotJson, "", "expected an event, a list of events or a page of events"))
}

fn read_type(option: &str, name: &str) -> Result<IdentifierType, ProfileError> {
    variant(name).map_err(|expected| ProfileError::BadOption {
        name: option.to_owned(),
        value: name.to_owned(),
        expected,
    })
}

fn wrong(code: ErrorCode, field: &str, message: impl Into<String>) -> DataError {
    fault(Some(Stream::Shipments), code, field, message)
}
