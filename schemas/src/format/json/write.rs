//! Writes values as members of JSON objects.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;

use crate::{Currency, Decimal, Identifier, Money, Text};

/// An object that is being written.
pub(super) struct Members<'w> {
    out: &'w mut Vec<u8>,
    empty: bool,
}

/// Writes one object.
pub(super) fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Members<'_>)) {
    out.push(b'{');
    write(&mut Members { out, empty: true });
    out.push(b'}');
}

impl Members<'_> {
    fn key(&mut self, name: &str) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.json(name);
        self.out.push(b':');
    }

    fn json(&mut self, value: impl Serialize) {
        serde_json::to_writer(&mut *self.out, &value).expect("texts, enumerations and numbers always serialise");
    }

    /// A text, a value of an enumeration, a boolean or an integer.
    pub fn value(&mut self, name: &str, value: impl Serialize) {
        self.key(name);
        self.json(value);
    }

    /// The same, where there is one.
    pub fn optional(&mut self, name: &str, value: &Option<impl Serialize>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    /// A number, a time, a date, a currency: something that shows itself without quotes or escapes, as a string.
    pub fn shown(&mut self, name: &str, value: impl Display) {
        self.key(name);
        write!(self.out, "\"{value}\"").expect("writing to memory cannot fail");
    }

    /// A number, where there is one.
    pub fn number(&mut self, name: &str, number: Option<Decimal>) {
        if let Some(number) = number {
            self.shown(name, number);
        }
    }

    /// An amount, with its currency's decimals.
    pub fn amount(&mut self, name: &str, minor: i64, currency: Currency) {
        self.shown(name, Money::new(i128::from(minor), currency));
    }

    /// An object.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut Members<'_>)) {
        self.key(name);
        object(self.out, write);
    }

    /// A list of objects.
    pub fn list<T>(&mut self, name: &str, elements: &[T], write: impl Fn(&mut Members<'_>, &T)) {
        self.key(name);
        self.out.push(b'[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            object(self.out, |members| write(members, element));
        }
        self.out.push(b']');
    }

    /// A list of objects, where there are any.
    pub fn optional_list<T>(&mut self, name: &str, elements: &[T], write: impl Fn(&mut Members<'_>, &T)) {
        if !elements.is_empty() {
            self.list(name, elements, write);
        }
    }

    /// A text.
    pub fn text(&mut self, name: &str, text: &Text) {
        self.value(name, text);
    }
}

/// `{type, value}`.
pub(super) fn identifier(members: &mut Members<'_>, identifier: &Identifier) {
    members.value("type", identifier.kind);
    members.text("value", &identifier.value);
}
