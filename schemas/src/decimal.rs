//! Exact decimal numbers that are not money: quantities, weights, volumes, prices, rates, fractions, hours.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::number::{NumberError, scaled};

/// A decimal number with at most 10 decimals and an absolute value below 10^12, kept as an integer
/// count of 10^-10.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[repr(Rust, packed(8))]
pub struct Decimal(i128);

impl Decimal {
    /// Units in one whole: 10^10.
    pub const SCALE: i128 = 10_000_000_000;
    /// Decimals of a unit.
    pub const DECIMALS: u32 = 10;
    /// Numbers of documents are nearer to 0 than this many units: 10^12 wholes.
    const LIMIT: i128 = 1_000_000_000_000 * Self::SCALE;
    /// Zero.
    pub const ZERO: Decimal = Decimal(0);

    /// A number of 10^-10 units.
    pub const fn from_units(units: i128) -> Decimal {
        Decimal(units)
    }

    /// The number as a count of 10^-10.
    pub const fn units(self) -> i128 {
        self.0
    }

    /// A whole number.
    pub fn whole(value: i64) -> Decimal {
        Decimal(i128::from(value) * Self::SCALE)
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
        if units.abs() < Self::LIMIT { Ok(Decimal(units)) } else { Err(NumberError::TooLarge) }
    }
}

impl std::ops::Add for Decimal {
    type Output = Decimal;
    fn add(self, other: Decimal) -> Decimal {
        Decimal(self.units() + other.units())
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
