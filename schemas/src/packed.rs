//! Values as bytes behind one another: for what is kept by the million and seldom read.

use std::marker::PhantomData;
use std::{fmt, str};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::Text;

/// Puts values behind one another.
#[derive(Debug, Default)]
pub struct Packer(SmallVec<[u8; 64]>);

impl Packer {
    /// Seven bits to a byte, the lowest first; the highest bit says that more follow.
    #[inline]
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// The nearer to 0 the shorter.
    pub fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    /// Milliseconds, fewer than 2^61 as all between the years 1970 and 9998. Whole seconds are shorter, and most are such:
    /// the lowest bit tells.
    pub fn ms(&mut self, ms: i64) {
        let (count, is_ms) = if ms % 1000 == 0 { (ms / 1000, 0) } else { (ms, 1) };
        self.signed(count << 1 | is_ms);
    }

    /// A text with its length.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A text, or that there is none.
    pub fn optional_text(&mut self, text: Option<&str>) {
        self.number(text.map_or(0, |text| text.len() as u64 + 1));
        self.0.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    /// What another has packed.
    pub fn append(&mut self, other: &Packer) {
        self.0.extend_from_slice(&other.0);
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Takes values out in the order in which a [`Packer`] put them there.
#[derive(Clone, Debug)]
pub struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    /// Of what a [`Packer`] made.
    pub fn new(bytes: &'a [u8]) -> Unpacker<'a> {
        Unpacker(bytes)
    }

    /// A number.
    ///
    /// # Panics
    /// If none was put there.
    #[inline]
    pub fn number(&mut self) -> u64 {
        match self.0 {
            [first, rest @ ..] if *first < 0x80 => {
                self.0 = rest;
                u64::from(*first)
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (first, rest) = self.0.split_first().expect("a number was put there");
            self.0 = rest;
            number |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return number;
            }
            shift += 7;
        }
    }

    /// A signed number.
    pub fn signed(&mut self) -> i64 {
        let folded = self.number();
        (folded >> 1) as i64 ^ -((folded & 1) as i64)
    }

    /// Milliseconds.
    pub fn ms(&mut self) -> i64 {
        let both = self.signed();
        if both & 1 == 0 { (both >> 1) * 1000 } else { both >> 1 }
    }

    /// A text.
    pub fn text(&mut self) -> PackedText<'a> {
        let length = self.number() as usize;
        PackedText(self.bytes(length))
    }

    /// A text, if there is one.
    pub fn optional_text(&mut self) -> Option<PackedText<'a>> {
        let length = self.number().checked_sub(1)?;
        Some(PackedText(self.bytes(length as usize)))
    }

    /// So many bytes as they are.
    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// All values that follow, one after the other.
    pub fn to_end<T>(mut self, take: impl Fn(&mut Unpacker<'a>) -> T) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || (!self.0.is_empty()).then(|| take(&mut self)))
    }

    /// What has not been taken yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

/// A text as it was packed: its bytes are compared as they are, and checked where it is read. Ordered by them, as [`Text`] is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackedText<'a>(&'a [u8]);

impl<'a> PackedText<'a> {
    /// The text.
    ///
    /// # Panics
    /// If something else was put there.
    pub fn as_str(self) -> &'a str {
        str::from_utf8(self.0).expect("a text was put there")
    }
}

impl<'a> From<&'a str> for PackedText<'a> {
    fn from(text: &'a str) -> PackedText<'a> {
        PackedText(text.as_bytes())
    }
}

impl From<PackedText<'_>> for Text {
    fn from(text: PackedText<'_>) -> Text {
        text.as_str().into()
    }
}

impl fmt::Debug for PackedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A value that can be kept as bytes.
pub trait Pack: Sized {
    /// Puts it behind what is there.
    fn pack(&self, packer: &mut Packer);
    /// Takes it from where [`Pack::pack`] put it.
    fn unpack(unpacker: &mut Unpacker<'_>) -> Self;
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, packer: &mut Packer) {
        packer.number(u64::from(self.is_some()));
        if let Some(value) = self {
            value.pack(packer);
        }
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        (unpacker.number() == 1).then(|| T::unpack(unpacker))
    }
}

/// A short list of values as bytes. Equal lists are equal bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedList<T> {
    bytes: Box<[u8]>,
    of: PhantomData<fn() -> T>,
}

impl<T> Default for PackedList<T> {
    fn default() -> Self {
        PackedList { bytes: Box::default(), of: PhantomData }
    }
}

impl<T: Pack> PackedList<T> {
    /// The values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        Unpacker::new(&self.bytes).to_end(T::unpack)
    }
}

impl<T: Pack> FromIterator<T> for PackedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut packer = Packer::default();
        values.into_iter().for_each(|value| value.pack(&mut packer));
        PackedList { bytes: packer.bytes().into(), of: PhantomData }
    }
}

impl<T: Pack + fmt::Debug> fmt::Debug for PackedList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Written as a list of values.
impl<T: Pack + Serialize> Serialize for PackedList<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.iter().collect::<Vec<T>>().serialize(serializer)
    }
}

impl<'de, T: Pack + Deserialize<'de>> Deserialize<'de> for PackedList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            number in prop_oneof![any::<u64>(), 0_u64..1000],
            signed in prop_oneof![any::<i64>(), -100_i64..100],
            ms in prop_oneof![-253_370_764_800_000_i64..253_370_764_800_000, (-1000_i64..1000).prop_map(|s| s * 1000)],
            text in ".{0,200}",
            optional in proptest::option::of(".{0,3}"),
        ) {
            let mut packer = Packer::default();
            packer.number(number);
            packer.signed(signed);
            packer.ms(ms);
            packer.text(&text);
            packer.optional_text(optional.as_deref());
            let mut unpacker = Unpacker::new(packer.bytes());
            prop_assert_eq!((unpacker.number(), unpacker.signed(), unpacker.ms()), (number, signed, ms));
            prop_assert_eq!(unpacker.text(), PackedText::from(text.as_str()));
            prop_assert_eq!(unpacker.optional_text().map(PackedText::as_str), optional.as_deref());
            prop_assert!(unpacker.rest().is_empty());
        }
    }
}
