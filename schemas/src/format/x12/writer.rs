//! From a set to its events: what all kinds of sets have in common.

use super::interchange::Envelope;
use super::reference::Reference;
use super::segment::{Item, Place, Segment, Set};
use super::{X12, acknowledgement};
use crate::event::DocumentType;
use crate::format::Outcome;
use crate::format::draft::Draft;
use crate::format::envelope::{digest, shown};
use crate::format::zone::{LocalTime, date_of};
use crate::{DataError, ErrorCode, Stream, Text, Timestamp};

/// Bytes of the longest element that is read.
const ELEMENT_BYTES_MAX: usize = 1000;
/// Elements of a segment that are read, at most.
const SEGMENT_ELEMENTS_READ: u8 = 30;
/// Segments of free text.
const FREE_TEXT: [&str; 6] = ["K1", "L5", "MSG", "MTX", "NTE", "PID"];

/// Writes the events of one set.
pub(super) struct Writer<'w, 'r> {
    pub x12: &'w X12,
    pub set: &'w Set<'w, 'r>,
    /// Whether the set's carrier numbers parcels, so that its reference numbers are tracking numbers.
    pub parcels: bool,
    envelope: Envelope<'r>,
    /// What the ids of all its events begin with.
    prefix: String,
    events: u32,
    outcomes: &'w mut Vec<Outcome>,
}

impl X12 {
    /// Reads one set.
    pub(super) fn read_set(&self, set: &Set<'_, '_>, envelope: Envelope<'_>, outcomes: &mut Vec<Outcome>) {
        if self.ignored_sets.contains(set.id()) {
            return;
        }
        let (id, control) = (set.id(), shown(set.control()));
        let Envelope { interchange, group, .. } = envelope;
        let said = set.segments.get(1..set.segments.len().saturating_sub(1)).unwrap_or_default();
        let said = said.iter().map(Segment::text);
        let prefix = format!("{id}:{interchange}.{group}.{control}:{:08x}", digest(said));
        let mut writer = Writer { x12: self, set, parcels: false, envelope, prefix, events: 0, outcomes };
        if let Some(place) = too_long(set) {
            let message = format!("the element has more than {ELEMENT_BYTES_MAX} bytes");
            return writer.refuse(ErrorCode::TooLarge, place, message);
        }
        match id {
            "210" | "310" => writer.invoice(),
            "214" => writer.road_status(),
            "315" => writer.ocean_status(),
            "850" => writer.order(),
            "856" => writer.notice(),
            "997" | "999" => acknowledgement::set(&mut writer),
            _ => {
                let read = "expected 210, 214, 310, 315, 850, 856, 997 or 999";
                let message = format!("set {id:?} is not read: {read}; name it in options.ignore_sets to pass over it");
                writer.refuse(ErrorCode::UnknownType, Place::new(0, 1), message);
            }
        }
    }
}

/// The first element that is too long to be copied into every event of a set. Segments of free text are not read.
fn too_long(set: &Set<'_, '_>) -> Option<Place> {
    let long = set.each().filter(|(_, segment)| segment.text().len() > ELEMENT_BYTES_MAX);
    let mut read = long.filter(|(_, segment)| !FREE_TEXT.iter().any(|tag| segment.is(tag)));
    read.find_map(|(index, segment)| {
        let element =
            (0..=SEGMENT_ELEMENTS_READ).find(|element| segment.element(*element).len() > ELEMENT_BYTES_MAX)?;
        Some(Place::new(index, element))
    })
}

impl<'w, 'r> Writer<'w, 'r> {
    /// A draft of the set's next event.
    pub fn draft(&mut self, document_type: DocumentType) -> Draft<Place> {
        self.events += 1;
        let event_id = format!("{}:{:04}", self.prefix, self.events);
        let mut draft = Draft::new(document_type, &self.x12.settings.source, &event_id, Place::SET);
        draft.recorded_at(self.envelope.recorded_at);
        draft
    }

    /// Adds the event of a draft, or what is wrong with it.
    pub fn push(&mut self, draft: Draft<Place>) {
        self.outcomes.push(draft.finish(|place| self.set.locate(place)));
    }

    /// Adds an error that belongs to no event.
    pub fn refuse(&mut self, code: ErrorCode, place: Place, message: String) {
        let (field, event_id) = (self.set.locate(&place), Text::default());
        let stream = match self.set.id() {
            "210" | "310" => Some(Stream::Invoices),
            "214" | "315" | "856" => Some(Stream::Shipments),
            "850" => Some(Stream::Orders),
            _ => None,
        };
        self.outcomes.push(Err(DataError { stream, code, field, message, event_id }));
    }

    /// Adds an error of a document that we sent.
    pub fn refuse_in(&mut self, stream: Option<Stream>, place: Place, message: String) {
        let (code, field) = (ErrorCode::BadValue, self.set.locate(&place));
        self.outcomes.push(Err(DataError { stream, code, field, message, event_id: Text::default() }));
    }

    /// Fills in an element as it is written.
    pub fn copy(&self, draft: &mut Draft<Place>, path: &str, item: Item<'_>) {
        draft.set(path, item.text, item.place);
    }

    /// Fills in a date, which is also the event's business time.
    pub fn date(&self, draft: &mut Draft<Place>, path: &str, item: Item<'_>) {
        match date_of(item.text) {
            Some(date) => {
                draft.occurred_at(date.midnight());
                draft.set(path, date.to_string(), item.place);
            }
            None if item.is_blank() => draft.fault(ErrorCode::MissingField, path, "the date is missing", item.place),
            None => {
                let message = format!("{:?} is no date: expected CCYYMMDD", item.text);
                draft.fault(ErrorCode::BadValue, path, message, item.place);
            }
        }
    }

    /// Reads date, time and time code; a fault of theirs is the draft's at `path`.
    pub fn time(&self, draft: &mut Draft<Place>, path: &str, when: [Item<'r>; 3]) -> Option<(LocalTime, Timestamp)> {
        let [date, time, code] = when;
        if date.is_blank() {
            draft.fault(ErrorCode::MissingField, path, "the date is missing", date.place);
            return None;
        }
        match self.x12.time(date.text, time.text, code.text) {
            Ok(read) => Some(read),
            Err(message) => {
                draft.fault(ErrorCode::BadTime, path, message, date.place);
                None
            }
        }
    }

    /// Fills in a list of identifiers.
    pub fn references(&self, draft: &mut Draft<Place>, path: &str, references: &[Reference<'_>]) {
        for (index, reference) in references.iter().enumerate() {
            if draft.is_full() {
                return;
            }
            draft.set(format!("{path}[{index}].type"), reference.name(), reference.place);
            draft.set(format!("{path}[{index}].value"), reference.value.as_ref(), reference.place);
        }
    }

    /// The partner's code by the profile, else by the message.
    pub fn partner(&self, said: Item<'w>) -> Item<'w> {
        let x12: &'w X12 = self.x12;
        let ours = x12.settings.partner.as_str();
        if ours.is_empty() { said } else { Item { text: ours, place: said.place } }
    }

    /// What the message says, else what an option of the profile says.
    pub fn or_option(&self, said: Item<'w>, option: &str) -> Item<'w> {
        let x12: &'w X12 = self.x12;
        said.or(Item { text: x12.settings.option(option), place: said.place })
    }
}
