//! What the codes of Track & Trace mean.
//!
//! A row applies when everything it names is so; the first that applies counts. A profile's `codes.milestones` go before,
//! by `TYPE:CODE:QUALIFIER:FACILITY`, `TYPE:CODE:QUALIFIER`, `TYPE:CODE` or `CODE`, the most particular first. The
//! qualifier is the document type of a shipment event, the mode of a transport event, and `EMPTY` or `LADEN` of an
//! equipment event.

use std::collections::BTreeMap;

use super::super::options::{ProfileError, variant};
use crate::IdentifierType;
use crate::event::MilestoneKind::{self, Arrived, Booked, CustomsReleased, Delivered, Departed, OutForDelivery};
use crate::event::MilestoneKind::{PickedUp, PodReceived};

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventType {
    Shipment,
    Transport,
    Equipment,
    /// Sensors.
    Iot,
    /// Temperatures.
    Reefer,
}

impl EventType {
    /// The type with this name.
    pub fn named(name: &str) -> Option<EventType> {
        Some(match name {
            "SHIPMENT" => EventType::Shipment,
            "TRANSPORT" => EventType::Transport,
            "EQUIPMENT" => EventType::Equipment,
            "IOT" => EventType::Iot,
            "REEFER" => EventType::Reefer,
            _ => return None,
        })
    }

    /// The type's name.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::Shipment => "SHIPMENT",
            EventType::Transport => "TRANSPORT",
            EventType::Equipment => "EQUIPMENT",
            EventType::Iot => "IOT",
            EventType::Reefer => "REEFER",
        }
    }

    /// The field that has its code.
    pub fn code_field(self) -> &'static str {
        match self {
            EventType::Shipment => "shipmentEventTypeCode",
            EventType::Transport => "transportEventTypeCode",
            EventType::Equipment => "equipmentEventTypeCode",
            EventType::Iot => "iotEventTypeCode",
            EventType::Reefer => "reeferEventTypeCode",
        }
    }

    /// The codes that the standard has, of both versions.
    fn codes(self) -> &'static str {
        match self {
            EventType::Shipment => {
                "AMCF AMCN AMDC AMPR AMRE APPR CACF CADC CANC CARE CMPL CONF DECL DRFT HOLD ISSU PENA PENC PENM PENU \
                 PSAM PSDL RECE REJE RELS REQS SUAM SUBM SUDL SURR UPCF UPCN UPDC UPDT UPRE VOID"
            }
            EventType::Transport => "ARRI DEPA",
            EventType::Equipment => {
                "AVDO AVPU CROS CUSI CUSR CUSS DISC DROP GTIN GTOT INSP LOAD PICK RMVD RSEA STRP STUF"
            }
            EventType::Iot => "DETC",
            EventType::Reefer => "MEAS ADJU",
        }
    }
}

/// Document types that a shipment event may be about, of both versions.
pub(super) const DOCUMENT_TYPES: &str = "AMF ARN BKG CAS CBR CEA CEO CQU CRO CUC CUS DEI DEO DGD FCE HCE ICE INV OOG \
                                         PCE PFD SHI SRM TRD TRO VCE VGM";
/// Modes of transport.
pub(super) const MODES: &str = "VESSEL RAIL TRUCK BARGE MULTIMODAL";

/// Whether a list of codes in blanks has this one.
pub(super) fn is_one_of(codes: &str, code: &str) -> bool {
    codes.split_whitespace().any(|known| known == code)
}

/// What an event is about, as far as its milestone depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'v> {
    pub event_type: EventType,
    pub code: &'v str,
    /// Document type, mode, or `EMPTY` / `LADEN`.
    pub qualifier: Option<&'v str>,
    pub facility: Option<&'v str>,
    /// `IMPORT`, `EXPORT` or `TRANSSHIPMENT`.
    pub movement: Option<&'v str>,
}

/// One row of the built-in table. What is empty does not matter.
struct Row(EventType, &'static str, &'static str, &'static str, &'static str, MilestoneKind);

/// Type, code, qualifiers, facilities, movements, milestone.
const ROWS: &[Row] = &[
    Row(EventType::Shipment, "CONF", "BKG", "", "", Booked),
    Row(EventType::Shipment, "RELS", "CUC CUS", "", "", CustomsReleased),
    Row(EventType::Shipment, "RECE ISSU CONF CMPL", "PFD", "", "", PodReceived),
    Row(EventType::Transport, "DEPA", "VESSEL", "POTE NONE", "", Departed),
    Row(EventType::Transport, "ARRI", "VESSEL", "POTE NONE", "", Arrived),
    Row(EventType::Equipment, "GTIN", "LADEN", "POTE INTE RAMP COFS NONE", "EXPORT NONE", PickedUp),
    Row(EventType::Equipment, "PICK", "LADEN", "CLOC", "EXPORT NONE", PickedUp),
    Row(EventType::Equipment, "GTOT", "LADEN", "POTE INTE RAMP COFS NONE", "IMPORT NONE", OutForDelivery),
    Row(EventType::Equipment, "DROP", "LADEN", "CLOC", "IMPORT NONE", Delivered),
    Row(EventType::Equipment, "STRP", "", "CLOC", "IMPORT NONE", Delivered),
    Row(EventType::Equipment, "CUSR", "", "", "", CustomsReleased),
];

