//! An event of either version, and the canonical events it becomes.

use super::super::Outcome;
use super::super::canonical::Draft;
use super::Dcsa;
use super::codes::{Situation, Verdict, verdict};
use super::fields::Text;
use super::links::{LINKS_MAX, Reference, write_link};
use super::wrong;
use crate::event::{Classifier, DocumentType};
use crate::{DataError, ErrorCode, Timestamp};

/// What a Track & Trace event says.
#[derive(Debug)]
pub(super) enum TrackEvent<'v> {
    /// Something happened or will.
    Said(Box<Said<'v>>),
    /// What was said under this id does not count.
    Retracted {
        /// The event's id.
        id: String,
        /// When it was retracted, where that is said.
        recorded_at: Option<Timestamp>,
    },
}

/// Something that happened or will.
#[derive(Debug)]
pub(super) struct Said<'v> {
    pub id: String,
    pub recorded_at: Timestamp,
    pub at: Timestamp,
    pub at_place: String,
    pub classifier: Classifier,
    pub code_place: String,
    /// Where the empty indicator would stand.
    pub indicator_place: String,
    pub situation: Situation<'v>,
    /// What the event is about, documents first.
    pub references: Vec<Reference>,
    /// Documents that replaced others: old, new.
    pub replaced: Vec<(Reference, Reference)>,
    pub location: Option<Text<'v>>,
    pub reason: Option<String>,
}

impl TrackEvent<'_> {
    /// Adds the canonical events to `outcomes`.
    pub fn write(&self, adapter: &Dcsa, outcomes: &mut Vec<Outcome>) {
        match self {
            TrackEvent::Said(said) => said.write(adapter, outcomes),
            TrackEvent::Retracted { id, recorded_at } => write_retraction(adapter, id, *recorded_at, outcomes),
        }
    }
}

impl Said<'_> {
    fn write(&self, adapter: &Dcsa, outcomes: &mut Vec<Outcome>) {
        if let Some(outcome) = self.milestone(adapter) {
            outcomes.push(outcome);
        }
        let identities: Vec<&Reference> =
            self.references.iter().filter(|reference| reference.kind.names_one_shipment()).collect();
        let mut pairs: Vec<(&Reference, &Reference)> = Vec::new();
        if let Some((first, others)) = identities.split_first() {
            pairs.extend(others.iter().map(|other| (*first, *other)));
        }
        pairs.extend(self.replaced.iter().map(|(old, new)| (old, new)));
        for (index, (a, b)) in pairs.into_iter().enumerate() {
            if index == LINKS_MAX {
                let message = format!("more than {LINKS_MAX} links: one event cannot name so many documents");
                outcomes.push(Err(self.fault(ErrorCode::BadValue, &b.place, message)));
                return;
            }
            outcomes.push(write_link(adapter, self, index, a, b));
        }
    }

    fn milestone(&self, adapter: &Dcsa) -> Option<Outcome> {
        let code = self.situation.code;
        let milestone = match verdict(&adapter.milestones, self.situation) {
            Verdict::Milestone(milestone) => milestone,
            Verdict::Nothing => return None,
            Verdict::UnknownCode => {
                let kind = self.situation.event_type.as_str();
                let message = format!("{code:?} is no code of {kind} events: map it under codes.milestones");
                return Some(Err(self.fault(ErrorCode::BadValue, &self.code_place, message)));
            }
            Verdict::NeedsEmptyIndicator => {
                let message = format!("{code} means something else for empty and for laden equipment");
                return Some(Err(self.fault(ErrorCode::MissingField, &self.indicator_place, message)));
            }
        };
        let of_kind = |kind| self.references.iter().find(|reference| reference.kind == kind);
        let Some(reference) = adapter.ref_order.iter().find_map(|kind| of_kind(*kind)) else {
            let message = "names no booking, transport document, equipment or order";
            return Some(Err(self.fault(ErrorCode::MissingField, &self.code_place, message)));
        };
        let mut draft = self.draft(adapter, DocumentType::Milestone, "");
        draft.constant("data.milestone_id", self.id.as_str());
        draft.identifier("data.ref", (reference.kind, &reference.value), &reference.place);
        draft.set("data.milestone", milestone.as_str(), &self.code_place);
        draft.constant("data.classifier", self.classifier.as_str());
        draft.set("data.at", self.at.to_string(), &self.at_place);
        if let Some(location) = &self.location {
            let shown = adapter.places.get(location.text).map_or(location.text, String::as_str);
            draft.set("data.location", shown, &location.place);
        }
        if let Some(reason) = &self.reason {
            draft.constant("data.reason", reason.as_str());
        }
        Some(draft.finish())
    }

    /// A document of this event. Its event id has the time of the update, so that an override is another event.
    pub fn draft(&self, adapter: &Dcsa, document_type: DocumentType, part: &str) -> Draft {
        let event_id = format!("{}{part}@{}", self.id, self.recorded_at);
        let mut draft = Draft::new(document_type, &adapter.source, &event_id);
        draft.set("occurred_at", self.at.to_string(), &self.at_place);
        draft.constant("recorded_at", self.recorded_at.to_string());
        draft
    }

    fn fault(&self, code: ErrorCode, place: &str, message: impl Into<String>) -> DataError {
        DataError { event_id: self.id.as_str().into(), ..wrong(code, place, message) }
    }
}

/// The id of a link of an event.
pub(super) fn link_id(id: &str, index: usize) -> String {
    format!("{id}/{}", index + 1)
}

fn write_retraction(adapter: &Dcsa, id: &str, recorded_at: Option<Timestamp>, outcomes: &mut Vec<Outcome>) {
    let mut retract = |document_type, part: &str, key: &str, key_value: &str| {
        // Greater than the id of what was said at the same time.
        let at = recorded_at.map_or_else(String::new, |at| at.to_string());
        let mut draft = Draft::new(document_type, &adapter.source, &format!("{id}{part}@{at}~retracted"));
        draft.constant("occurred_at", recorded_at.unwrap_or(Timestamp(0)).to_string());
        if recorded_at.is_none() {
            draft.constant("revision", 1);
        }
        draft.retract();
        draft.constant(&format!("data.{key}"), key_value);
        outcomes.push(draft.finish());
    };
    retract(DocumentType::Milestone, "", "milestone_id", id);
    for index in 0..LINKS_MAX {
        retract(DocumentType::Link, &format!("/{}", index + 1), "link_id", &link_id(id, index));
    }
}
