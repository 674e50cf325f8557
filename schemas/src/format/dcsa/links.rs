//! References of an event, and the links between them.

use super::super::Outcome;
use super::super::canonical::quoted;
use super::Dcsa;
use super::event::{Said, link_id};
use super::fields::{Object, Text};
use super::wrong;
use crate::event::DocumentType;
use crate::{DataError, ErrorCode, IdentifierType};

/// Links of one event: more are a fault, and a retraction withdraws as many.
pub(super) const LINKS_MAX: usize = 8;

/// An identifier and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub kind: IdentifierType,
    pub value: String,
    pub place: String,
}

/// The references of an event: known ones once each. Types that the standard does not have are faults of their own.
pub(super) struct References<'a> {
    adapter: &'a Dcsa,
    pub found: Vec<Reference>,
    pub unknown: Vec<DataError>,
}

impl<'a> References<'a> {
    pub fn new(adapter: &'a Dcsa) -> References<'a> {
        References { adapter, found: Vec::new(), unknown: Vec::new() }
    }

    /// Adds a reference of this type.
    pub fn add(&mut self, kind: &Text<'_>, value: &Text<'_>) {
        if let Some(reference) = self.read(kind, value) {
            self.keep(reference);
        }
    }

    /// Adds an identifier.
    pub fn keep(&mut self, reference: Reference) {
        let is_there = |known: &Reference| known.kind == reference.kind && known.value == reference.value;
        if !self.found.iter().any(is_there) {
            self.found.push(reference);
        }
    }

    /// Adds the references of a list of objects with these fields for type and value.
    pub fn add_list(&mut self, list: &[Object<'_>], kind: &str, value: &str) -> Result<(), DataError> {
        for object in list {
            self.add(&object.required(kind)?, &object.required(value)?);
        }
        Ok(())
    }

    fn read(&mut self, kind: &Text<'_>, value: &Text<'_>) -> Option<Reference> {
        match self.adapter.references.get(kind.text) {
            Some(Some(kind)) => Some(Reference { kind, value: value.text.to_owned(), place: value.place.clone() }),
            Some(None) => None,
            None => {
                let message = format!("{} is no type of reference: set option reference.<TYPE>", quoted(kind.text));
                self.unknown.push(wrong(ErrorCode::BadValue, &kind.place, message));
                None
            }
        }
    }

    /// The pairs of identities of a list of replacements: every old one with every new one.
    pub fn replaced(&mut self, list: &[Object<'_>]) -> Result<Vec<(Reference, Reference)>, DataError> {
        let mut pairs = Vec::new();
        for replacement in list {
            let mut sides = [Vec::new(), Vec::new()];
            for (side, name) in sides.iter_mut().zip(["oldReferences", "newReferences"]) {
                for object in replacement.objects(name)? {
                    let (kind, value) = (object.required("typeCode")?, object.required("reference")?);
                    side.extend(self.read(&kind, &value).filter(|reference| reference.kind.names_one_shipment()));
                }
            }
            let [old, new] = sides;
            pairs.extend(old.iter().flat_map(|old| new.iter().map(|new| (old.clone(), new.clone()))));
        }
        Ok(pairs)
    }
}

/// The link of two identifiers of one event.
pub(super) fn write_link(adapter: &Dcsa, said: &Said<'_>, index: usize, a: &Reference, b: &Reference) -> Outcome {
    let mut draft = said.draft(adapter, DocumentType::Link, &format!("/{}", index + 1));
    draft.constant("data.link_id", link_id(&said.id, index));
    draft.identifier("data.a", (a.kind, &a.value), &a.place);
    draft.identifier("data.b", (b.kind, &b.value), &b.place);
    draft.finish()
}