/// What an event says about a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Milestone(MilestoneKind),
    /// The code is known and is no milestone of ours.
    Nothing,
    /// The meaning depends on whether the equipment is empty, and that is not said.
    NeedsEmptyIndicator,
    UnknownCode,
}

/// The milestone of an event.
pub(super) fn verdict(mapped: &BTreeMap<String, Option<MilestoneKind>>, situation: Situation<'_>) -> Verdict {
    if let Some(meaning) = of_profile(mapped, situation) {
        return meaning.map_or(Verdict::Nothing, Verdict::Milestone);
    }
    let Situation { event_type, code, qualifier, facility, movement } = situation;
    if !is_one_of(event_type.codes(), code) {
        return Verdict::UnknownCode;
    }
    let of_code = |row: &&Row| row.0 == event_type && is_one_of(row.1, code);
    let equipment = event_type == EventType::Equipment;
    if equipment && qualifier.is_none() && ROWS.iter().filter(of_code).any(|row| !row.2.is_empty()) {
        return Verdict::NeedsEmptyIndicator;
    }
    let applies = |list: &str, value: Option<&str>| list.is_empty() || is_one_of(list, value.unwrap_or("NONE"));
    let found = ROWS
        .iter()
        .filter(of_code)
        .find(|row| applies(row.2, qualifier) && applies(row.3, facility) && applies(row.4, movement));
    found.map_or(Verdict::Nothing, |row| Verdict::Milestone(row.5))
}

fn of_profile(
    mapped: &BTreeMap<String, Option<MilestoneKind>>,
    situation: Situation<'_>,
) -> Option<Option<MilestoneKind>> {
    let Situation { event_type, code, qualifier, facility, .. } = situation;
    let of_type = format!("{}:{code}", event_type.as_str());
    let qualified = qualifier.map(|qualifier| format!("{of_type}:{qualifier}"));
    let placed = qualified.as_ref().zip(facility).map(|(qualified, facility)| format!("{qualified}:{facility}"));
    let keys = [placed, qualified, Some(of_type), Some(code.to_owned())];
    keys.into_iter().flatten().find_map(|key| mapped.get(&key).copied())
}

/// What the types of references and documents are in our terms.
#[derive(Clone, Debug)]
pub(super) struct ReferenceTypes(BTreeMap<String, Option<IdentifierType>>);

/// References that no identifier of ours is.
const OTHER_REFERENCES: &str = "AAO AES BID BPR CER CR DUE ECR FF RUC SI";

impl ReferenceTypes {
    /// The built-in types and those of the profile, which go before.
    pub fn of<'p>(given: impl Iterator<Item = (&'p str, &'p str)>) -> Result<ReferenceTypes, ProfileError> {
        let nothing = OTHER_REFERENCES.split_whitespace().chain(DOCUMENT_TYPES.split_whitespace());
        let mut types: BTreeMap<String, Option<IdentifierType>> = nothing.map(|code| (code.to_owned(), None)).collect();
        let built_in = [
            ("BKG", IdentifierType::Booking),
            ("TRD", IdentifierType::Bol),
            ("CSI", IdentifierType::Shipment),
            ("EQ", IdentifierType::Container),
            ("PO", IdentifierType::Order),
        ];
        types.extend(built_in.map(|(code, kind)| (code.to_owned(), Some(kind))));
        for (code, name) in given {
            let kind = match name {
                "ignore" => None,
                name => Some(variant(name).map_err(|expected| ProfileError::BadOption {
                    name: format!("reference.{code}"),
                    value: name.to_owned(),
                    expected,
                })?),
            };
            types.insert(code.to_owned(), kind);
        }
        Ok(ReferenceTypes(types))
    }

    /// The identifier type of a reference type: `None` where the standard has no such type.
    pub fn get(&self, code: &str) -> Option<Option<IdentifierType>> {
        self.0.get(code).copied()
    }

    /// The identifier types there are.
    pub fn kinds(&self) -> impl Iterator<Item = IdentifierType> {
        self.0.values().copied().flatten()
    }
}
