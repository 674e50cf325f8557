//! Reference numbers (data elements 127, 128): which of them identify a shipment.

use std::borrow::Cow;

use super::codes;
use super::segment::{Item, Place, Segment};
use super::writer::Writer;
use crate::IdentifierType;

/// An identifier and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Reference<'r> {
    pub kind: IdentifierType,
    pub value: Cow<'r, str>,
    pub place: Place,
}

impl Reference<'_> {
    /// The name of its type in canonical events.
    pub fn name(&self) -> serde_json::Value {
        serde_json::to_value(self.kind).expect("a type of identifier is a string in JSON")
    }
}

/// Identifiers from the one that names a shipment best to the one that names it worst.
pub(in crate::format) const BEST_FIRST: [IdentifierType; 15] = [
    IdentifierType::Tracking,
    IdentifierType::Pro,
    IdentifierType::Hbl,
    IdentifierType::Hawb,
    IdentifierType::Bol,
    IdentifierType::Shipment,
    IdentifierType::Booking,
    IdentifierType::DeliveryNote,
    IdentifierType::Asn,
    IdentifierType::Container,
    IdentifierType::Mbl,
    IdentifierType::Mawb,
    IdentifierType::Load,
    IdentifierType::Order,
    IdentifierType::Voyage,
];

/// Of two identifiers the one that names one shipment better; the earlier where they do alike.
pub(super) fn better<'r>(one: Option<Reference<'r>>, other: Option<Reference<'r>>) -> Option<Reference<'r>> {
    let rank = |reference: &Reference<'_>| BEST_FIRST.iter().position(|kind| *kind == reference.kind);
    one.into_iter().chain(other).min_by_key(rank)
}

/// Whether one of them names one shipment.
pub(super) fn any_identity(references: &[Reference<'_>]) -> bool {
    references.iter().any(|reference| reference.kind.names_one_shipment())
}

/// References among which a new one is looked for; repeats are harmless, a search that grows with the list is not.
const COMPARED_MAX: usize = 1000;

/// Adds a reference that is not there yet.
pub(super) fn add<'r>(references: &mut Vec<Reference<'r>>, reference: Option<Reference<'r>>) {
    let Some(reference) = reference else { return };
    if !references.iter().take(COMPARED_MAX).any(|known| known.kind == reference.kind && known.value == reference.value)
    {
        references.push(reference);
    }
}

/// The qualifier and the number of a segment that gives a reference.
pub(super) fn of_segment<'r>(index: usize, segment: &Segment<'r>) -> Option<(&'r str, Item<'r>)> {
    let (qualifier, number) = match segment.tag().to_ascii_uppercase().as_str() {
        "N9" | "REF" => (1, 2),
        "L11" => (2, 1),
        _ => return None,
    };
    Some((segment.element(qualifier), Item { text: segment.element(number), place: Place::new(index, number) }))
}

impl<'r> Writer<'_, 'r> {
    /// The identifier that a number with this qualifier is: by the profile, by its form, by the standard.
    pub fn reference(&self, qualifier: &str, item: Item<'r>) -> Option<Reference<'r>> {
        let qualifier = qualifier.to_ascii_uppercase();
        if is_filler(item.text) {
            return None;
        }
        let kind = match self.x12.settings.references.get(&qualifier) {
            Some(kind) => (*kind)?,
            None if is_ups_tracking(item.text) => IdentifierType::Tracking,
            None => codes::identifier(&qualifier, self.parcels)?,
        };
        Some(Reference { kind, value: Cow::Borrowed(item.text), place: item.place })
    }

    /// The identifier that a segment gives.
    pub fn reference_of(&self, index: usize, segment: &Segment<'r>) -> Option<Reference<'r>> {
        let (qualifier, item) = of_segment(index, segment)?;
        self.reference(qualifier, item)
    }

    /// A container by its owner's prefix, serial number and check digit.
    pub fn container(&self, prefix: Item<'r>, serial: Item<'r>, check: Item<'r>) -> Option<Reference<'r>> {
        let digits = serial.text;
        if prefix.text.len() != 4 || digits.is_empty() || is_filler(digits) {
            return None;
        }
        let check = if digits.len() == 6 { check.text } else { "" };
        let value = Cow::Owned(format!("{}{digits}{check}", prefix.text));
        Some(Reference { kind: IdentifierType::Container, value, place: serial.place })
    }
}

/// Numbers that partners write where they have none; as identifiers they would make strangers one shipment.
pub(in crate::format) fn is_filler(value: &str) -> bool {
    let mut letters = value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).peekable();
    if letters.peek().is_none() || letters.clone().all(|letter| letter == b'0') {
        return true;
    }
    ["NA", "NONE", "NULL", "TBA", "TBD", "UNKNOWN"].iter().any(|filler| letters.clone().eq(filler.bytes()))
}

/// UPS numbers its parcels `1Z` and sixteen letters or digits.
fn is_ups_tracking(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() == 18 && bytes[..2].eq_ignore_ascii_case(b"1Z") && bytes.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillers_are_no_identifiers() {
        for value in ["", " - ", "0", "0000", "N/A", "none", "tbd"] {
            assert!(is_filler(value), "{value}");
        }
        for value in ["1", "NA1", "NAN", "0001"] {
            assert!(!is_filler(value), "{value}");
        }
    }

    #[test]
    fn parcels_of_ups_are_known_by_their_form() {
        assert!(is_ups_tracking("1Z1808WW0473048017"));
        assert!(!is_ups_tracking("1Z1808WW047304801"));
        assert!(!is_ups_tracking("2Z1808WW0473048017"));
    }

    #[test]
    fn every_type_of_identifier_has_its_rank() {
        let distinct: std::collections::BTreeSet<_> = BEST_FIRST.iter().collect();
        assert_eq!(distinct.len(), BEST_FIRST.len());
        let groups = BEST_FIRST.iter().position(|kind| !kind.names_one_shipment());
        assert!(groups.is_some_and(|first| BEST_FIRST[first..].iter().all(|kind| !kind.names_one_shipment())));
    }
}
