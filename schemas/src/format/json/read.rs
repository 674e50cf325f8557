//! Reads fields of objects into values, or says what is wrong with them.

use std::str::FromStr;

use serde::de::{DeserializeOwned, IntoDeserializer};

use super::escape::unescape;
use super::fault::{Fault, Path, Read, named, quoted, shown};
use super::tape::{Kind, Untaken, Value};
use crate::money::UnknownCurrency;
use crate::number::NumberError;
use crate::time::{BadDate, BadTime};
use crate::{Currency, Date, Decimal, ErrorCode, Identifier, IdentifierKey, Text, Timestamp};

const LINE_NO_MAX: u32 = 999_999;

/// An object and where it stands. Each field of it can be read once.
pub(super) struct Object<'r> {
    members: Untaken<'r>,
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
        Ok(Object { members: value.untaken(), path: Path::RECORD })
    }

    /// Where a field of it stands.
    pub fn place(&self, name: &'static str) -> Path<'_> {
        self.path.field(name)
    }

    /// A field that must be given.
    #[inline(always)]
    pub fn required<'s, T>(&'s self, name: &'static str, read: impl FnOnce(&Field<'s>) -> Read<T>) -> Read<T> {
        match self.members.take(name) {
            Some(value) if is_given(value) => read(&Field { value, path: self.path.field(name) }),
            found => Err(self.missing(name, found)),
        }
    }

    #[cold]
    fn missing(&self, name: &'static str, found: Option<Value<'_>>) -> Box<Fault> {
        let how = match found.map(Value::kind) {
            None => "absent",
            Some(Kind::Null) => "null",
            Some(_) => "blank",
        };
        self.path.field(name).fault(ErrorCode::MissingField, format!("required field is {how}"))
    }

    /// A field that may be given; `None` where it is absent, null or blank.
    #[inline(always)]
    pub fn optional<'s, T>(&'s self, name: &'static str, read: impl FnOnce(&Field<'s>) -> Read<T>) -> Read<Option<T>> {
        match self.members.take(name) {
            Some(value) if is_given(value) => read(&Field { value, path: self.path.field(name) }).map(Some),
            _ => Ok(None),
        }
    }

    /// How many members it has, known and unknown.
    pub fn len(&self) -> usize {
        self.members.count()
    }

    /// A text that must be given.
    #[inline(always)]
    pub fn text(&self, name: &'static str) -> Read<Text> {
        self.required(name, Field::text)
    }

    /// A text that may be given.
    #[inline(always)]
    pub fn optional_text(&self, name: &'static str) -> Read<Option<Text>> {
        self.optional(name, Field::text)
    }

    /// A list of identifiers that may be given.
    pub fn identifiers(&self, name: &'static str) -> Read<Box<[Identifier]>> {
        Ok(self.optional(name, |list| list.each(identifier))?.unwrap_or_default())
    }
}

/// The fault of a key that we know and that is there twice: the record as a whole is at fault.
pub(super) fn given_twice(path: &str) -> Box<Fault> {
    Path::RECORD.fault(ErrorCode::NotJson, format!("key {} is given twice: expected it once", quoted(path)))
}

/// Whether a value is neither null nor a string of white space only.
#[inline(always)]
fn is_given(value: Value<'_>) -> bool {
    value.begins_visibly() || !is_nothing(value)
}

fn is_nothing(value: Value<'_>) -> bool {
    value.kind() == Kind::Null || value.string().is_some_and(|text| text.trim_start().is_empty())
}

/// `str::trim`, but quick where there is nothing to trim.
#[inline]
fn trimmed(text: &str) -> &str {
    let is_visible = |end: Option<&u8>| end.is_some_and(u8::is_ascii_graphic);
    if is_visible(text.as_bytes().first()) && is_visible(text.as_bytes().last()) { text } else { text.trim() }
}

/// `{type, value}`.
pub(super) fn identifier(object: &Object<'_>) -> Read<Identifier> {
    let kind = object.required("type", Field::one_of)?;
    let value = object.required("value", |field| {
        let value = field.text()?;
        if IdentifierKey::is_of(&value) {
            return Ok(value);
        }
        let message = format!("{} has neither an ASCII letter nor a digit", quoted(&value));
        Err(field.path.fault(ErrorCode::EmptyIdentifier, message))
    })?;
    Ok(Identifier { kind, value })
}

