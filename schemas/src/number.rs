//! Decimal text as exact integers: no value passes through a binary float.

/// Why a text is not a number of the kind due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// More decimals than there may be; trailing zeros do not count.
    #[error("too many decimals")]
    TooPrecise,
    /// Too far from 0.
    #[error("too large")]
    TooLarge,
}

/// Digits beyond which no number of ours goes: an `i128` holds 38.
const DIGITS_MAX: i64 = 36;

/// The number as a count of 10^-`decimals`.
///
/// A number is an optional sign, digits with an optional point, at least one digit, and an optional exponent, all
/// ASCII: what a JSON number may be and what PostgreSQL reads as `numeric`, but for `NaN` and `Infinity`.
///
/// # Errors
/// When it is no number, is finer than 10^-`decimals`, or needs more digits than an `i128` holds.
pub fn scaled(text: &str, decimals: u32) -> Result<i128, NumberError> {
    short(text.as_bytes(), decimals).map_or_else(|| long(text, decimals), Ok)
}

fn long(text: &str, decimals: u32) -> Result<i128, NumberError> {
    let number = Number::parse(text.as_bytes()).ok_or(NumberError::NotANumber)?;
    if number.digits == 0 {
        return Ok(0);
    }
    let shift = number.exponent.saturating_add(i64::from(decimals));
    if shift < 0 {
        return Err(NumberError::TooPrecise);
    }
    if number.digits.saturating_add(shift) > DIGITS_MAX {
        return Err(NumberError::TooLarge);
    }
    let power = 10_i128.pow(u32::try_from(shift).expect("the shift is at most DIGITS_MAX"));
    let magnitude = number.significand * power;
    Ok(if number.negative { -magnitude } else { magnitude })
}

/// What most texts of numbers are: few digits with at most `decimals` behind the point, and no exponent. `None` for any
/// other text, whether or not it is a number.
fn short(text: &[u8], decimals: u32) -> Option<i128> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > SHORT_MAX {
        return None;
    }
    let (mut number, mut point) = (0_u64, None);
    for (place, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => number = number * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(place),
            _ => return None,
        }
    }
    if digits.len() == usize::from(point.is_some()) {
        return None;
    }
    let behind = point.map_or(0, |point| digits.len() - point - 1);
    let power = POWERS.get(usize::try_from(decimals).ok()?.checked_sub(behind)?)?;
    let magnitude = i128::from(number) * i128::from(*power);
    Some(if digits.len() < text.len() { -magnitude } else { magnitude })
}

/// Bytes without a sign that hold a number below 2^63 whatever they are.
const SHORT_MAX: usize = 18;

/// 10^0 to 10^18.
const POWERS: [u64; 19] = {
    let mut powers = [1; 19];
    let mut power = 1;
    while power < powers.len() {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

/// `significand` × 10^`exponent`, without leading or trailing zeros.
struct Number {
    negative: bool,
    /// Meaningless where there are more digits than [`DIGITS_MAX`].
    significand: i128,
    /// Digits of the significand; 0 for the number zero.
    digits: i64,
    exponent: i64,
}

impl Number {
    fn parse(text: &[u8]) -> Option<Number> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut number = Number { negative, significand: 0, digits: 0, exponent: 0 };
        let (mut seen, mut point, mut zeros, mut at) = (false, false, 0_i64, 0);
        while let Some(&byte) = text.get(at) {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    number.exponent -= i64::from(point);
                    // Zeros wait until a digit follows: trailing ones never enter the significand.
                    if byte == b'0' {
                        zeros += 1;
                    } else {
                        number.append(zeros, byte - b'0');
                        zeros = 0;
                    }
                }
                b'.' if !point => point = true,
                _ => break,
            }
            at += 1;
        }
        number.exponent += zeros;
        number.exponent = number.exponent.saturating_add(exponent(&text[at..])?);
        seen.then_some(number)
    }

    fn append(&mut self, zeros: i64, digit: u8) {
        self.digits = if self.digits == 0 { 1 } else { self.digits + zeros + 1 };
        if self.digits <= DIGITS_MAX {
            let power = 10_i128.pow(u32::try_from(zeros.min(DIGITS_MAX)).expect("at most DIGITS_MAX") + 1);
            self.significand = if self.significand == 0 { 0 } else { self.significand * power } + i128::from(digit);
        }
    }
}

/// The exponent `e±digits` that fills the rest of a number; 0 where there is none.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [] => return Some(0),
        [b'e' | b'E', b'-', digits @ ..] => (true, digits),
        [b'e' | b'E', b'+', digits @ ..] | [b'e' | b'E', digits @ ..] => (false, digits),
        _ => return None,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Saturated far above the digits of a record, so that no exponent wraps into the range of small ones.
    let size = digits.iter().fold(0_i64, |size, digit| (size * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_what_their_text_says() {
        for (text, units) in [
            ("0", 0),
            ("-0", 0),
            ("0e999999999999999999999", 0),
            ("000", 0),
            ("12", 1200),
            ("+12", 1200),
            ("-12.5", -1250),
            ("012.50", 1250),
            ("1e1", 1000),
            ("1E-2", 1),
            ("100.000", 10_000),
            (".5", 50),
            ("5.", 500),
            ("10e-1", 100),
            ("1000000000000000000000000000000000000000e-39", 100),
            ("0.0000000000000000000000000000000000000000001e43", 100),
        ] {
            assert_eq!(scaled(text, 2), Ok(units), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        let texts = [
            "", "-", "+", ".", "-.", "e1", "1e", "1e+", "1e1.5", "1.2.3", "1,5", "1 ", " 1", "+-1", "0x1", "inf", "nan",
        ];
        for text in texts {
            assert_eq!(scaled(text, 2), Err(NumberError::NotANumber), "{text}");
        }
    }

    #[test]
    fn numbers_too_fine_or_too_large_are_told_apart() {
        let digits = |count: usize| "9".repeat(count);
        for text in
            ["0.001", "1e-3", "1e-99999999999999999999", &format!("0.{}", digits(100)), &format!("{}.001", digits(100))]
        {
            assert_eq!(scaled(text, 2), Err(NumberError::TooPrecise), "{text}");
        }
        for text in ["1e99", "1e99999999999999999999", &digits(100), &digits(35)] {
            assert_eq!(scaled(text, 2), Err(NumberError::TooLarge), "{text}");
        }
        assert_eq!(scaled(&digits(34), 2), Ok(10_i128.pow(36) - 100));
    }

    proptest! {
        #[test]
        fn short_numbers_are_those_of_the_long_way(
            text in prop_oneof!["[-+]?[0-9]{0,12}([.][0-9]{0,12})?", "[-+.e019]{0,6}"],
            decimals in 0..12_u32,
        ) {
            if let Some(number) = short(text.as_bytes(), decimals) {
                prop_assert_eq!(long(&text, decimals), Ok(number));
            }
        }
    }

    #[test]
    fn what_most_numbers_look_like_goes_the_short_way() {
        for text in ["0", "1", "12.50", "-1400.86", "0.000001", ".5", "5.", "999999999999999999"] {
            assert!(short(text.as_bytes(), 10).is_some(), "{text}");
        }
    }
}
