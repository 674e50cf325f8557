//! Cells and columns: how the values of rows look in dumps, topics and query results.

use std::borrow::Cow;
use std::fmt;

use landfall_schemas::digits::write_fixed;
use landfall_schemas::event::{Classifier, Component, MilestoneKind, Mode, PartnerKind};
use landfall_schemas::{Date, Decimal, ErrorCode, Money, Origin, Text, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of values a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text; empty where there is none.
    Text,
    /// A whole number.
    Integer,
    /// An amount with exactly the decimals of its currency.
    Money,
    /// A number with six decimals.
    Millionths,
    /// A count or an amount, depending on the row.
    Figure,
    /// A point in time, UTC.
    Time,
    /// A calendar date.
    Date,
}

/// A column of a view: one entry of the data dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether a row may have no value there.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
}

/// One value of a row. Its `Display` is the text of the dumps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// No value.
    Empty,
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number.
    Integer(i128),
    /// An amount.
    Money(Money),
    /// A number in millionths, shown with six decimals.
    Millionths(i128),
    /// A point in time.
    Time(Timestamp),
    /// A date.
    Date(Date),
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Text(text) => f.write_str(text),
            Cell::Integer(number) => write_fixed(f, *number, 0),
            Cell::Money(money) => money.fmt(f),
            Cell::Millionths(number) => Millionths(*number).fmt(f),
            Cell::Time(time) => time.fmt(f),
            Cell::Date(date) => date.fmt(f),
        }
    }
}

/// A number with six decimals: rates, coverages, unit costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Millionths(pub i128);

impl fmt::Display for Millionths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_fixed(f, self.0, 6)
    }
}

/// A count or an amount of money: what the numerators and denominators of KPIs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Figure {
    /// How many.
    Count(i128),
    /// How much.
    Money(Money),
}

/// A type of value that a column can hold.
pub trait CellValue {
    /// The kind of column it makes.
    const KIND: ColumnKind;
    /// Whether it may be absent.
    const OPTIONAL: bool = false;
    /// The cell with this value.
    fn cell(&self) -> Cell<'_>;
}

/// A type of value that can be part of a view's key. Text, and names of enumerations, order by UTF-8 bytes.
pub trait KeyPart {
    /// How it stands in a key.
    type Key: Ord + Clone + std::hash::Hash + fmt::Debug + Send + 'static;
    /// The part of the key.
    fn key_part(&self) -> Self::Key;
}

impl<T: CellValue> CellValue for Option<T> {
    const KIND: ColumnKind = T::KIND;
    const OPTIONAL: bool = true;
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Empty, CellValue::cell)
    }
}

impl CellValue for Text {
    const KIND: ColumnKind = ColumnKind::Text;
    fn cell(&self) -> Cell<'_> {
        if self.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(self)) }
    }
}

impl KeyPart for Text {
    type Key = Text;
    fn key_part(&self) -> Text {
        self.clone()
    }
}

macro_rules! cells {
    ($($type:ty => $kind:ident, |$value:ident| $cell:expr;)*) => {
        $(impl CellValue for $type {
            const KIND: ColumnKind = ColumnKind::$kind;
            fn cell(&self) -> Cell<'_> {
                let $value = *self;
                $cell
            }
        })*
    };
}

cells! {
    u32 => Integer, |value| Cell::Integer(i128::from(value));
    u64 => Integer, |value| Cell::Integer(i128::from(value));
    i64 => Integer, |value| Cell::Integer(i128::from(value));
    Money => Money, |value| Cell::Money(value);
    Millionths => Millionths, |value| Cell::Millionths(value.0);
    Timestamp => Time, |value| Cell::Time(value);
    Date => Date, |value| Cell::Date(value);
    Decimal => Text, |value| Cell::Text(Cow::Owned(value.to_string()));
    landfall_schemas::Currency => Text, |value| Cell::Text(Cow::Owned(value.to_string()));
    Figure => Figure, |value| match value {
        Figure::Count(count) => Cell::Integer(count),
        Figure::Money(money) => Cell::Money(money),
    };
}

macro_rules! key_parts {
    ($($type:ty),*) => {
        $(impl KeyPart for $type {
            type Key = $type;
            fn key_part(&self) -> $type {
                *self
            }
        })*
    };
}

key_parts!(u32, u64, Timestamp, Origin);

impl CellValue for Origin {
    const KIND: ColumnKind = ColumnKind::Text;
    fn cell(&self) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(self.name()))
    }
}

/// Makes an enumeration with `as_str` a column value and a key part, ordered by its names.
macro_rules! named_values {
    ($($type:ty),* $(,)?) => {
        $(
            impl $crate::rows::cell::CellValue for $type {
                const KIND: $crate::rows::cell::ColumnKind = $crate::rows::cell::ColumnKind::Text;
                fn cell(&self) -> $crate::rows::cell::Cell<'_> {
                    $crate::rows::cell::Cell::Text(std::borrow::Cow::Borrowed(self.as_str()))
                }
            }
            impl $crate::rows::cell::KeyPart for $type {
                type Key = &'static str;
                fn key_part(&self) -> &'static str {
                    self.as_str()
                }
            }
        )*
    };
}
pub(crate) use named_values;

named_values!(Component, MilestoneKind, Classifier, Mode, PartnerKind, ErrorCode);

/// Declares an enumeration whose values appear in a column under lower-case names.
macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$value_meta:meta])* $value:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$value_meta])* $value),* }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$value),*];

            /// The value's name.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$value => $text),* }
            }
        }

        $crate::rows::cell::named_values!($name);
    };
}
pub(crate) use named_enum;

/// Declares the rows of a view: a struct whose field docs are the data dictionary.
macro_rules! view_row {
    ($(#[doc = $row_doc:literal])* $name:ident key($($key:ident: $key_type:ty),*) {
        $($(#[doc = $doc:literal])* $field:ident: $type:ty,)*
    }) => {
        $(#[doc = $row_doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($(#[doc = $doc])* pub $field: $type,)* }

        impl $crate::rows::ViewRow for $name {
            type Key = ($(<$key_type as $crate::rows::cell::KeyPart>::Key,)*);
            const KEY: &'static [&'static str] = &[$(stringify!($key)),*];
            const COLUMNS: &'static [$crate::rows::Column] = &[$($crate::rows::Column {
                name: stringify!($field),
                kind: <$type as $crate::rows::cell::CellValue>::KIND,
                optional: <$type as $crate::rows::cell::CellValue>::OPTIONAL,
                doc: concat!($($doc),*),
            }),*];

            fn key(&self) -> Self::Key {
                ($($crate::rows::cell::KeyPart::key_part(&self.$key),)*)
            }

            #[inline]
            fn has_key_of(&self, other: &Self) -> bool {
                $(self.$key == other.$key)&&*
            }

            #[inline]
            fn hash_key<H: std::hash::Hasher>(&self, state: &mut H) {
                $(std::hash::Hash::hash(&self.$key, state);)*
            }

            fn cells(&self) -> Vec<$crate::rows::Cell<'_>> {
                vec![$($crate::rows::cell::CellValue::cell(&self.$field)),*]
            }
        }
    };
}
pub(crate) use view_row;
