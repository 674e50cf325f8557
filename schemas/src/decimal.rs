//! Exact decimal numbers that are not money: quantities, weights, volumes, prices, rates, fractions, hours.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::number::{NumberError, scaled};
use crate::packed::{Pack, Packer, Unpacker};

/// A decimal number with at most 10 decimals and an absolute value below 10^12, kept as an integer
/// count of 10^-10.
///
/// In 12 bytes, present or not, because every line of every document has several: 96 bits hold more than seven million of
/// the largest numbers. Ordered by value, for the fields are, from the highest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i128", into = "i128")]
pub struct Decimal {
    /// 2^31 more than it counts, which is never 0.
    high: NonZeroU32,
    middle: u32,
    low: u32,
}

const _: () = assert!(size_of::<Option<Decimal>>() == 12);

impl Default for Decimal {
    fn default() -> Decimal {
        Decimal::ZERO
    }
}

impl From<i128> for Decimal {
    fn from(units: i128) -> Decimal {
        Decimal::from_units(units)
    }
}

impl From<Decimal> for i128 {
    fn from(number: Decimal) -> i128 {
        number.units()
    }
}

impl Decimal {
    /// Units in one whole: 10^10.
    pub const SCALE: i128 = 10_000_000_000;
    /// Decimals of a unit.
    pub const DECIMALS: u32 = 10;
    /// Numbers of documents are nearer to 0 than this many units: 10^12 wholes.
    const LIMIT: i128 = 1_000_000_000_000 * Self::SCALE;
    /// Zero.
    pub const ZERO: Decimal = Decimal::from_units(0);

    /// The largest number of units.
    const MAX: i128 = (1 << 95) - (1 << 64);

    /// A number of 10^-10 units; one beyond about 2^95 of them becomes the nearest that there is.
    pub const fn from_units(units: i128) -> Decimal {
        let units = if units > Self::MAX {
            Self::MAX
        } else if units < -Self::MAX {
            -Self::MAX
        } else {
            units
        };
        let Some(high) = NonZeroU32::new((units >> 64) as u32 ^ 1 << 31) else {
            unreachable!();
        };
        Decimal { high, middle: (units >> 32) as u32, low: units as u32 }
    }

    /// The number as a count of 10^-10.
    pub const fn units(self) -> i128 {
        ((self.high.get() ^ 1 << 31) as i32 as i128) << 64 | (self.middle as i128) << 32 | self.low as i128
    }

    /// A whole number.
    pub fn whole(value: i64) -> Decimal {
        Decimal::from_units(i128::from(value) * Self::SCALE)
    }

    /// Hours as milliseconds; fractions of a millisecond are cut off.
    pub fn hours_to_ms(self) -> i64 {
        i64::try_from(self.units() * 3_600_000 / Self::SCALE).unwrap_or(i64::MAX)
    }
}

/// Without its trailing zeros: how many decimals there are, and the number without its point. One that is too long for that is
/// kept as it is.
impl Pack for Decimal {
    fn pack(&self, packer: &mut Packer) {
        let units = self.units();
        if units % Self::SCALE == 0 {
            packer.number(0);
            packer.signed((units / Self::SCALE) as i64);
        } else if let Ok(mut digits) = i64::try_from(units) {
            let mut decimals = Self::DECIMALS;
            while digits % 10 == 0 {
                digits /= 10;
                decimals -= 1;
            }
            packer.number(u64::from(decimals));
            packer.signed(digits);
        } else {
            packer.number(u64::from(AS_IT_IS));
            packer.signed((units >> 32) as i64);
            packer.number(u64::from(self.low));
        }
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Decimal {
        let decimals = unpacker.number() as u32;
        let digits = i128::from(unpacker.signed());
        Decimal::from_units(match decimals {
            AS_IT_IS => digits << 32 | i128::from(unpacker.number()),
            decimals => digits * 10_i128.pow(Self::DECIMALS - decimals),
        })
    }
}

/// In place of the number of decimals.
const AS_IT_IS: u32 = Decimal::DECIMALS + 1;

/// A decimal number with at most 10 decimals (trailing zeros do not count) and an absolute value below 10^12.
impl FromStr for Decimal {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Decimal, NumberError> {
        let units = scaled(text, Self::DECIMALS)?;
        if units.abs() < Self::LIMIT { Ok(Decimal::from_units(units)) } else { Err(NumberError::TooLarge) }
    }
}

impl std::ops::Add for Decimal {
    type Output = Decimal;
    fn add(self, other: Decimal) -> Decimal {
        Decimal::from_units(self.units() + other.units())
    }
}

impl std::iter::Sum for Decimal {
    fn sum<I: Iterator<Item = Decimal>>(numbers: I) -> Decimal {
        numbers.fold(Decimal::ZERO, |sum, number| sum + number)
    }
}

/// Without trailing zeros: `10`, `2.5`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.units();
        if units < 0 {
            f.write_str("-")?;
        }
        let (whole, mut fraction) =
            (units.unsigned_abs() / Self::SCALE as u128, units.unsigned_abs() % Self::SCALE as u128);
        write!(f, "{whole}")?;
        if fraction > 0 {
            let mut width = 10;
            while fraction % 10 == 0 {
                fraction /= 10;
                width -= 1;
            }
            write!(f, ".{fraction:0width$}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::PackedList;

    #[test]
    fn units_of_every_size_come_back_and_keep_their_order() {
        let magnitudes = (0..95).map(|bits| (1_i128 << bits) + 5).chain([Decimal::MAX]);
        let mut units: Vec<i128> =
            magnitudes.flat_map(|units| [units, -units]).chain([0, -1, i128::from(u32::MAX)]).collect();
        units.sort_unstable();
        let numbers: Vec<Decimal> = units.iter().map(|units| Decimal::from_units(*units)).collect();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.iter().map(|number| number.units()).collect::<Vec<_>>(), units);
        let written = ["0.5", "-12.345", "999999999999.9999999999", "-0.0000000001", "7", "1234567.89"];
        let written = written.map(|text| text.parse::<Decimal>().unwrap());
        let numbers = [&numbers[..], &written[..]].concat();
        let packed: PackedList<Decimal> = numbers.iter().copied().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), numbers);
        assert_eq!(Decimal::from_units(i128::MAX).units(), Decimal::MAX);
        assert_eq!(Decimal::from_units(i128::MIN).units(), -Decimal::MAX);
    }
}
