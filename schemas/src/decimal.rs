//! Exact decimal numbers that are not money: quantities, weights, volumes, prices, rates, fractions, hours.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::number::{NumberError, scaled};

/// A decimal number with at most 10 decimals and an absolute value below 10^12, kept as an integer
/// count of 10^-10.
///
/// In 12 bytes, because every line of every document has several: 96 bits hold more than seven million of the largest
/// numbers. Ordered by value, for the fields are, from the highest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "i128", into = "i128")]
pub struct Decimal {
    high: i32,
    middle: u32,
    low: u32,
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
    pub const ZERO: Decimal = Decimal { high: 0, middle: 0, low: 0 };

    /// A number of 10^-10 units; one beyond 2^95 of them becomes the nearest that there is.
    pub const fn from_units(units: i128) -> Decimal {
        const MAX: i128 = (1 << 95) - 1;
        let units = if units > MAX {
            MAX
        } else if units < -MAX {
            -MAX
        } else {
            units
        };
        Decimal { high: (units >> 64) as i32, middle: (units >> 32) as u32, low: units as u32 }
    }

    /// The number as a count of 10^-10.
    pub const fn units(self) -> i128 {
        (self.high as i128) << 64 | (self.middle as i128) << 32 | self.low as i128
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

    #[test]
    fn units_of_every_size_come_back_and_keep_their_order() {
        let magnitudes = (0..95).map(|bits| (1_i128 << bits) + 5);
        let mut units: Vec<i128> =
            magnitudes.flat_map(|units| [units, -units]).chain([0, -1, i128::from(u32::MAX)]).collect();
        units.sort_unstable();
        let numbers: Vec<Decimal> = units.iter().map(|units| Decimal::from_units(*units)).collect();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.iter().map(|number| number.units()).collect::<Vec<_>>(), units);
        assert_eq!(Decimal::from_units(i128::MAX), Decimal::from_units((1 << 95) - 1));
    }
}
