//! From a message to its events: what all kinds of messages have in common.

use super::interchange::Envelope;
use super::syntax::{Item, Message, Place, Segment};
use super::{Edifact, control};
use crate::event::DocumentType;
use crate::format::Outcome;
use crate::format::draft::Draft;
use crate::format::envelope::{digest, shown};
use crate::format::zone::LocalTime;
use crate::{DataError, ErrorCode, Stream, Text, Timestamp};

/// Bytes of the longest segment that is read; segments of free text may be longer.
const SEGMENT_BYTES_MAX: usize = 2000;

/// Writes the events of one message.
pub(super) struct Writer<'w, 'r> {
    pub edifact: &'w Edifact,
    pub message: &'w Message<'w, 'r>,
    stream: Option<Stream>,
    envelope: &'w Envelope,
    /// What the ids of all its events begin with.
    prefix: String,
    events: u32,
    outcomes: &'w mut Vec<Outcome>,
}

impl Edifact {
    /// Reads one message.
    pub(super) fn read_message(&self, message: &Message<'_, '_>, envelope: &Envelope, outcomes: &mut Vec<Outcome>) {
        let kind = message.item(0, 2, 1).text.to_ascii_uppercase();
        if self.ignored_messages.contains(&kind) {
            return;
        }
        let control = shown(&message.control);
        let said = message.segments.get(1..message.segments.len().saturating_sub(1)).unwrap_or_default();
        let said = said.iter().map(Segment::text);
        let prefix = format!("{}:{}.{control}:{:08x}", shown(&kind), envelope.interchange, digest(said));
        let stream = match kind.as_str() {
            "IFTSTA" => Some(Stream::Shipments),
            "INVOIC" => Some(Stream::Invoices),
            _ => None,
        };
        let mut writer = Writer { edifact: self, message, stream, envelope, prefix, events: 0, outcomes };
        if let Some(place) = too_long(message) {
            let text = format!("the segment has more than {SEGMENT_BYTES_MAX} bytes");
            return writer.refuse(ErrorCode::TooLarge, place, text);
        }
        match kind.as_str() {
            "IFTSTA" => writer.status(),
            "INVOIC" => writer.invoice(),
            "CONTRL" => control::message(&mut writer),
            _ => {
                let hint = "expected IFTSTA, INVOIC or CONTRL; name it in options.ignore_messages to pass over it";
                let text = format!("message {:?} is not read: {hint}", shown(&kind));
                writer.refuse(ErrorCode::UnknownType, Place::new(0, 2, 1), text);
            }
        }
    }
}

/// The first segment that is too long to be copied into every event of a message.
fn too_long(message: &Message<'_, '_>) -> Option<Place> {
    let mut segments = message.segments.iter().enumerate();
    let (index, _) = segments.find(|(_, segment)| segment.text().len() > SEGMENT_BYTES_MAX && !segment.is("FTX"))?;
    Some(Place::new(index, 0, 0))
}

/// What BGM-03 says that the message does to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Original,
    Change,
    Cancellation,
}

impl<'r> Writer<'_, 'r> {
    /// A draft of the message's next event.
    pub fn draft(&mut self, document_type: DocumentType) -> Draft<Place> {
        self.events += 1;
        let event_id = format!("{}:{:04}", self.prefix, self.events);
        let mut draft = Draft::new(document_type, &self.edifact.settings.source, &event_id, Place::MESSAGE);
        draft.recorded_at(self.envelope.recorded_at);
        draft
    }

    /// Adds the event of a draft, or what is wrong with it.
    pub fn push(&mut self, draft: Draft<Place>) {
        self.outcomes.push(draft.finish(|place| self.message.locate(place)));
    }

    /// Adds an error that belongs to no event.
    pub fn refuse(&mut self, code: ErrorCode, place: Place, message: String) {
        let (field, event_id) = (self.message.locate(&place), Text::default());
        self.outcomes.push(Err(DataError { stream: self.stream, code, field, message, event_id }));
    }

    /// What the message does to an earlier one.
    pub fn function(&self) -> Function {
        match self.message.item(self.message.first("BGM"), 3, 1).text.as_ref() {
            "1" => Function::Cancellation,
            "4" | "5" => Function::Change,
            _ => Function::Original,
        }
    }

    /// Fills in revision and withdrawal by what the message does.
    pub fn revised(&self, draft: &mut Draft<Place>) {
        let function = self.function();
        draft.revision(u64::from(function != Function::Original));
        if function == Function::Cancellation {
            draft.retracted();
        }
    }

    /// Fills in a component as it is written.
    pub fn copy(&self, draft: &mut Draft<Place>, path: &str, item: &Item<'_>) {
        draft.set(path, item.text.as_ref(), item.place);
    }

    /// Reads the time of a DTM; a fault of it is the draft's at `path`.
    pub fn time(&self, draft: &mut Draft<Place>, path: &str, dtm: usize) -> Option<(LocalTime, Timestamp)> {
        let value = self.message.item(dtm, 1, 2);
        match self.edifact.time(&value.text, &self.message.item(dtm, 1, 3).text) {
            Ok(read) => Some(read),
            Err(message) => {
                draft.fault(ErrorCode::BadTime, path, message, value.place);
                None
            }
        }
    }
}
