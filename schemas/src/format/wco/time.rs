//! Times of the data model: digits with a format code (UN/EDIFACT 2379), or RFC 3339.

use super::super::canonical::quoted;
use super::super::zone::{WallTime, Zone, number};
use super::wrong;
use super::xml::Element;
use crate::time::BadTime;
use crate::{DataError, ErrorCode, Timestamp};

/// The time of an element with a `DateTimeString`, where it is given.
pub(super) fn time_of(parent: &Element<'_>, name: &'static str, zone: &Zone) -> Result<Option<Timestamp>, DataError> {
    let Some(element) = parent.children(name).next() else { return Ok(None) };
    let written = element.find("DateTimeString").unwrap_or(element);
    let Some(text) = written.text() else { return Ok(None) };
    read(text, zone).map(Some).map_err(|problem| {
        let message = format!("{} is {problem}: expected a time such as 20260301100000Z (format 304)", quoted(text));
        wrong(ErrorCode::BadTime, &written.place(), message)
    })
}

/// Reads a time: the number of digits tells the format, so that a wrong or missing format code does no harm.
pub(super) fn read(text: &str, zone: &Zone) -> Result<Timestamp, BadTime> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, offset) = text.split_at(digits);
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.is_ascii() {
        return zone.read(text);
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| number::<i8>(part, to - from));
    let wall = (|| {
        let date = (number::<i16>(&digits[..4], 4)?, part(4, 6)?, part(6, 8)?);
        Some(WallTime { date, clock: (part(8, 10)?, part(10, 12)?, part(12, 14)?) })
    })();
    let wall = wall.ok_or(BadTime::NotRfc3339)?;
    match offset.trim() {
        "" => zone.instant(wall),
        offset => Zone::instant_at(wall, seconds_east(offset).ok_or(BadTime::NotRfc3339)?),
    }
}

/// `Z`, `±HH`, `±HHMM` or `±HH:MM` as seconds east of UTC.
fn seconds_east(offset: &str) -> Option<i32> {
    if matches!(offset, "Z" | "UTC") {
        return Some(0);
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let rest = rest.replace(':', "");
    let (hours, minutes) = rest.split_at_checked(2)?;
    let hours: i32 = number(hours, 2).filter(|hours| *hours <= 23)?;
    let minutes: i32 = if minutes.is_empty() { 0 } else { number(minutes, 2).filter(|minutes| *minutes <= 59)? };
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        "+" => Some(seconds),
        "-" => Some(-seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, zone: &str) -> Result<String, BadTime> {
        read(text, &Zone::named(zone).expect("a zone")).map(|time| time.to_string())
    }

    #[test]
    fn the_digits_tell_the_format() {
        assert_eq!(shown("20191113172216Z", ""), Ok("2019-11-13T17:22:16Z".into()));
        assert_eq!(shown("20230822154636+01", ""), Ok("2023-08-22T14:46:36Z".into()));
        assert_eq!(shown("20230822154636+0130", ""), Ok("2023-08-22T14:16:36Z".into()));
        assert_eq!(shown("202308221546Z", ""), Ok("2023-08-22T15:46:00Z".into()));
        assert_eq!(shown("2023-08-22T15:46:36+01:00", ""), Ok("2023-08-22T14:46:36Z".into()));
    }

    #[test]
    fn a_time_without_a_zone_has_the_partners() {
        assert_eq!(shown("20230822154636", "Europe/London"), Ok("2023-08-22T14:46:36Z".into()));
        assert_eq!(shown("20230822", "Europe/London"), Ok("2023-08-21T23:00:00Z".into()));
        assert_eq!(shown("20230822154636", ""), Err(BadTime::NoZone));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in
            ["", "2023", "20231322154636Z", "20230822154636X", "20230822154636+1", "Wed Nov 13 00:00:00 UTC 2019"]
        {
            assert!(shown(text, "").is_err(), "{text}");
        }
    }
}
