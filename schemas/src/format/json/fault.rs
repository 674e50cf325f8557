//! What is wrong with a field, and where it stands.

use std::fmt::{self, Write};

use super::tape::{Kind, Value};
use crate::ErrorCode;

/// Characters of an offending value that a message shows.
const SHOWN_MAX: usize = 40;

/// The outcome of reading a field. The fault is boxed: it is rare, and the way of a good value stays narrow.
pub(super) type Read<T> = Result<T, Box<Fault>>;

/// Why an event is not one.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: ErrorCode,
    /// Path of the field; empty for the record as a whole.
    pub field: String,
    pub message: String,
}

/// Where a value stands: a chain from the value up to the record.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Record,
    Field(&'static str),
    Index(usize),
}

impl<'p> Path<'p> {
    /// The record as a whole.
    pub const RECORD: Path<'static> = Path { parent: None, step: Step::Record };

    /// A field of the object that stands here.
    pub fn field(&'p self, name: &'static str) -> Path<'p> {
        Path { parent: Some(self), step: Step::Field(name) }
    }

    /// An element of the list that stands here.
    pub fn index(&'p self, index: usize) -> Path<'p> {
        Path { parent: Some(self), step: Step::Index(index) }
    }

    /// A fault here.
    pub fn fault(&self, code: ErrorCode, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { code, field: self.to_string(), message: message.into() })
    }
}

/// `data.lines[2].amount`, index from 0.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Record => Ok(()),
            Step::Field(name) if self.parent.is_some_and(|parent| !matches!(parent.step, Step::Record)) => {
                write!(f, ".{name}")
            }
            Step::Field(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A value as messages show it: strings in quotes, everything on one line and shortened.
pub(super) fn shown(value: Value<'_>) -> String {
    match value.string() {
        Some(text) => quoted(&text),
        None => shortened(value.raw()),
    }
}

/// A text as messages show it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text))
}

fn shortened(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_MAX {
            shown.push('…');
            break;
        }
        if character.is_control() {
            write!(shown, "{}", character.escape_default()).expect("writing to a string cannot fail");
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What a value is, in the words of messages.
pub(super) fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::False | Kind::True => "a boolean",
        Kind::Number => "a number",
        Kind::Plain | Kind::Escaped => "a string",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}
