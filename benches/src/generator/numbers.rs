//! Numbers as the trade writes them: containers, waybills, tracking numbers, references of customs.
//!
//! Every number is a bijection of a counter, so two shipments share one only where the generator means them to.

use landfall_schemas::Text;
use landfall_schemas::format_text;

const BASE36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A bijection on the numbers below a power of ten, so that counters do not look like counters.
fn scattered(counter: u64, digits: u32) -> u64 {
    let modulus = 10_u64.pow(digits);
    // Odd and no multiple of five: coprime to every power of ten.
    let factor = 7_368_787_u128;
    ((u128::from(counter) * factor + 4_129_301) % u128::from(modulus)) as u64
}

/// A counter in base 36, padded with zeros to at least `width`.
pub(crate) fn base36(mut counter: u64, width: usize) -> Text {
    let mut digits = [b'0'; 13];
    let mut first = digits.len();
    while counter > 0 {
        first -= 1;
        digits[first] = BASE36[(counter % 36) as usize];
        counter /= 36;
    }
    first = first.min(digits.len() - width.min(digits.len()));
    Text::from(std::str::from_utf8(&digits[first..]).expect("base 36 is ASCII"))
}

/// A word and a counter, padded with zeros to at least `width` digits. As `format!`, several times faster.
pub(crate) fn padded(word: &str, mut counter: u64, width: usize) -> Text {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while counter > 0 {
        first -= 1;
        digits[first] = b'0' + (counter % 10) as u8;
        counter /= 10;
    }
    first = first.min(digits.len() - width);
    let mut text = Text::from(word);
    text.push_str(std::str::from_utf8(&digits[first..]).expect("digits are ASCII"));
    text
}

/// A container number: owner code with the category letter `U`, six digits and the check digit (ISO 6346, annex A).
pub(crate) fn container(owner: &str, counter: u64) -> Text {
    let bare = padded(owner, scattered(counter, 6), 6);
    let check = container_check_digit(&bare);
    format_text!("{bare}{check}")
}

/// ISO 6346: letters count from 10 on without the multiples of 11, the weight of a place is 2 to its power.
fn container_check_digit(bare: &str) -> u64 {
    let sum: u64 = bare
        .bytes()
        .enumerate()
        .map(|(place, byte)| {
            let value = match byte {
                b'0'..=b'9' => u64::from(byte - b'0'),
                letter => {
                    let ordinal = u64::from(letter - b'A');
                    ordinal + 10 + ordinal.div_ceil(10)
                }
            };
            value << place
        })
        .sum();
    sum % 11 % 10
}

/// A master air waybill: the airline's prefix, seven digits and their remainder by 7 (IATA resolution 600a).
pub(crate) fn air_waybill(airline: u32, counter: u64) -> Text {
    let serial = scattered(counter, 7);
    format_text!("{airline:03}-{serial:07}{}", serial % 7)
}

/// A house air waybill of a forwarder.
pub(crate) fn house_air_waybill(station: &str, counter: u64) -> Text {
    format_text!("{station}-{:08}", scattered(counter, 8))
}

/// A bill of lading: the carrier's code and nine digits.
pub(crate) fn bill_of_lading(carrier: &str, counter: u64) -> Text {
    padded(carrier, scattered(counter, 9), 9)
}

/// A house bill of lading.
pub(crate) fn house_bill(counter: u64) -> Text {
    padded("HBL", scattered(counter, 9), 9)
}

/// A motor carrier's freight bill number: nine digits and a check digit by 7.
pub(crate) fn pro(counter: u64) -> Text {
    let serial = scattered(counter, 9);
    format_text!("{:03}-{:06}-{}", serial / 1_000_000, serial % 1_000_000, serial % 7)
}

/// A parcel tracking number as UPS writes it: `1Z`, six of the shipper, two of the service, seven digits and a check
/// digit (odd places once, even places twice, letters by their place in the alphabet).
pub(crate) fn parcel_tracking(counter: u64) -> Text {
    let serial = scattered(counter, 9);
    let bare = format_text!("A{:05}68{:07}", serial % 100 * 991 % 100_000, serial / 100);
    let sum: u64 = bare
        .bytes()
        .enumerate()
        .map(|(place, byte)| {
            let value = match byte {
                b'0'..=b'9' => u64::from(byte - b'0'),
                letter => (u64::from(letter) - 63) % 10,
            };
            if place % 2 == 0 { value } else { value * 2 }
        })
        .sum();
    format_text!("1Z{bare}{}", (10 - sum % 10) % 10)
}

/// A freight tracking number: the carrier's code and ten digits.
pub(crate) fn freight_tracking(carrier: &str, counter: u64) -> Text {
    padded(carrier, scattered(counter, 10), 10)
}

/// A movement reference number: two digits of the year, country, twelve letters and digits, a check digit.
pub(crate) fn movement_reference(year: i32, country: &str, counter: u64) -> Text {
    let serial = scattered(counter, 10);
    format_text!("{:02}{country}{}{:04}{}", year % 100, base36(serial, 8), counter % 10_000, serial % 9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's own example: CSQU 305438 has check digit 3.
    #[test]
    fn containers_have_their_check_digit() {
        assert_eq!(container_check_digit("CSQU305438"), 3);
        assert_eq!(container("MSKU", 17).len(), 11);
    }

    #[test]
    fn numbers_do_not_repeat() {
        let mut seen = std::collections::HashSet::new();
        for counter in 0..50_000 {
            assert!(seen.insert(bill_of_lading("MAEU", counter)));
            assert!(seen.insert(pro(counter)));
            assert!(seen.insert(parcel_tracking(counter)));
            assert!(seen.insert(movement_reference(2026, "NL", counter)));
            assert!(seen.insert(container("MSKU", counter)));
        }
    }

    #[test]
    fn counters_are_padded() {
        assert_eq!(padded("X", 0, 2), "X00");
        assert_eq!(padded("X-", 12_345, 4), "X-12345");
        assert_eq!(base36(0, 3), "000");
        assert_eq!(base36(36 * 36 * 36 + 35, 2), "100Z");
    }
}
