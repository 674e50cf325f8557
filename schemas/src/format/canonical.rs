//! Builds a canonical event from what a partner says, and has every rule checked where it is checked for all: by
//! [`json::decode`]. A fault is shown where its value stands in the partner's message.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Outcome, json};
use crate::event::DocumentType;
use crate::{DataError, ErrorCode, IdentifierType, Stream, Text};

/// Characters of an offending value that a message shows.
const SHOWN_MAX: usize = 40;
/// Bytes of a digest that an id is made of.
const ID_BYTES: usize = 16;

/// A canonical event that is being built.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    document_type: DocumentType,
    root: Value,
    /// Canonical path → where its value stands in the partner's message.
    places: BTreeMap<String, String>,
}

impl Draft {
    /// An event of this type and source.
    pub fn new(document_type: DocumentType, source: &str, event_id: &str) -> Draft {
        let mut draft = Draft { document_type, root: Value::Object(Map::new()), places: BTreeMap::new() };
        draft.constant("event_id", event_id);
        draft.constant("type", document_type.as_str());
        draft.constant("source", source);
        draft
    }

    /// Sets the field with this path (`data.lines[0].duty`) to a value that stands at `place`.
    pub fn set(&mut self, path: &str, value: impl Into<Value>, place: &str) {
        self.places.insert(path.to_owned(), place.to_owned());
        self.constant(path, value);
    }

    /// Sets the field with this path to a value that stands at `place`, where there is one.
    pub fn optional(&mut self, path: &str, value: Option<impl Into<Value>>, place: &str) {
        if let Some(value) = value {
            self.set(path, value, place);
        }
    }

    /// Sets a field to a value that stands nowhere in the message.
    pub fn constant(&mut self, path: &str, value: impl Into<Value>) {
        let mut target = &mut self.root;
        for step in path.split('.') {
            let (name, index) = named_step(step);
            if !target.is_object() {
                *target = Value::Object(Map::new());
            }
            target = &mut target[name];
            if let Some(index) = index {
                target = element(target, index);
            }
        }
        *target = value.into();
    }

    /// Sets an identifier.
    pub fn identifier(&mut self, path: &str, (kind, value): (IdentifierType, &str), place: &str) {
        let kind = serde_json::to_value(kind).expect("the names of identifier types are texts");
        self.set(&format!("{path}.type"), kind, place);
        self.set(&format!("{path}.value"), value, place);
    }

    /// Withdraws the document.
    pub fn retract(&mut self) {
        self.constant("retracted", true);
    }

    /// The event, or what is wrong with it and where that stands in the message.
    pub fn finish(self) -> Outcome {
        json::decode(self.root.to_string().as_bytes()).map_err(|fault| self.located(fault))
    }

    fn located(&self, mut fault: DataError) -> DataError {
        fault.stream = Some(self.document_type.stream());
        let mut path = fault.field.as_str();
        loop {
            if let Some(place) = self.places.get(path) {
                fault.message = format!("{} (for {})", fault.message, fault.field);
                fault.field = place.clone();
                return fault;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return fault,
            }
        }
    }
}

/// `lines[2]` as its name and index.
fn named_step(step: &str) -> (&str, Option<usize>) {
    match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
        Some((name, index)) => (name, index.parse().ok()),
        None => (step, None),
    }
}

/// Elements that a list of a built event may have: more than any table has columns.
const ELEMENTS_MAX: usize = 10_000;

fn element(list: &mut Value, index: usize) -> &mut Value {
    if !list.is_array() {
        *list = Value::Array(Vec::new());
    }
    let elements = list.as_array_mut().expect("the list was just made one");
    let index = index.min(ELEMENTS_MAX);
    if elements.len() <= index {
        elements.resize(index + 1, Value::Null);
    }
    &mut elements[index]
}

/// A fault of a partner's message that no canonical event has.
pub(super) fn fault(stream: Option<Stream>, code: ErrorCode, field: &str, message: impl Into<String>) -> DataError {
    DataError { stream, code, field: field.to_owned(), message: message.into(), event_id: Text::default() }
}

/// A text as messages show it: in quotes, on one line and shortened.
pub(super) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// An id made of what a message says, for messages that have none: the same message has the same.
pub(super) fn content_id<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(ID_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a record as text.
///
/// # Errors
/// Where they are more than `bytes_max`, or not UTF-8.
pub(super) fn text_of(bytes: &[u8], bytes_max: usize) -> Result<&str, DataError> {
    if bytes.len() > bytes_max {
        let message = format!("record of {} bytes: expected at most {bytes_max}", bytes.len());
        return Err(fault(None, ErrorCode::TooLarge, "", message));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|wrong| fault(None, ErrorCode::NotUtf8, "", format!("not UTF-8 at byte {}", wrong.valid_up_to())))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milestone() -> Draft {
        let mut draft = Draft::new(DocumentType::Milestone, "carrier:X", "1");
        draft.constant("occurred_at", "2026-03-01T10:00:00Z");
        draft.constant("data.milestone_id", "1");
        draft.identifier("data.ref", (IdentifierType::Bol, "X-1"), "B2[0]");
        draft.set("data.milestone", "departed", "AT7[0]");
        draft.constant("data.classifier", "actual");
        draft.set("data.at", "2026-03-01T10:00:00Z", "AT7[4]");
        draft
    }

    #[test]
    fn a_draft_becomes_an_event() {
        assert!(milestone().finish().is_ok());
    }

    #[test]
    fn a_fault_is_shown_where_the_value_stands() {
        let mut draft = milestone();
        draft.set("data.at", "yesterday", "AT7[4]");
        let fault = draft.finish().expect_err("yesterday is no time");
        assert_eq!((fault.code, fault.field.as_str()), (ErrorCode::BadTime, "AT7[4]"));
        let mut draft = milestone();
        draft.identifier("data.ref", (IdentifierType::Bol, "--"), "B2[0]");
        assert_eq!(draft.finish().expect_err("no letter").field, "B2[0]");
    }

    #[test]
    fn ids_are_those_of_the_parts() {
        assert_eq!(content_id(["a", "b"]), content_id(["a", "b"]));
        assert_ne!(content_id(["ab"]), content_id(["a", "b"]));
    }
}
