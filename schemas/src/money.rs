//! Money: integer minor units of an ISO 4217 currency.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digits::write_fixed;
use crate::number::{NumberError, scaled};
use crate::packed::{Pack, Packer, Unpacker};

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

/// A code is three letters, an exponent less than 8.
impl Pack for Currency {
    fn pack(&self, packer: &mut Packer) {
        let place = place_of(self.code).expect("a code is three capital letters");
        packer.number((place as u64) << 3 | u64::from(self.exponent));
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Currency {
        let both = unpacker.number();
        let place = (both >> 3) as usize;
        let letters = [place / (LETTERS * LETTERS), place / LETTERS % LETTERS, place % LETTERS];
        let code = letters.map(|letter| b'A' + letter as u8);
        Currency { code, exponent: both as u8 & 7 }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let exponent = place_of(code).and_then(|place| EXPONENTS[place]).ok_or(UnknownCurrency)?;
        Ok(Currency { code, exponent })
    }
}

const LETTERS: usize = 26;

/// The exponents of all codes of three letters, by [`place_of`]: every document names a currency, and to find one by its
/// code takes longer than to read its amount.
static EXPONENTS: LazyLock<[Option<u8>; LETTERS.pow(3)]> = LazyLock::new(|| {
    let mut exponents = [None; LETTERS.pow(3)];
    for known in (0..=NUMERIC_MAX).filter_map(iso_currency::Currency::from_numeric) {
        if let Some(place) = known.code().as_bytes().try_into().ok().and_then(place_of) {
            exponents[place] = known.exponent().and_then(|exponent| u8::try_from(exponent).ok());
        }
    }
    exponents
});

/// Numeric codes have three digits.
const NUMERIC_MAX: u16 = 999;

/// Where the exponent of a code stands; `None` where it is not three capital letters.
fn place_of(code: [u8; 3]) -> Option<usize> {
    code.iter()
        .try_fold(0, |place, letter| letter.is_ascii_uppercase().then(|| place * LETTERS + usize::from(letter - b'A')))
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
        write_fixed(f, self.minor, self.currency.exponent() as usize)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_those_of_iso_4217_that_have_a_minor_unit() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes =
            letters().flat_map(|one| letters().flat_map(move |two| letters().map(move |three| [one, two, three])));
        let mut known = 0;
        for code in codes.map(String::from_iter) {
            let exponent = iso_currency::Currency::from_code(&code).and_then(iso_currency::Currency::exponent);
            let currency = code.parse::<Currency>().ok();
            assert_eq!(currency.map(|currency| currency.exponent()), exponent.map(u32::from), "{code}");
            assert!(currency.is_none_or(|currency| currency.code() == code));
            known += usize::from(currency.is_some());
        }
        assert!(known > 150, "{known}");
        for text in ["", "eur", "EU", "EURO", " EUR", "E\u{a3}", "\u{20ac}", "@AA", "[AA"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency), "{text}");
        }
    }
}
