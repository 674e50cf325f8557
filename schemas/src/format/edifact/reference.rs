//! Reference numbers (RFF, CNI, EQD): which of them identify a shipment.

use super::codes;
use super::syntax::{Item, Place};
use super::writer::Writer;
use crate::IdentifierType;
use crate::format::draft::Draft;
use crate::format::x12::{BEST_FIRST, is_filler};

/// An identifier and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Reference<'r> {
    pub kind: IdentifierType,
    pub item: Item<'r>,
}

/// Of two identifiers the one that names one shipment better; the earlier where they do alike.
pub(super) fn better<'r>(one: Option<Reference<'r>>, other: Option<Reference<'r>>) -> Option<Reference<'r>> {
    let rank = |reference: &Reference<'_>| BEST_FIRST.iter().position(|kind| *kind == reference.kind);
    one.into_iter().chain(other).min_by_key(rank)
}

impl<'r> Writer<'_, 'r> {
    /// The identifier that a segment gives, by the profile, else by the standard.
    pub fn reference(&self, index: usize) -> Option<Reference<'r>> {
        let message = self.message;
        let segment = message.segments.get(index)?;
        let (qualifier, item) = match segment.tag().as_str() {
            "RFF" => (message.item(index, 1, 1).text.to_ascii_uppercase(), message.item(index, 1, 2)),
            "CNI" => ("CNI".to_owned(), message.item(index, 2, 1)),
            "EQD" if segment.get(1, 1).eq_ignore_ascii_case("CN") => ("EQ".to_owned(), message.item(index, 2, 1)),
            _ => return None,
        };
        if is_filler(&item.text) {
            return None;
        }
        let kind = match self.edifact.settings.references.get(&qualifier) {
            Some(kind) => (*kind)?,
            None => codes::identifier(&qualifier)?,
        };
        Some(Reference { kind, item })
    }
}

/// Fills in an identifier.
pub(super) fn set(draft: &mut Draft<Place>, path: &str, reference: &Reference<'_>) {
    let name = serde_json::to_value(reference.kind).expect("a type of identifier is a string in JSON");
    draft.set(format!("{path}.type"), name, reference.item.place);
    draft.set(format!("{path}.value"), reference.item.text.as_ref(), reference.item.place);
}
