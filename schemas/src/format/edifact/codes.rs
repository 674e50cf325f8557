//! What codes mean where the partner's profile does not say. `docs/formats/edifact.md` shows these tables.

use crate::IdentifierType;
use crate::event::{Classifier, MilestoneKind};
use crate::format::settings::Meaning;
use crate::format::x12;

/// Qualifiers of a customs declaration's number (data element 1153).
pub(super) const DECLARATIONS: [&str; 2] = ["ABT", "AAE"];

/// Reference qualifier (data element 1153) → type of identifier. `CNI` stands for the document number of that segment.
pub(super) fn identifier(qualifier: &str) -> Option<IdentifierType> {
    Some(match qualifier {
        "AAS" | "BM" | "CNI" => IdentifierType::Bol,
        "BH" => IdentifierType::Hbl,
        "HWB" => IdentifierType::Hawb,
        "MB" => IdentifierType::Mbl,
        "AWB" | "MWB" => IdentifierType::Mawb,
        "BN" => IdentifierType::Booking,
        "AAM" => IdentifierType::Pro,
        "SI" | "SRN" => IdentifierType::Shipment,
        "AAK" => IdentifierType::Asn,
        "DQ" | "PK" => IdentifierType::DeliveryNote,
        "AAQ" | "EQ" => IdentifierType::Container,
        "CO" | "ON" => IdentifierType::Order,
        _ => return None,
    })
}

/// Status code → what it says: UN/ECE Recommendation 24 where it is a number, else the letters of X12 that ocean carriers
/// use here too.
pub(super) fn status(code: &str) -> Option<Meaning> {
    let milestone = match code {
        "1" => MilestoneKind::Arrived,
        "6" => MilestoneKind::Booked,
        "12" => MilestoneKind::CustomsReleased,
        "13" => MilestoneKind::PickedUp,
        "21" => MilestoneKind::Delivered,
        "24" => MilestoneKind::Departed,
        _ => return x12::status(code),
    };
    Some(Meaning::Milestone(milestone, Classifier::Actual))
}

/// Qualifiers of the times of a status (data element 2005), the best first, and how sure each is.
pub(super) const STATUS_TIMES: [(&str, Classifier); 17] = [
    ("334", Classifier::Actual),
    ("78", Classifier::Actual),
    ("7", Classifier::Actual),
    ("178", Classifier::Actual),
    ("186", Classifier::Actual),
    ("136", Classifier::Actual),
    ("35", Classifier::Actual),
    ("200", Classifier::Actual),
    ("143", Classifier::Actual),
    ("145", Classifier::Actual),
    ("132", Classifier::Estimated),
    ("133", Classifier::Estimated),
    ("17", Classifier::Estimated),
    ("191", Classifier::Estimated),
    ("232", Classifier::Planned),
    ("189", Classifier::Planned),
    ("76", Classifier::Planned),
];

/// Place function (LOC-01) and date qualifier (DTM-01) → milestone.
pub(super) fn port(function: &str, qualifier: &str) -> Option<(MilestoneKind, Classifier)> {
    Some(match (function, qualifier) {
        ("5" | "9", "136" | "186") => (MilestoneKind::Departed, Classifier::Actual),
        ("5" | "9", "133") => (MilestoneKind::Departed, Classifier::Estimated),
        ("5" | "9", "189") => (MilestoneKind::Departed, Classifier::Planned),
        ("11", "178") => (MilestoneKind::Arrived, Classifier::Actual),
        ("11", "132") => (MilestoneKind::Arrived, Classifier::Estimated),
        ("11", "232") => (MilestoneKind::Arrived, Classifier::Planned),
        // That cargo has come to the carrier's last place does not say that the consignee has it.
        ("7" | "8" | "20", "132" | "17") => (MilestoneKind::Delivered, Classifier::Estimated),
        _ => return None,
    })
}

/// Kinds of documents (BGM-01) that are credits.
pub(super) fn is_credit(document: &str) -> bool {
    matches!(document, "81" | "261" | "262" | "296" | "308" | "381" | "396" | "420" | "458" | "532")
}

/// Qualifiers of the total of an invoice (data element 5025), the best first.
pub(super) const TOTALS: [&str; 4] = ["77", "39", "86", "9"];
/// Qualifiers of the amount of a line.
pub(super) const LINE_AMOUNTS: [&str; 3] = ["203", "66", "38"];
/// Qualifiers of the amount of an allowance or charge.
pub(super) const CHARGE_AMOUNTS: [&str; 4] = ["8", "23", "204", "131"];
