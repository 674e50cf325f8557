//! Positions in the key order of a view, without a key being made: a filter names the first parts of a key only.

use std::cmp::Ordering;

use equivalent::{Comparable, Equivalent};
use landfall_schemas::{Origin, Text, Timestamp};

/// What a part of a key is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Literal {
    /// For texts and names, by UTF-8 bytes.
    Text(String),
    /// For numbers.
    Integer(i64),
    /// For times: microseconds.
    Micros(i64),
}

/// A part of a key.
pub(super) trait Part {
    /// How it stands to a literal, which is of the kind of the part's column.
    fn order(&self, literal: &Literal) -> Ordering;
}

/// A key by its parts.
pub(super) trait SeekKey: Ord + Clone + Send + Sync + 'static {
    /// How one part stands to a literal.
    fn order_part(&self, part: usize, literal: &Literal) -> Ordering;
}

macro_rules! parts {
    ($($type:ty: $kind:ident, |$part:ident| $value:expr;)*) => {
        $(impl Part for $type {
            fn order(&self, literal: &Literal) -> Ordering {
                let $part = self;
                match literal {
                    Literal::$kind(literal) => $value.cmp(literal),
                    other => unreachable!("{other:?} for a part of a key of another kind"),
                }
            }
        })*
    };
}

parts! {
    u32: Integer, |part| i64::from(*part);
    // An offset beyond 2^63 is shown to nobody, for it cannot be: the column is a BIGINT.
    u64: Integer, |part| i64::try_from(*part).unwrap_or(i64::MAX);
    Timestamp: Micros, |part| part.0.saturating_mul(1_000);
}

macro_rules! text_parts {
    ($($type:ty: |$part:ident| $value:expr;)*) => {
        $(impl Part for $type {
            fn order(&self, literal: &Literal) -> Ordering {
                let $part = self;
                match literal {
                    Literal::Text(literal) => Ord::cmp($value, literal.as_str()),
                    other => unreachable!("{other:?} for a part of a key that is text"),
                }
            }
        })*
    };
}

text_parts! {
    Text: |part| part.as_str();
    &'static str: |part| *part;
    Origin: |part| part.name();
}

macro_rules! keys {
    ($(($($type:ident $part:tt),*);)*) => {
        $(impl<$($type: Part + Ord + Clone + Send + Sync + 'static),*> SeekKey for ($($type,)*) {
            fn order_part(&self, part: usize, literal: &Literal) -> Ordering {
                match part {
                    $($part => self.$part.order(literal),)*
                    _ => unreachable!("the key has no part {part}"),
                }
            }
        })*
    };
}

keys! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

/// A place between keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a, K> {
    /// Behind this key.
    Behind(&'a K),
    /// Before or behind all keys that begin with these parts.
    Beside {
        /// The parts.
        parts: &'a [Literal],
        /// Behind them, not before.
        behind: bool,
    },
}

impl<K: SeekKey> Equivalent<K> for Place<'_, K> {
    fn equivalent(&self, _key: &K) -> bool {
        false
    }
}

impl<K: SeekKey> Comparable<K> for Place<'_, K> {
    fn compare(&self, key: &K) -> Ordering {
        match self {
            Place::Behind(last) => (*last).cmp(key).then(Ordering::Greater),
            Place::Beside { parts, behind } => {
                let side = if *behind { Ordering::Greater } else { Ordering::Less };
                let differs = |(part, literal)| match key.order_part(part, literal) {
                    Ordering::Equal => None,
                    order => Some(order.reverse()),
                };
                parts.iter().enumerate().find_map(differs).unwrap_or(side)
            }
        }
    }
}
