//! Numbers as text, digit by digit: dumps and topics are full of them, and `format_args` costs more than the digits.

use std::fmt;

/// 39 digits of the largest number, a sign, a point, and zeros before the first digit.
const LONGEST: usize = 64;

/// Writes a number of units with so many decimals: 1234 with two is `12.34`.
///
/// # Errors
/// When the formatter takes no more.
pub fn write_fixed(f: &mut fmt::Formatter<'_>, units: i128, decimals: usize) -> fmt::Result {
    let mut text = [b'0'; LONGEST];
    let mut at = LONGEST;
    let mut rest = units.unsigned_abs();
    for place in 0.. {
        if rest == 0 && place > decimals {
            break;
        }
        if place == decimals && place > 0 {
            at -= 1;
            text[at] = b'.';
        }
        at -= 1;
        text[at] = last_digit(&mut rest);
    }
    if units < 0 {
        at -= 1;
        text[at] = b'-';
    }
    f.write_str(ascii(&text[at..]))
}

/// Takes the last digit of a number. Nearly all numbers fit a machine word, which divides much faster.
fn last_digit(number: &mut u128) -> u8 {
    let digit = match u64::try_from(*number) {
        Ok(small) => {
            *number = u128::from(small / 10);
            small % 10
        }
        Err(_) => {
            let digit = *number % 10;
            *number /= 10;
            digit as u64
        }
    };
    b'0' + digit as u8
}

/// Writes the last digits of a number, as many as there is room for.
pub(crate) fn put_digits(places: &mut [u8], mut number: i64) {
    for place in places.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

pub(crate) fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Fixed(i128, usize);

    impl fmt::Display for Fixed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_fixed(f, self.0, self.1)
        }
    }

    #[test]
    fn the_point_stands_where_it_should() {
        let cases = [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (100, 2, "1.00"),
            (-123_456, 3, "-123.456"),
            (7, 0, "7"),
            (-70, 0, "-70"),
            (1, 6, "0.000001"),
        ];
        for (units, decimals, text) in cases {
            assert_eq!(Fixed(units, decimals).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_standard_library_writes(
            units in prop_oneof![any::<i128>(), any::<i64>().prop_map(i128::from), Just(i128::MIN), Just(i128::MAX)],
            decimals in 0_usize..7,
        ) {
            let scale = 10_u128.pow(decimals as u32);
            let (whole, fraction) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
            let sign = if units < 0 { "-" } else { "" };
            let expected = match decimals {
                0 => format!("{sign}{whole}"),
                width => format!("{sign}{whole}.{fraction:0width$}"),
            };
            prop_assert_eq!(Fixed(units, decimals).to_string(), expected);
        }
    }
}
