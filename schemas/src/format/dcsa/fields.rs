//! Reads fields of Track & Trace events, or says what is wrong with them and where they stand.

use serde_json::{Map, Value};

use super::super::canonical::quoted;
use super::super::zone::Zone;
use super::wrong;
use crate::{DataError, ErrorCode, Timestamp};

/// An object and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Object<'v> {
    members: Option<&'v Map<String, Value>>,
    place: String,
}

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<'v> {
    pub text: &'v str,
    pub place: String,
}

impl<'v> Object<'v> {
    /// The object that stands here.
    pub fn of(value: &'v Value, place: &str) -> Result<Object<'v>, DataError> {
        match value {
            Value::Object(members) => Ok(Object { members: Some(members), place: place.to_owned() }),
            Value::Null => Ok(Object { members: None, place: place.to_owned() }),
            _ => Err(wrong(ErrorCode::WrongType, place, "expected an object")),
        }
    }

    /// Where a field of it stands.
    pub fn place(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    fn get(&self, name: &str) -> Option<&'v Value> {
        self.members?.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field is given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// An object; one without members where it is not given.
    pub fn object(&self, name: &str) -> Result<Object<'v>, DataError> {
        Object::of(self.get(name).unwrap_or(&Value::Null), &self.place(name))
    }

    /// The objects of a list; none where it is not given.
    pub fn objects(&self, name: &str) -> Result<Vec<Object<'v>>, DataError> {
        let elements = self.elements(name)?.iter().enumerate();
        elements.map(|(index, element)| Object::of(element, &format!("{}[{index}]", self.place(name)))).collect()
    }

    /// The texts of a list; none where it is not given.
    pub fn texts(&self, name: &str) -> Result<Vec<&'v str>, DataError> {
        let texts = self.elements(name)?.iter().map(|element| {
            element.as_str().ok_or_else(|| wrong(ErrorCode::WrongType, &self.place(name), "expected a list of strings"))
        });
        texts.collect()
    }

    fn elements(&self, name: &str) -> Result<&'v [Value], DataError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(elements)) => Ok(elements),
            Some(_) => Err(wrong(ErrorCode::WrongType, &self.place(name), "expected a list")),
        }
    }

    /// A text, trimmed; `None` where it is absent, null or blank.
    pub fn text(&self, name: &str) -> Result<Option<Text<'v>>, DataError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(Text { text: text.trim(), place: self.place(name) })),
            Some(other) => {
                let message =
                    format!("expected a string, found {}", other.to_string().chars().take(40).collect::<String>());
                Err(wrong(ErrorCode::WrongType, &self.place(name), message))
            }
        }
    }

    /// A text that must be given.
    pub fn required(&self, name: &str) -> Result<Text<'v>, DataError> {
        self.text(name)?.ok_or_else(|| {
            let how = if self.has(name) { "blank" } else { "absent" };
            wrong(ErrorCode::MissingField, &self.place(name), format!("required field is {how}"))
        })
    }

    /// A time that must be given.
    pub fn time(&self, name: &str, zone: &Zone) -> Result<Timestamp, DataError> {
        self.required(name)?.time(zone)
    }

    /// A boolean; false where it is not given.
    pub fn flag(&self, name: &str) -> Result<bool, DataError> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong(ErrorCode::WrongType, &self.place(name), "expected true or false")),
        }
    }
}

impl Text<'_> {
    /// Reads the text as a time.
    pub fn time(&self, zone: &Zone) -> Result<Timestamp, DataError> {
        zone.read(self.text).map_err(|problem| {
            let message = format!("{} is {problem}: expected RFC 3339 such as 2026-03-01T10:00:00Z", quoted(self.text));
            wrong(ErrorCode::BadTime, &self.place, message)
        })
    }

    /// The fault of a text that is none of those there are.
    pub fn unknown(&self, what: &str) -> DataError {
        wrong(ErrorCode::BadValue, &self.place, format!("{} is no {what} that is known", quoted(self.text)))
    }
}
