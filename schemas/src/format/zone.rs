//! Local times: a partner's clock and its zone.
//!
//! Zones are read from a database that is built into the program, never from the machine, so that the same record
//! means the same everywhere. A local time that the clock shows twice (the hour put back in autumn) is the first of the
//! two; one that it skips (the hour put forward in spring) is read as if the clock had not been changed yet.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::options::ProfileError;
use crate::Timestamp;
use crate::time::BadTime;

/// The zone of times that have none.
#[derive(Clone, Debug)]
pub(super) struct Zone(Option<TimeZone>);

/// What a clock on the wall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WallTime {
    /// Year, month, day.
    pub date: (i16, i8, i8),
    /// Hour, minute, second.
    pub clock: (i8, i8, i8),
}

impl Zone {
    /// The zone with this name: an IANA name, an offset, or none where it is blank.
    pub fn named(name: &str) -> Result<Zone, ProfileError> {
        let name = name.trim();
        if name.is_empty() {
            return Ok(Zone(None));
        }
        let zone = offset_zone(name).or_else(|| TimeZoneDatabase::bundled().get(name).ok());
        zone.map(|zone| Zone(Some(zone))).ok_or_else(|| ProfileError::BadZone(name.to_owned()))
    }

    /// Reads an RFC 3339 time; without a zone (or with a blank for the `T`) it is a time of this zone.
    pub fn read(&self, text: &str) -> Result<Timestamp, BadTime> {
        let text = text.trim();
        match text.parse::<Timestamp>() {
            Err(BadTime::NoZone) => self.instant(wall_time(text).ok_or(BadTime::NotRfc3339)?),
            Err(BadTime::NotRfc3339) => match wall_time(text) {
                Some(wall) => self.instant(wall),
                None => Err(BadTime::NotRfc3339),
            },
            read => read,
        }
    }

    /// The time at which a clock of this zone shows this.
    pub fn instant(&self, wall: WallTime) -> Result<Timestamp, BadTime> {
        let Zone(Some(zone)) = self else { return Err(BadTime::NoZone) };
        zone.to_timestamp(civil(wall).ok_or(BadTime::NotRfc3339)?)
            .map_err(|_| BadTime::OutOfRange)
            .and_then(|instant| in_range(instant.as_millisecond()))
    }

    /// The time at which a clock that is `seconds` east of UTC shows this.
    pub fn instant_at(wall: WallTime, seconds: i32) -> Result<Timestamp, BadTime> {
        let offset = Offset::from_seconds(seconds).map_err(|_| BadTime::NotRfc3339)?;
        let instant = offset.to_timestamp(civil(wall).ok_or(BadTime::NotRfc3339)?).map_err(|_| BadTime::OutOfRange)?;
        in_range(instant.as_millisecond())
    }
}

fn in_range(ms: i64) -> Result<Timestamp, BadTime> {
    let time = Timestamp(ms);
    if (1970..=9998).contains(&time.date().calendar().0) { Ok(time) } else { Err(BadTime::OutOfRange) }
}

fn civil(wall: WallTime) -> Option<DateTime> {
    let ((year, month, day), (hour, minute, second)) = (wall.date, wall.clock);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// `±HH:MM` as a zone.
fn offset_zone(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number::<i32>(hours, 2)?, number::<i32>(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().map(TimeZone::fixed)
}

/// A number of exactly so many ASCII digits.
pub(super) fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `YYYY-MM-DD[T| ]HH:MM[:SS[.f…]]`; fractions of a second are cut off.
fn wall_time(text: &str) -> Option<WallTime> {
    let (date, clock) = text.split_once(['T', 't', ' '])?;
    let mut date = date.split('-');
    let date_parts = (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':');
    let clock_parts = (
        number(clock.next()?, 2)?,
        number(clock.next()?, 2)?,
        clock.next().map_or(Some(0), |second| number(second, 2))?,
    );
    let whole = date.next().is_none() && clock.next().is_none() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    (whole && !fraction.is_empty()).then_some(WallTime { date: date_parts, clock: clock_parts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(zone: &str, text: &str) -> Result<String, BadTime> {
        Zone::named(zone).expect("a zone").read(text).map(|time| time.to_string())
    }

    #[test]
    fn a_time_with_a_zone_keeps_it() {
        assert_eq!(read("America/New_York", "2026-07-01T10:00:00+02:00"), Ok("2026-07-01T08:00:00Z".into()));
    }

    #[test]
    fn a_time_without_a_zone_has_the_partners() {
        assert_eq!(read("America/New_York", "2026-07-01T10:00:00"), Ok("2026-07-01T14:00:00Z".into()));
        assert_eq!(read("America/New_York", "2026-01-01 10:00"), Ok("2026-01-01T15:00:00Z".into()));
        assert_eq!(read("+05:30", "2026-01-01T10:00:00.5"), Ok("2026-01-01T04:30:00Z".into()));
        assert_eq!(read("", "2026-01-01T10:00:00"), Err(BadTime::NoZone));
    }

    #[test]
    fn an_hour_shown_twice_is_the_first_and_a_skipped_one_is_moved() {
        assert_eq!(read("Europe/Berlin", "2026-10-25T02:30:00"), Ok("2026-10-25T00:30:00Z".into()));
        assert_eq!(read("Europe/Berlin", "2026-03-29T02:30:00"), Ok("2026-03-29T01:30:00Z".into()));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in ["", "2026-01-01", "2019/11/12 07:41:00 +08:30", "2021 01 01 14:12:56", "2026-13-01T10:00:00"] {
            assert_eq!(read("Europe/Berlin", text), Err(BadTime::NotRfc3339), "{text}");
        }
    }

    #[test]
    fn unknown_zones_are_refused() {
        for name in ["Mars/Olympus", "+2", "+25:00", "UTC+2"] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
    }
}
