//! What codes mean where the partner's profile does not say. `docs/formats/x12.md` shows these tables.

use crate::IdentifierType;
use crate::event::{Classifier, CustomsStatusKind, MilestoneKind};
use crate::format::settings::Meaning;

/// Qualifiers of a customs entry number: Mexican pedimento, transaction number.
pub(super) const DECLARATIONS: [&str; 2] = ["M0", "TN"];

/// Standard Carrier Alpha Codes of carriers whose reference numbers are tracking numbers of parcels.
const PARCEL_CARRIERS: [&str; 12] =
    ["CPCC", "DHLC", "DHLE", "FDE", "FDEG", "FDEN", "FXSP", "PRLA", "UPSN", "UPSS", "USPS", "XPPL"];

/// Whether a carrier's reference numbers are tracking numbers of parcels.
pub(super) fn numbers_parcels(scac: &str) -> bool {
    PARCEL_CARRIERS.contains(&scac.to_ascii_uppercase().as_str())
}

/// Reference qualifier (data element 128) → type of identifier. `B10-01`, `B10-02` and `B3-03` stand for the numbers of
/// those elements, which have no qualifier.
pub(super) fn identifier(qualifier: &str, parcels: bool) -> Option<IdentifierType> {
    Some(match qualifier {
        "2I" | "97" => IdentifierType::Tracking,
        "B10-01" | "CN" if parcels => IdentifierType::Tracking,
        "B10-01" | "CN" => IdentifierType::Pro,
        // Parcel carriers have no freight bills; UPS writes its tariffs as FR.
        "FR" | "WY" if !parcels => IdentifierType::Pro,
        "B10-02" | "B3-03" | "BL" | "BM" | "OB" => IdentifierType::Bol,
        "MB" => IdentifierType::Mbl,
        "AW" => IdentifierType::Mawb,
        "BN" => IdentifierType::Booking,
        "SI" => IdentifierType::Shipment,
        "MA" => IdentifierType::Asn,
        "DJ" | "DO" | "PK" => IdentifierType::DeliveryNote,
        "EQ" | "OC" => IdentifierType::Container,
        "LO" => IdentifierType::Load,
        "PO" => IdentifierType::Order,
        _ => return None,
    })
}

/// Status code (data elements 1650 and 157) → what it says.
pub(in crate::format) fn status(code: &str) -> Option<Meaning> {
    use Classifier::{Actual, Estimated};
    use MilestoneKind::{Arrived, Booked, Delivered, Departed, OutForDelivery, PickedUp};
    let customs = |status, hold: &str| Meaning::Customs(status, Some(hold.to_owned()));
    Some(match code {
        "XB" => Meaning::Milestone(Booked, Actual),
        "AF" | "CP" => Meaning::Milestone(PickedUp, Actual),
        "E1" => Meaning::Milestone(PickedUp, Estimated),
        "P" | "P1" | "RL" | "VD" => Meaning::Milestone(Departed, Actual),
        "C" | "C1" => Meaning::Milestone(Departed, Estimated),
        "A" | "AR" | "UV" | "VA" | "X1" | "X4" | "X5" => Meaning::Milestone(Arrived, Actual),
        "E" | "X2" => Meaning::Milestone(Arrived, Estimated),
        // An attempt at delivery was out for it; the reason says why it failed.
        "AH" | "AP" | "X6" => Meaning::Milestone(OutForDelivery, Actual),
        "D" | "D1" => Meaning::Milestone(Delivered, Actual),
        "AG" => Meaning::Milestone(Delivered, Estimated),
        "CT" => Meaning::Customs(CustomsStatusKind::Released, None),
        "HR" => customs(CustomsStatusKind::HoldRemoved, "customs"),
        "PA" | "PB" | "PC" | "PD" | "PE" | "PF" | "PG" | "PH" | "PI" | "PJ" | "PK" | "PQ" | "PR" => {
            customs(CustomsStatusKind::Hold, "customs")
        }
        "PL" | "PM" | "PN" | "PO" | "PP" | "PS" | "PT" | "PW" | "PX" => customs(CustomsStatusKind::Hold, "agriculture"),
        "PU" | "PV" => customs(CustomsStatusKind::Hold, "other_agency"),
        // Steps on the way: loading and unloading, gates, terminals, equipment, notices.
        "AE" | "AL" | "AM" | "AV" | "BA" | "B6" | "CB" | "CD" | "CL" | "CR" | "EE" | "FT" | "I" | "I1" | "J1"
        | "K1" | "L1" | "NF" | "NT" | "OA" | "R1" | "RD" | "S1" | "UR" | "X3" | "X8" => Meaning::Nothing,
        _ => return None,
    })
}

/// Appointment status (data element 1652) → what was promised.
pub(super) fn appointment(code: &str) -> Option<Meaning> {
    Some(match code {
        "AA" => Meaning::Milestone(MilestoneKind::PickedUp, Classifier::Planned),
        "AB" => Meaning::Milestone(MilestoneKind::Delivered, Classifier::Planned),
        _ => return None,
    })
}

/// Port or terminal function (R4-01) and date qualifier (DTM-01) → milestone.
pub(super) fn port(function: &str, qualifier: &str) -> Option<(MilestoneKind, Classifier)> {
    let classifier = match qualifier {
        "139" | "369" | "371" | "017" => Classifier::Estimated,
        "140" | "370" | "372" => Classifier::Actual,
        _ => return None,
    };
    let departure = !matches!(qualifier, "371" | "372" | "017");
    let arrival = !matches!(qualifier, "369" | "370");
    match (function, classifier) {
        ("L", _) if departure => Some((MilestoneKind::Departed, classifier)),
        ("1" | "D", _) if arrival => Some((MilestoneKind::Arrived, classifier)),
        // That cargo has come to the carrier's last place does not say that the consignee has it.
        ("E" | "M", Classifier::Estimated) if arrival => Some((MilestoneKind::Delivered, classifier)),
        _ => None,
    }
}

/// Charge code (data element 150, and what ocean carriers write there) → canonical code; others stay as written.
pub(in crate::format) fn charge(code: &str) -> Option<&'static str> {
    Some(match code {
        "400" | "BAS" | "BOF" | "FRT" | "OFR" => "FRT",
        "405" | "BAF" | "BSC" | "BUA" | "EBS" | "FSC" | "FUE" | "FUS" | "TBN" => "FSC",
        "INS" => "INS",
        "BRK" => "BRK",
        "DUT" | "DTY" => "DUTY",
        "DEM" => "DEM",
        "DET" | "DTL" | "DTU" | "DTV" => "DET",
        "DHC" | "DTH" | "OHC" | "OTH" | "THC" => "THC",
        "BLF" | "DDF" | "DOC" | "ODF" => "DOC",
        _ => return None,
    })
}

/// Transportation method (data element 91) → mode of transport.
pub(super) fn mode(method: &str) -> &'static str {
    match method {
        "A" | "AC" | "AE" | "AF" | "AH" | "AR" => "air",
        "B" | "O" | "S" | "SC" | "SE" | "VE" | "VL" => "ocean",
        "C" | "CE" | "D" | "E" | "H" | "J" | "L" | "LT" | "M" | "PL" => "road",
        "R" | "RC" | "X" => "rail",
        "BU" | "SR" | "U" | "7" => "parcel",
        _ => "other",
    }
}
