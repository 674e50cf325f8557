//! Money: integer minor units of an ISO 4217 currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::{NumberError, scaled};

/// Minor units of the largest amount of a document, on either side of 0.
const MINOR_UNITS_MAX: i128 = 1_000_000_000_000_000;

/// An ISO 4217 currency: its alphabetic code and the exponent of its minor unit (JPY 0, USD 2, BHD 3).
///
/// Ordered by code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// The text is not the alphabetic code of an ISO 4217 currency with a minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of an ISO 4217 currency")]
pub struct UnknownCurrency;

impl Currency {
    /// The euro, the default base currency.
    pub const EUR: Currency = Currency { code: *b"EUR", exponent: 2 };

    /// The alphabetic code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("ISO 4217 codes are ASCII")
    }

    /// Decimals of an amount in this currency.
    pub fn exponent(self) -> u32 {
        u32::from(self.exponent)
    }

    /// The minor units of an amount in decimal text.
    ///
    /// # Errors
    /// When it is no decimal number, has more decimals than the currency, or is beyond 10^15 minor units.
    pub fn minor_units(self, text: &str) -> Result<i64, NumberError> {
        let minor = scaled(text, self.exponent())?;
        if minor.abs() > MINOR_UNITS_MAX {
            return Err(NumberError::TooLarge);
        }
        i64::try_from(minor).map_err(|_| NumberError::TooLarge)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let known = iso_currency::Currency::from_code(text).ok_or(UnknownCurrency)?;
        let exponent = known.exponent().ok_or(UnknownCurrency)?;
        let code = text.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        Ok(Currency { code, exponent: u8::try_from(exponent).map_err(|_| UnknownCurrency)? })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = crate::Text::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount of money. Computed amounts may exceed the range that documents are allowed (10^15 minor units).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: cents, yen, fils.
    pub minor: i128,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    pub fn new(minor: i128, currency: Currency) -> Money {
        Money { minor, currency }
    }
}

/// With exactly the currency's decimals, without the code: `-12.50`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u128.pow(self.currency.exponent());
        let (whole, fraction) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        let sign = if self.minor < 0 { "-" } else { "" };
        match self.currency.exponent() {
            0 => write!(f, "{sign}{whole}"),
            width => write!(f, "{sign}{whole}.{fraction:0width$}", width = width as usize),
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}
