//! An event in the making: canonical JSON, and for each field where in the partner's message it came from.
//!
//! Adapters do not repeat the rules of canonical events. They fill in a draft and let [`json::decode`] check it; what it
//! finds is told with the place in the message that a partner can look up, and the canonical field in the text.

use serde_json::{Map, Value};

use super::{Outcome, json};
use crate::event::DocumentType;
use crate::{DataError, ErrorCode, Text, Timestamp};

/// Fields beyond which a draft takes no more: its record would be over 1 MiB.
const FIELDS_MAX: usize = 100_000;

/// An event in the making. `P` is how the format names a place in its messages.
#[derive(Clone, Debug)]
pub(crate) struct Draft<P> {
    document_type: DocumentType,
    event: Map<String, Value>,
    data: Value,
    /// Canonical path → place, in the order of filling in; the first is the message as a whole.
    places: Vec<(String, P)>,
    fault: Option<(ErrorCode, String, P)>,
}

impl<P: Clone> Draft<P> {
    /// A draft without any field of its document. `whole` is the place of the message as a whole.
    pub fn new(document_type: DocumentType, source: &str, event_id: &str, whole: P) -> Draft<P> {
        let mut event = Map::new();
        event.insert("event_id".into(), event_id.into());
        event.insert("type".into(), document_type.as_str().into());
        event.insert("source".into(), source.into());
        Draft {
            document_type,
            event,
            data: Value::Object(Map::new()),
            places: vec![(String::new(), whole)],
            fault: None,
        }
    }

    /// Business time.
    pub fn occurred_at(&mut self, time: Timestamp) {
        self.event.insert("occurred_at".into(), time.to_string().into());
    }

    /// When the partner recorded it; where it is not known, the business time stands in.
    pub fn recorded_at(&mut self, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.event.insert("recorded_at".into(), time.to_string().into());
        }
    }

    /// Version of the document.
    pub fn revision(&mut self, revision: u64) {
        self.event.insert("revision".into(), revision.into());
    }

    /// The document is withdrawn.
    pub fn retracted(&mut self) {
        self.event.insert("retracted".into(), true.into());
    }

    /// Whether it takes no more fields; its outcome is a fault then.
    pub fn is_full(&self) -> bool {
        self.places.len() > FIELDS_MAX
    }

    /// Fills in a field of the document by its path (`lines[2].amount`). A blank text counts as not given, but its place
    /// is remembered, so that a missing field is told where it should have been.
    pub fn set(&mut self, path: impl Into<String>, value: impl Into<Value>, place: P) {
        let (path, value) = (path.into(), value.into());
        if self.is_full() {
            return self.fault(ErrorCode::TooLarge, &path, format!("more than {FIELDS_MAX} fields"), place);
        }
        if value.as_str().is_none_or(|text| !text.trim().is_empty()) {
            *slot(&mut self.data, &path) = value;
        }
        self.places.push((path, place));
    }

    /// Says that the message breaks a rule which only the format can know. The first such fault is the outcome.
    pub fn fault(&mut self, code: ErrorCode, path: &str, message: impl std::fmt::Display, place: P) {
        if self.fault.is_none() {
            self.fault = Some((code, format!("data.{path}: {message}"), place));
        }
    }

    /// The event, or the first rule that it breaks, told at its place.
    pub fn finish(mut self, locate: impl Fn(&P) -> String) -> Outcome {
        if let Some((code, message, place)) = self.fault {
            let event_id = self.event.get("event_id").and_then(Value::as_str).unwrap_or_default();
            return Err(DataError {
                stream: Some(self.document_type.stream()),
                code,
                field: locate(&place),
                message,
                event_id: Text::from(event_id),
            });
        }
        self.event.insert("data".into(), self.data);
        let record = serde_json::to_vec(&self.event).expect("names and values of JSON can be written as JSON");
        json::decode(&record).map_err(|error| DataError {
            field: locate(place_of(&self.places, &error.field)),
            message: format!("{}: {}", error.field, error.message),
            ..error
        })
    }
}

/// The place of a canonical field: its own, else that of the nearest field around it.
fn place_of<'p, P>(places: &'p [(String, P)], field: &str) -> &'p P {
    let mut path = field.strip_prefix("data.").unwrap_or_default();
    loop {
        if let Some((_, place)) = places.iter().rev().find(|(known, _)| known == path) {
            return place;
        }
        path = path.rfind(['.', '[']).map_or("", |end| &path[..end]);
    }
}

/// The value at a path, made where it is not there yet.
fn slot<'v>(data: &'v mut Value, path: &str) -> &'v mut Value {
    let mut at = data;
    for step in path.split('.') {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (step, None),
        };
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = at.as_object_mut().expect("made an object above").entry(name).or_insert(Value::Null);
        if let Some(index) = index {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            let list = at.as_array_mut().expect("made a list above");
            if list.len() <= index {
                list.resize(index + 1, Value::Null);
            }
            at = &mut list[index];
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Body;

    fn invoice() -> Draft<&'static str> {
        let mut draft = Draft::new(DocumentType::Invoice, "carrier:X", "e-1", "ST 1");
        draft.occurred_at(Timestamp(0));
        draft.set("issuer", "X", "B3[1].11");
        draft.set("invoice_no", "I1", "B3[1].2");
        draft.set("kind", "invoice", "B3[1].8");
        draft.set("currency", "USD", "C3[1].1");
        draft.set("issued_on", "2026-03-01", "B3[1].6");
        draft.set("lines[0].line_no", 1, "L1[1]");
        draft.set("lines[0].code", "FRT", "L1[1].8");
        draft.set("lines[0].amount", "1.00", "L1[1].4");
        draft
    }

    fn told(draft: Draft<&'static str>) -> String {
        match draft.finish(|place| (*place).to_owned()) {
            Ok(event) => format!("{:?}", event.key()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_draft_without_faults_is_an_event() {
        let event = invoice().finish(|place| (*place).to_owned()).expect("nothing is wrong with it");
        assert!(matches!(event.body, Body::Document(_)));
        assert_eq!(event.envelope.event_id, "e-1");
    }

    #[test]
    fn a_broken_rule_is_told_at_its_place() {
        let mut draft = invoice();
        draft.set("lines[0].amount", "1.001", "L1[1].4");
        assert_eq!(
            told(draft),
            "amount_precision at `L1[1].4`: data.lines[0].amount: \"1.001\" has more decimals than USD has: expected at most 2"
        );
        let mut draft = invoice();
        draft.set("lines[1].line_no", 2, "L1[2]");
        draft.set("lines[1].code", "  ", "L1[2].8");
        assert_eq!(told(draft), "missing_field at `L1[2].8`: data.lines[1].code: required field is absent");
    }

    #[test]
    fn a_field_without_a_place_is_told_at_the_one_around_it() {
        let mut draft = invoice();
        draft.set("lines[1].line_no", 2, "L1[2]");
        assert_eq!(told(draft), "missing_field at `ST 1`: data.lines[1].code: required field is absent");
    }

    #[test]
    fn a_fault_that_the_format_finds_is_the_outcome() {
        let mut draft = invoice();
        draft.fault(ErrorCode::BadValue, "kind", "\"QQ\" is no indicator", "B3[1].8");
        draft.fault(ErrorCode::BadTime, "issued_on", "never told", "B3[1].6");
        assert_eq!(told(draft), "bad_value at `B3[1].8`: data.kind: \"QQ\" is no indicator");
    }
}
