//! Reads fields of objects into values, or says what is wrong with them.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::{DeserializeOwned, IntoDeserializer};

use super::fault::{Fault, Path, Read, named, quoted, shown};
use super::tape::{Kind, Value};
use crate::number::NumberError;
use crate::time::{BadDate, BadTime};
use crate::{Currency, Date, Decimal, ErrorCode, Identifier, IdentifierKey, Text, Timestamp};

const LINE_NO_MAX: u32 = 999_999;

/// An object and where it stands.
pub(super) struct Object<'r> {
    value: Value<'r>,
    path: Path<'r>,
}

/// A value that is given (neither absent, nor null, nor blank) and where it stands.
pub(super) struct Field<'r> {
    value: Value<'r>,
    path: Path<'r>,
}

impl<'r> Object<'r> {
    /// The record itself.
    pub fn of_record(value: Value<'r>) -> Read<Object<'r>> {
        if value.kind() != Kind::Object {
            let message = format!("expected an object, found {}", named(value.kind()));
            return Err(Path::RECORD.fault(ErrorCode::NotJson, message));
        }
        Ok(Object { value, path: Path::RECORD })
    }

    /// The object as it stands in the record.
    pub fn value(&self) -> Value<'r> {
        self.value
    }

    /// Where a field of it stands.
    pub fn place(&self, name: &'static str) -> Path<'_> {
        self.path.field(name)
    }

    /// A field that must be given.
    pub fn required<'s, T>(&'s self, name: &'static str, read: impl FnOnce(&Field<'s>) -> Read<T>) -> Read<T> {
        let path = self.path.field(name);
        let missing = |how| Err(path.fault(ErrorCode::MissingField, format!("required field is {how}")));
        match self.find(name)? {
            None => missing("absent"),
            Some(value) if value.kind() == Kind::Null => missing("null"),
            Some(value) if is_blank(value) => missing("blank"),
            Some(value) => read(&Field { value, path }),
        }
    }

    /// A field that may be given; `None` where it is absent, null or blank.
    pub fn optional<'s, T>(&'s self, name: &'static str, read: impl FnOnce(&Field<'s>) -> Read<T>) -> Read<Option<T>> {
        match self.find(name)? {
            Some(value) if value.kind() != Kind::Null && !is_blank(value) => {
                read(&Field { value, path: self.path.field(name) }).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A text that must be given.
    pub fn text(&self, name: &'static str) -> Read<Text> {
        self.required(name, Field::text)
    }

    /// A text that may be given.
    pub fn optional_text(&self, name: &'static str) -> Read<Option<Text>> {
        self.optional(name, Field::text)
    }

    /// A list of identifiers that may be given.
    pub fn identifiers(&self, name: &'static str) -> Read<Box<[Identifier]>> {
        Ok(self.optional(name, |list| list.each(identifier))?.unwrap_or_default())
    }

    /// Every member is looked at: a key that we know may be there only once, wherever its twin stands.
    fn find(&self, name: &'static str) -> Read<Option<Value<'r>>> {
        let mut found = None;
        for (key, value) in self.value.members() {
            if key.is_key(name) && found.replace(value).is_some() {
                return Err(given_twice(&self.path.field(name).to_string()));
            }
        }
        Ok(found)
    }
}

/// The fault of a key that we know and that is there twice: the record as a whole is at fault.
pub(super) fn given_twice(path: &str) -> Box<Fault> {
    Path::RECORD.fault(ErrorCode::NotJson, format!("key {} is given twice: expected it once", quoted(path)))
}

/// Whether a value is a string of white space only.
fn is_blank(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Plain => value.raw().trim_start().is_empty(),
        Kind::Escaped => value.string().is_some_and(|text| text.trim_start().is_empty()),
        _ => false,
    }
}

/// `{type, value}`.
pub(super) fn identifier(object: &Object<'_>) -> Read<Identifier> {
    let kind = object.required("type", Field::one_of)?;
    let value = object.required("value", |field| {
        let value = field.text()?;
        match IdentifierKey::new(kind, &value) {
            Some(_) => Ok(value),
            None => {
                let message = format!("{} has neither an ASCII letter nor a digit", quoted(&value));
                Err(field.path.fault(ErrorCode::EmptyIdentifier, message))
            }
        }
    })?;
    Ok(Identifier { kind, value })
}

impl<'r> Field<'r> {
    fn wrong_type<T>(&self, due: &str) -> Read<T> {
        let message = match self.value.kind() {
            Kind::Array | Kind::Object => format!("expected {due}, found {}", named(self.value.kind())),
            kind => format!("expected {due}, found {} {}", named(kind), shown(self.value)),
        };
        Err(self.path.fault(ErrorCode::WrongType, message))
    }

    /// A fault of this value: the message begins with the value.
    pub fn fault<T>(&self, code: ErrorCode, what: impl std::fmt::Display) -> Read<T> {
        Err(self.path.fault(code, format!("{} {what}", shown(self.value))))
    }

    /// A string, not trimmed.
    fn string(&self, due: &str) -> Read<Cow<'r, str>> {
        match self.value.string() {
            Some(text) => Ok(text),
            None => self.wrong_type(due),
        }
    }

    /// A text, trimmed.
    pub fn text(&self) -> Read<Text> {
        Ok(Text::from(self.string("a string")?.trim()))
    }

    /// A value of an enumeration.
    pub fn one_of<T: DeserializeOwned>(&self) -> Read<T> {
        let text = self.string("a string")?;
        T::deserialize(text.trim().into_deserializer()).or_else(|OneOf(names)| {
            self.fault(ErrorCode::BadValue, format_args!("is not a known value: expected one of {}", names.join(", ")))
        })
    }

    /// A point in time.
    pub fn time(&self) -> Read<Timestamp> {
        let text = self.string("a time in a string")?;
        text.trim().parse().or_else(|wrong: BadTime| {
            let hint = "expected RFC 3339 such as 2026-03-01T10:00:00Z";
            self.fault(ErrorCode::BadTime, format_args!("is {wrong}: {hint}"))
        })
    }

    /// A date.
    pub fn date(&self) -> Read<Date> {
        let text = self.string("a date in a string")?;
        text.trim().parse().or_else(|wrong: BadDate| {
            self.fault(ErrorCode::BadValue, format_args!("is {wrong}: expected YYYY-MM-DD such as 2026-03-01"))
        })
    }

    /// A currency.
    pub fn currency(&self) -> Read<Currency> {
        let text = self.string("a currency code in a string")?;
        text.trim().parse().or_else(|wrong| {
            self.fault(ErrorCode::BadValue, format_args!("is {wrong}: expected three letters such as EUR"))
        })
    }

    /// A boolean.
    pub fn boolean(&self) -> Read<bool> {
        match self.value.kind() {
            Kind::True => Ok(true),
            Kind::False => Ok(false),
            _ => self.wrong_type("true or false"),
        }
    }

    /// The number of a line: a JSON integer.
    pub fn line_no(&self) -> Read<u32> {
        let number = self.integer()?.filter(|number| (1..=u64::from(LINE_NO_MAX)).contains(number));
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(number) => Ok(number),
            None => self.fault(ErrorCode::BadValue, format_args!("is outside 1 to {LINE_NO_MAX}")),
        }
    }

    /// The version of a document: a JSON integer.
    pub fn revision(&self) -> Read<u64> {
        match self.integer()? {
            Some(number) => Ok(number),
            None => self.fault(ErrorCode::BadValue, format_args!("is outside 0 to {}", u64::MAX)),
        }
    }

    /// A JSON integer; `None` where it is negative or beyond 64 bits.
    fn integer(&self) -> Read<Option<u64>> {
        let raw = self.value.raw();
        if self.value.kind() != Kind::Number || raw.contains(['.', 'e', 'E']) {
            return self.wrong_type("an integer");
        }
        Ok(u64::from_str(if raw == "-0" { "0" } else { raw }).ok())
    }

    /// The text of a number: a JSON number or a decimal string.
    fn digits(&self) -> Read<Cow<'r, str>> {
        match self.value.kind() {
            Kind::Number => Ok(Cow::Borrowed(self.value.raw())),
            Kind::Plain => Ok(Cow::Borrowed(self.value.raw().trim())),
            Kind::Escaped => Ok(Cow::Owned(self.string("a number")?.trim().to_owned())),
            _ => self.wrong_type("a number or a decimal string"),
        }
    }

    fn no_number<T>(&self) -> Read<T> {
        self.fault(ErrorCode::BadValue, "is not a decimal number: expected digits such as 1234.50")
    }

    /// A number that is not money.
    pub fn number(&self) -> Read<Decimal> {
        self.digits()?.parse().or_else(|wrong| match wrong {
            NumberError::NotANumber => self.no_number(),
            NumberError::TooPrecise => {
                let max = Decimal::DECIMALS;
                self.fault(ErrorCode::AmountPrecision, format_args!("has more than {max} decimals"))
            }
            NumberError::TooLarge => self.fault(ErrorCode::BadValue, "is 10^12 or more on either side of 0"),
        })
    }

    /// A number of at least 0 that is not money.
    pub fn not_negative(&self) -> Read<Decimal> {
        let number = self.number()?;
        if number < Decimal::ZERO { self.fault(ErrorCode::BadValue, "is below 0") } else { Ok(number) }
    }

    /// A number above 0 that is not money.
    pub fn positive(&self) -> Read<Decimal> {
        let number = self.number()?;
        if number <= Decimal::ZERO { self.fault(ErrorCode::BadValue, "is not above 0") } else { Ok(number) }
    }

    /// Money, in minor units of its currency.
    pub fn amount(&self, currency: Currency) -> Read<i64> {
        currency.minor_units(&self.digits()?).or_else(|wrong| match wrong {
            NumberError::NotANumber => self.no_number(),
            NumberError::TooPrecise => {
                let decimals = currency.exponent();
                let what = format_args!("has more decimals than {currency} has: expected at most {decimals}");
                self.fault(ErrorCode::AmountPrecision, what)
            }
            NumberError::TooLarge => {
                self.fault(ErrorCode::AmountRange, format_args!("is more than 10^15 minor units of {currency}"))
            }
        })
    }

    /// An object.
    pub fn object<T>(&self, read: impl FnOnce(&Object<'_>) -> Read<T>) -> Read<T> {
        match self.value.kind() {
            Kind::Object => read(&Object { value: self.value, path: self.path }),
            _ => self.wrong_type("an object"),
        }
    }

    /// A list of objects.
    pub fn each<T>(&self, read: impl Fn(&Object<'_>) -> Read<T>) -> Read<Box<[T]>> {
        if self.value.kind() != Kind::Array {
            return self.wrong_type("a list");
        }
        let elements = self.value.elements().enumerate();
        elements
            .map(|(index, value)| {
                let path = self.path.index(index);
                match value.kind() {
                    Kind::Null => Err(path.fault(ErrorCode::MissingField, "element is null")),
                    _ if is_blank(value) => Err(path.fault(ErrorCode::MissingField, "element is blank")),
                    _ => Field { value, path }.object(&read),
                }
            })
            .collect()
    }
}

/// What serde says of a text that is no variant: the names of those there are.
#[derive(Debug)]
struct OneOf(&'static [&'static str]);

impl std::fmt::Display for OneOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for OneOf {}

impl serde::de::Error for OneOf {
    fn custom<T: std::fmt::Display>(_message: T) -> OneOf {
        OneOf(&[])
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> OneOf {
        OneOf(expected)
    }
}