impl<'r> Field<'r> {
    #[cold]
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

    /// What becomes of a string, trimmed.
    #[inline(always)]
    fn string<T>(&self, due: &str, read: impl FnOnce(&str) -> T) -> Read<T> {
        match self.value.kind() {
            Kind::Plain => Ok(read(trimmed(self.value.raw()))),
            Kind::Escaped => Ok(read(trimmed(&unescape(self.value.raw())))),
            _ => self.wrong_type(due),
        }
    }

    /// A text, trimmed.
    pub fn text(&self) -> Read<Text> {
        self.string("a string", |text| Text::from(text))
    }

    /// A value of an enumeration.
    pub fn one_of<T: DeserializeOwned>(&self) -> Read<T> {
        self.string("a string", |text| T::deserialize(text.into_deserializer()))?.or_else(|OneOf(names)| {
            self.fault(ErrorCode::BadValue, format_args!("is not a known value: expected one of {}", names.join(", ")))
        })
    }

    /// A point in time.
    pub fn time(&self) -> Read<Timestamp> {
        self.string("a time in a string", str::parse)?.or_else(|wrong: BadTime| {
            let hint = "expected RFC 3339 such as 2026-03-01T10:00:00Z";
            self.fault(ErrorCode::BadTime, format_args!("is {wrong}: {hint}"))
        })
    }

    /// A date.
    pub fn date(&self) -> Read<Date> {
        self.string("a date in a string", str::parse)?.or_else(|wrong: BadDate| {
            self.fault(ErrorCode::BadValue, format_args!("is {wrong}: expected YYYY-MM-DD such as 2026-03-01"))
        })
    }

    /// A currency.
    pub fn currency(&self) -> Read<Currency> {
        self.string("a currency code in a string", str::parse)?.or_else(|wrong: UnknownCurrency| {
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
        if self.value.kind() != Kind::Number {
            return self.wrong_type("an integer");
        }
        match self.value.raw() {
            "-0" => Ok(Some(0)),
            raw => match u64::from_str(raw) {
                Ok(number) => Ok(Some(number)),
                Err(_) if raw.contains(['.', 'e', 'E']) => self.wrong_type("an integer"),
                Err(_) => Ok(None),
            },
        }
    }

    /// What becomes of the text of a number: a JSON number or a decimal string.
    #[inline(always)]
    fn digits<T>(&self, read: impl FnOnce(&str) -> T) -> Read<T> {
        match self.value.kind() {
            Kind::Number => Ok(read(self.value.raw())),
            _ => self.string("a number or a decimal string", read),
        }
    }

    fn no_number<T>(&self) -> Read<T> {
        self.fault(ErrorCode::BadValue, "is not a decimal number: expected digits such as 1234.50")
    }

    /// A number that is not money.
    pub fn number(&self) -> Read<Decimal> {
        self.digits(str::parse)?.or_else(|wrong| match wrong {
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
        self.digits(|text| currency.minor_units(text))?.or_else(|wrong| match wrong {
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
            Kind::Object => read(&Object { members: self.value.untaken(), path: self.path }),
            _ => self.wrong_type("an object"),
        }
    }

    /// A list of objects.
    pub fn each<T>(&self, read: impl Fn(&Object<'_>) -> Read<T>) -> Read<Box<[T]>> {
        if self.value.kind() != Kind::Array {
            return self.wrong_type("a list");
        }
        let mut list = Vec::with_capacity(self.value.elements().count());
        for (index, value) in self.value.elements().enumerate() {
            let path = self.path.index(index);
            if !is_given(value) {
                let how = if value.kind() == Kind::Null { "null" } else { "blank" };
                return Err(path.fault(ErrorCode::MissingField, format!("element is {how}")));
            }
            list.push(Field { value, path }.object(&read)?);
        }
        Ok(list.into_boxed_slice())
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
