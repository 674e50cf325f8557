//! Points in time (UTC milliseconds) and calendar dates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digits::{ascii, put_digits};

const MS_PER_DAY: i64 = 86_400_000;
/// The days of the years that documents may speak of, 1970 to 9998: times count from 1970, and the year after 9998 still
/// has four digits.
const DAYS: std::ops::Range<i32> = 0..2_932_532;
const TIMES: std::ops::Range<i64> = 0..DAYS.end as i64 * MS_PER_DAY;

/// Why a text is not a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// A time of day and no zone.
    #[error("without a zone")]
    NoZone,
    /// Not RFC 3339.
    #[error("not an RFC 3339 time")]
    NotRfc3339,
    /// Outside the years 1970-9998 in UTC.
    #[error("outside the years 1970 to 9998")]
    OutOfRange,
}

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDate {
    /// Not `YYYY-MM-DD`, or no day of the calendar.
    #[error("not a date of the calendar")]
    NotADate,
    /// Outside the years 1970-9998.
    #[error("outside the years 1970 to 9998")]
    OutOfRange,
}

/// A point in time: milliseconds since 1970-01-01T00:00:00Z (RFC 3339 on the wire).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

/// A calendar date: days since 1970-01-01 (`YYYY-MM-DD` on the wire).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date(pub i32);

impl Timestamp {
    /// This time plus a number of milliseconds.
    pub fn plus_ms(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// The date of this time in UTC.
    pub fn date(self) -> Date {
        Date(i32::try_from(self.0.div_euclid(MS_PER_DAY)).unwrap_or(i32::MAX))
    }
}

impl Date {
    /// Midnight UTC at the start of this date.
    pub fn midnight(self) -> Timestamp {
        Timestamp(i64::from(self.0) * MS_PER_DAY)
    }

    /// The date of a year, month (1-12) and day of month, where the Gregorian calendar has it.
    pub fn of_calendar(year: i32, month: u8, day: u8) -> Option<Date> {
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        // The inverse of `calendar`: the year begins on 1 March, so that the leap day is its last.
        let shifted_year = i64::from(year) - i64::from(month <= 2);
        let shifted_month = i64::from(if month > 2 { month - 3 } else { month + 9 });
        let year_of_era = shifted_year.rem_euclid(400);
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        i32::try_from(shifted_year.div_euclid(400) * 146_097 + day_of_era - 719_468).ok().map(Date)
    }

