//! Dates, times and zones of X12 (data elements 373, 337, 623).

use std::collections::BTreeMap;

use super::X12;
use crate::Timestamp;
use crate::format::zone::{LocalTime, Zone};

/// Time codes that name a zone with summer time, and its rules.
const PLACES: [(&str, &str); 8] = [
    ("AT", "America/Anchorage"),
    ("CT", "America/Chicago"),
    ("ET", "America/New_York"),
    ("HT", "Pacific/Honolulu"),
    ("MT", "America/Denver"),
    ("NT", "America/St_Johns"),
    ("PT", "America/Los_Angeles"),
    ("TT", "America/Halifax"),
];

/// Time codes that name an offset: standard and daylight time, in minutes east of Greenwich.
const OFFSETS: [(&str, i32); 18] = [
    ("AD", -480),
    ("AS", -540),
    ("CD", -300),
    ("CS", -360),
    ("ED", -240),
    ("ES", -300),
    ("GM", 0),
    ("HD", -540),
    ("HS", -600),
    ("MD", -360),
    ("MS", -420),
    ("ND", -150),
    ("NS", -210),
    ("PD", -420),
    ("PS", -480),
    ("TD", -180),
    ("TS", -240),
    ("UT", 0),
];

/// The zones of all time codes but LT, which is the partner's, and the numeric ones.
pub(super) fn zones() -> BTreeMap<&'static str, Zone> {
    let places = PLACES.iter().filter_map(|(code, name)| Some((*code, Zone::named(name)?)));
    let offsets = OFFSETS.iter().filter_map(|(code, minutes)| Some((*code, Zone::offset(*minutes)?)));
    places.chain(offsets).collect()
}

impl X12 {
    /// The point in time that a date, a time and a time code say. A date alone is its first moment.
    ///
    /// # Errors
    /// What is wrong, for a message.
    pub(super) fn time(&self, date: &str, time: &str, code: &str) -> Result<(LocalTime, Timestamp), String> {
        let local = LocalTime::read(date, time)
            .ok_or_else(|| format!("\"{date} {time}\" is no date and time: expected CCYYMMDD and HHMM or HHMMSS"))?;
        let code = code.to_ascii_uppercase();
        let zone = match code.as_str() {
            "" | "LT" => self.settings.zone.clone().ok_or_else(|| {
                format!("\"{date} {time}\" is without a zone: set time_zone in the partner's profile")
            })?,
            code => self
                .zones
                .get(code)
                .cloned()
                .or_else(|| numeric(code))
                .ok_or_else(|| format!("{code:?} is no time code: expected one such as ET, UT or LT"))?,
        };
        let at = zone.at(local).ok_or_else(|| format!("\"{date} {time}\" is out of range"))?;
        Ok((local, at))
    }
}

/// `01` to `12` are hours east of Greenwich, `13` to `24` are 12 to 1 hours west of it.
fn numeric(code: &str) -> Option<Zone> {
    let number: i32 = code.parse().ok().filter(|_| code.len() == 2)?;
    match number {
        1..=12 => Zone::offset(number * 60),
        13..=24 => Zone::offset((number - 25) * 60),
        _ => None,
    }
}

/// The time of an envelope. It only orders versions of one partner's documents, so UTC will do where no zone is known.
pub(super) fn envelope_time(zone: Option<&Zone>, date: &str, time: &str) -> Option<Timestamp> {
    let local = LocalTime::read(date, time)?;
    let at = match zone {
        Some(zone) => zone.at(local),
        None => Zone::utc().at(local),
    };
    at.filter(|time| time.0 >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Profile;

    fn at(zone: &str, code: &str) -> String {
        let profile = Profile { source: "x".into(), time_zone: zone.into(), ..Profile::default() };
        let x12 = X12::new(profile).expect("a profile");
        x12.time("20260715", "1200", code).map_or_else(|error| error, |(_, time)| time.to_string())
    }

    #[test]
    fn time_codes_are_zones() {
        for (code, time) in [
            ("ET", "2026-07-15T16:00:00Z"),
            ("ES", "2026-07-15T17:00:00Z"),
            ("CT", "2026-07-15T17:00:00Z"),
            ("pt", "2026-07-15T19:00:00Z"),
            ("MD", "2026-07-15T18:00:00Z"),
            ("UT", "2026-07-15T12:00:00Z"),
            ("GM", "2026-07-15T12:00:00Z"),
            ("01", "2026-07-15T11:00:00Z"),
            ("12", "2026-07-15T00:00:00Z"),
            ("13", "2026-07-16T00:00:00Z"),
            ("24", "2026-07-15T13:00:00Z"),
        ] {
            assert_eq!(at("", code), time, "{code}");
        }
        assert_eq!(zones().len(), PLACES.len() + OFFSETS.len(), "every zone is known");
    }

    #[test]
    fn a_time_without_a_zone_is_in_the_partners() {
        assert_eq!(at("Europe/Copenhagen", "LT"), "2026-07-15T10:00:00Z");
        assert_eq!(at("Europe/Copenhagen", ""), "2026-07-15T10:00:00Z");
        assert!(at("", "LT").contains("without a zone"));
        assert!(at("UTC", "QQ").contains("no time code"));
        assert!(at("UTC", "25").contains("no time code"));
    }
}
