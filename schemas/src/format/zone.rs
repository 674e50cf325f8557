//! Times of partners: local times, and the zones that make them points in time.
//!
//! Zone rules come with the program (IANA data, through `jiff`), so the same message gives the same time on every
//! machine. A local time that the clock shows twice is the earlier one; one that it skips is moved on by the skip.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::{Date, Timestamp};

/// A zone: an IANA name or a fixed offset.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// Universal time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// The zone with an IANA name (`America/New_York`), `Z`, or an offset (`+02:00`, `-0530`).
    pub fn named(name: &str) -> Option<Zone> {
        if matches!(name, "Z" | "z") {
            return Some(Zone::utc());
        }
        if let Some(digits) = name.strip_prefix(['+', '-']) {
            let minutes = match *digits.replacen(':', "", 1).as_bytes() {
                [h0, h1, m0, m1] => number(&[h0, h1], 23)? * 60 + number(&[m0, m1], 59)?,
                _ => return None,
            };
            return Zone::offset(if name.starts_with('-') { -minutes } else { minutes });
        }
        TimeZoneDatabase::bundled().get(name).ok().map(Zone)
    }

    /// A fixed number of minutes east of Greenwich.
    pub fn offset(minutes: i32) -> Option<Zone> {
        Offset::from_seconds(minutes * 60).ok().map(|offset| Zone(TimeZone::fixed(offset)))
    }

    /// The point in time at which clocks here show `local`.
    pub fn at(&self, local: LocalTime) -> Option<Timestamp> {
        let (year, month, day) = local.date.calendar();
        let (seconds, ms) = (local.ms_of_day / 1000, local.ms_of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let time = DateTime::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
            i8::try_from(hour).ok()?,
            i8::try_from(minute).ok()?,
            i8::try_from(second).ok()?,
            ms * 1_000_000,
        )
        .ok()?;
        self.0.to_timestamp(time).ok().map(|time| Timestamp(time.as_millisecond()))
    }
}

/// What a clock on the wall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalTime {
    pub date: Date,
    /// Milliseconds since midnight.
    pub ms_of_day: i32,
}

impl LocalTime {
    /// A date `CCYYMMDD` or `YYMMDD`, and a time `HHMM`, `HHMMSS`, or that and one or two decimals; no time is midnight.
    pub fn read(date: &str, time: &str) -> Option<LocalTime> {
        Some(LocalTime { date: date_of(date)?, ms_of_day: ms_of_day(time)? })
    }
}

/// `CCYYMMDD`, or `YYMMDD` of the years 1970-2069.
pub(crate) fn date_of(text: &str) -> Option<Date> {
    let (year, rest) = match *text.as_bytes() {
        [c0, c1, y0, y1, ref rest @ ..] if rest.len() == 4 => (number(&[c0, c1, y0, y1], 9999)?, rest),
        [y0, y1, ref rest @ ..] if rest.len() == 4 => match number(&[y0, y1], 99)? {
            year @ 0..70 => (2000 + year, rest),
            year => (1900 + year, rest),
        },
        _ => return None,
    };
    let (month, day) = (number(&rest[..2], 12)?, number(&rest[2..], 31)?);
    Date::of_calendar(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

fn ms_of_day(text: &str) -> Option<i32> {
    let text = text.as_bytes();
    let part = |range: std::ops::Range<usize>, max| text.get(range).map_or(Some(0), |digits| number(digits, max));
    let fraction = match text.get(6..) {
        Some([tenths]) => number(&[*tenths], 9)? * 100,
        Some([tenths, hundredths]) => number(&[*tenths, *hundredths], 99)? * 10,
        _ => 0,
    };
    if !matches!(text.len(), 0 | 4 | 6..=8) {
        return None;
    }
    let seconds = part(0..2, 23)? * 3600 + part(2..4, 59)? * 60 + part(4..6, 59)?;
    Some(seconds * 1000 + fraction)
}

/// The number that ASCII digits write, if it is at most `max`.
fn number(digits: &[u8], max: i32) -> Option<i32> {
    let number = digits
        .iter()
        .try_fold(0_i32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i32::from(byte - b'0')))?;
    (number <= max).then_some(number)
}

/// `20260301T1015`: part of the ids that are made from a time.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.ms_of_day / 60_000;
        let (year, month, day) = self.date.calendar();
        write!(f, "{year:04}{month:02}{day:02}T{:02}{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, date: &str, time: &str) -> String {
        let local = LocalTime::read(date, time).expect("a local time");
        Zone::named(zone).and_then(|zone| zone.at(local)).map_or_else(|| "none".into(), |time| time.to_string())
    }

    #[test]
    fn local_times_become_points_in_time() {
        assert_eq!(at("America/New_York", "20260115", "1200"), "2026-01-15T17:00:00Z");
        assert_eq!(at("America/New_York", "20260715", "120030"), "2026-07-15T16:00:30Z");
        assert_eq!(at("+02:00", "260715", "12003075"), "2026-07-15T10:00:30.750Z");
        assert_eq!(at("-0530", "991231", ""), "1999-12-31T05:30:00Z");
        assert_eq!(at("Z", "20260715", "0000"), "2026-07-15T00:00:00Z");
    }

    #[test]
    fn a_time_shown_twice_is_the_earlier_and_a_skipped_one_is_moved_on() {
        assert_eq!(at("America/New_York", "20251102", "0130"), "2025-11-02T05:30:00Z");
        assert_eq!(at("America/New_York", "20260308", "0230"), "2026-03-08T07:30:00Z");
    }

    #[test]
    fn other_texts_are_no_local_times() {
        for (date, time) in [
            ("", "1200"),
            ("20260230", "1200"),
            ("2026011", "1200"),
            ("20260115", "2400"),
            ("20260115", "12"),
            ("20260115", "1260"),
            ("20260115", "12:0"),
            ("2026٠115", "1200"),
        ] {
            assert_eq!(LocalTime::read(date, time), None, "{date} {time}");
        }
        for zone in ["", "Mars/Olympus", "+2", "+25:00", "02:00"] {
            assert!(Zone::named(zone).is_none(), "{zone}");
        }
    }
}