    /// Year, month (1-12) and day of month of this date in the Gregorian calendar.
    pub fn calendar(self) -> (i32, u8, u8) {
        // Proleptic Gregorian calendar in 400-year eras that begin on 1 March.
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year as i32, month as u8, day as u8)
    }
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Two digits no greater than `max`.
#[inline(always)]
fn pair(text: [u8; 2], max: u8) -> Option<u8> {
    let [tens, ones] = text.map(|byte| byte.wrapping_sub(b'0'));
    let number = (tens <= 9 && ones <= 9).then(|| tens * 10 + ones)?;
    (number <= max).then_some(number)
}

/// `YYYY-MM-DD` as a date of any year.
fn calendar_date(text: &[u8]) -> Option<Date> {
    let (text, rest) = text.split_first_chunk()?;
    let [century, _, year, _, _, month, ..] = pairs(*text, *b"0000-00-")?;
    let [d0, d1] = *rest else { return None };
    Date::of_calendar(i32::from(century) * 100 + i32::from(year), month, pair([d0, d1], 31)?)
}

/// The numbers of two digits in a text of this shape, each where its first digit stands: `0` in the shape is any digit, all
/// else itself.
#[inline(always)]
fn pairs(text: [u8; 8], shape: [u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    // What must be added to a byte so that it gets its highest bit: to a digit what makes 10 of it, to any other byte 1.
    let beyond = shape.map(|byte| if byte == b'0' { 0x80 - 10 } else { 0x80 - 1 });
    let values = u64::from_le_bytes(text) ^ u64::from_le_bytes(shape);
    let is_of_shape = (values | values.wrapping_add(u64::from_le_bytes(beyond))) & HIGH == 0;
    is_of_shape.then(|| (values * 10 + (values >> 8)).to_le_bytes())
}

/// `YYYY-MM-DD`, a day of the calendar in the years 1970-9998.
impl FromStr for Date {
    type Err = BadDate;

    fn from_str(text: &str) -> Result<Date, BadDate> {
        let date = calendar_date(text.as_bytes()).ok_or(BadDate::NotADate)?;
        if DAYS.contains(&date.0) { Ok(date) } else { Err(BadDate::OutOfRange) }
    }
}

/// RFC 3339 with a zone; digits beyond milliseconds are cut off.
impl FromStr for Timestamp {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Timestamp, BadTime> {
        let (date, rest) = text.as_bytes().split_at_checked(10).ok_or(BadTime::NotRfc3339)?;
        let date = calendar_date(date).ok_or(BadTime::NotRfc3339)?;
        let (clock, second, rest) = time_of_day(rest).ok_or(BadTime::NotRfc3339)?;
        if rest.is_empty() {
            return Err(BadTime::NoZone);
        }
        let offset = zone(rest).ok_or(BadTime::NotRfc3339)?;
        let utc = date.midnight().plus_ms(clock - offset);
        // A leap second stands at the end of a UTC month; it is kept as the last millisecond before the next day.
        let next = utc.plus_ms(1);
        if second == 60 && (next.0.rem_euclid(MS_PER_DAY) != 0 || next.date().calendar().2 != 1) {
            return Err(BadTime::NotRfc3339);
        }
        if TIMES.contains(&utc.0) { Ok(utc) } else { Err(BadTime::OutOfRange) }
    }
}

/// Reads `THH:MM:SS[.f…]`: milliseconds since midnight, the second as written, and what follows.
fn time_of_day(text: &[u8]) -> Option<(i64, i64, &[u8])> {
    let [b'T' | b't', rest @ ..] = text else { return None };
    let (clock, rest) = rest.split_first_chunk()?;
    let [hour, _, _, minute, _, _, second, _] = pairs(*clock, *b"00:00:00")?.map(i64::from);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (mut ms, rest) = match rest {
        [b'.', fraction @ ..] => {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let digit = |place: usize| if place < length { i64::from(fraction[place] - b'0') } else { 0 };
            let ms = digit(0) * 100 + digit(1) * 10 + digit(2);
            (length > 0).then_some((ms, &fraction[length..]))?
        }
        rest => (0, rest),
    };
    if second == 60 {
        ms = -1;
    }
    Some(((hour * 60 + minute) * 60_000 + second * 1000 + ms, second, rest))
}

/// `Z` or `±HH:MM` as milliseconds east of UTC.
fn zone(text: &[u8]) -> Option<i64> {
    let (sign, h0, h1, m0, m1) = match *text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h0, h1, b':', m0, m1] => (1, h0, h1, m0, m1),
        [b'-', h0, h1, b':', m0, m1] => (-1, h0, h1, m0, m1),
        _ => return None,
    };
    let minutes = i64::from(pair([h0, h1], 23)?) * 60 + i64::from(pair([m0, m1], 59)?);
    Some(sign * minutes * 60_000)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.calendar();
        if !(0..=9999).contains(&year) {
            return write!(f, "{year:04}-{month:02}-{day:02}");
        }
        // Digit by digit, for dumps and topics are full of times: `write!` was 2.6 % of all work of a process with sinks.
        let mut text = *b"0000-00-00";
        put_digits(&mut text[..4], i64::from(year));
        put_digits(&mut text[5..7], i64::from(month));
        put_digits(&mut text[8..], i64::from(day));
        f.write_str(ascii(&text))
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.mmm]Z`: milliseconds are shown only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.rem_euclid(MS_PER_DAY);
        let (seconds, ms) = (ms / 1000, ms % 1000);
        let mut text = *b"T00:00:00.000Z";
        put_digits(&mut text[1..3], seconds / 3600);
        put_digits(&mut text[4..6], seconds / 60 % 60);
        put_digits(&mut text[7..9], seconds % 60);
        put_digits(&mut text[10..13], ms);
        fmt::Display::fmt(&self.date(), f)?;
        if ms != 0 {
            return f.write_str(ascii(&text));
        }
        f.write_str(ascii(&text[..9]))?;
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ms(text: &str) -> Result<i64, BadTime> {
        text.parse().map(|time: Timestamp| time.0)
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(ms("1970-01-01T00:00:00Z"), Ok(0));
        assert_eq!(ms("2026-03-01t10:00:00z"), Ok(1_772_359_200_000));
        assert_eq!(ms("2026-03-01T10:00:00-00:00"), Ok(1_772_359_200_000));
        assert_eq!(ms("2026-03-01T12:30:00+02:30"), Ok(1_772_359_200_000));
        assert_eq!(ms("2024-02-29T23:59:59.9999999999999Z"), Ok(1_709_251_199_999));
        assert_eq!(ms("2026-03-01T10:00:00.5Z"), Ok(1_772_359_200_500));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "Z",
            "2026-03-01",
            "2026-03-01 10:00:00Z",
            "2026-03-01T10:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:60:00Z",
            "2026-03-01T10:00:61Z",
            "2026-03-01T10:00:00.Z",
            "2026-03-01T10:00:00,5Z",
            "2026-03-01T10:00:00+0200",
            "2026-03-01T10:00:00+24:00",
            "2026-03-01T10:00:00 Z",
            "2026-03-01T10:00:0:Z",
            "2026-03-01T1/:00:00Z",
            "2026-03-01T10:00.00Z",
            "2026-03-0/T10:00:00Z",
            "20:6-03-01T10:00:00Z",
            "2026-03-01T10:00:\u{b0}Z",
            "2026-02-29T10:00:00Z",
            "2026-00-01T10:00:00Z",
            "2026-01-00T10:00:00Z",
            "+2026-03-01T10:00:00Z",
            "2026-03-01T10:00:00ZZ",
            "٢026-03-01T10:00:00Z",
            "1772359200",
        ] {
            assert_eq!(ms(text), Err(BadTime::NotRfc3339), "{text}");
        }
    }

    #[test]
    fn a_time_has_a_zone() {
        assert_eq!(ms("2026-03-01T10:00:00"), Err(BadTime::NoZone));
        assert_eq!(ms("2026-03-01T10:00:00.123"), Err(BadTime::NoZone));
    }

    #[test]
    fn the_years_of_a_time_are_counted_in_utc() {
        assert_eq!(ms("1970-01-01T00:59:59+01:00"), Err(BadTime::OutOfRange));
        assert_eq!(ms("1969-12-31T23:00:00-01:00"), Ok(0));
        assert_eq!(
            ms("9998-12-31T23:59:59.999Z").map(|ms| Timestamp(ms).to_string()),
            Ok("9998-12-31T23:59:59.999Z".into())
        );
        assert_eq!(ms("9998-12-31T23:59:59-00:01"), Err(BadTime::OutOfRange));
        assert_eq!(
            ms("9999-01-01T00:00:00+00:01").map(|ms| Timestamp(ms).to_string()),
            Ok("9998-12-31T23:59:00Z".into())
        );
        assert_eq!(ms("0000-01-01T00:00:00Z"), Err(BadTime::OutOfRange));
    }

    #[test]
    fn a_leap_second_ends_a_month_and_stays_in_it() {
        let leap = ms("2016-12-31T23:59:60Z").map(|ms| Timestamp(ms).to_string());
        assert_eq!(leap, Ok("2016-12-31T23:59:59.999Z".into()));
        assert_eq!(ms("1990-12-31T15:59:60.5-08:00"), ms("1990-12-31T23:59:60Z"));
        assert_eq!(ms("2016-12-30T23:59:60Z"), Err(BadTime::NotRfc3339));
        assert_eq!(ms("2016-12-31T22:59:60Z"), Err(BadTime::NotRfc3339));
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        assert_eq!("2000-02-29".parse(), Ok(Date(11_016)));
        for text in ["1900-02-29", "2100-02-29", "2026-02-29", "2026-04-31", "2026-13-01", "2026-1-01", "20260101", ""]
        {
            assert_eq!(text.parse::<Date>(), Err(BadDate::NotADate), "{text}");
        }
        assert_eq!("1969-12-31".parse::<Date>(), Err(BadDate::OutOfRange));
        assert_eq!("9999-01-01".parse::<Date>(), Err(BadDate::OutOfRange));
    }

    #[test]
    fn times_are_shown_in_full_with_milliseconds_where_there_are_any() {
        let shown = |text: &str| ms(text).map(|ms| Timestamp(ms).to_string());
        assert_eq!(shown("2026-03-01T04:05:06.007Z").unwrap(), "2026-03-01T04:05:06.007Z");
        assert_eq!(shown("2026-11-22T14:15:16Z").unwrap(), "2026-11-22T14:15:16Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Date(-719_529).to_string(), "-001-12-31");
        assert_eq!(Date(2_932_897).to_string(), "10000-01-01");
    }

    proptest! {
        #[test]
        fn dates_and_times_are_read_as_they_are_shown(ms in 0_i64..253_370_764_800_000) {
            let time = Timestamp(ms);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(time.date().to_string().parse(), Ok(time.date()));
            let (year, month, day) = time.date().calendar();
            prop_assert_eq!(Date::of_calendar(year, month, day), Some(time.date()));
        }
    }
}
