//! Dates and times of EDIFACT: DTM with its formats (data elements 2380, 2379).

use super::Edifact;
use crate::Timestamp;
use crate::format::zone::{LocalTime, Zone};

/// Names of zones in format 303 and 304, and minutes east of Greenwich.
const ZONES: [(&str, i32); 15] = [
    ("CDT", -300),
    ("CET", 60),
    ("CST", -360),
    ("EDT", -240),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("JST", 540),
    ("MDT", -360),
    ("MST", -420),
    ("PDT", -420),
    ("PST", -480),
    ("UTC", 0),
    ("WET", 0),
    ("Z", 0),
];

/// What a DTM shows: a clock's time, and what is written of its zone.
pub(super) fn shown_time<'t>(value: &'t str, format: &str) -> Option<(LocalTime, &'t str)> {
    let (date, time) = match format {
        "101" => (6, 0),
        "102" => (8, 0),
        "201" => (6, 4),
        "202" => (6, 6),
        "203" | "205" | "303" => (8, 4),
        "204" | "208" | "304" => (8, 6),
        "" => match value.len() {
            8 => (8, 0),
            12 => (8, 4),
            14 => (8, 6),
            _ => return None,
        },
        _ => return None,
    };
    let local = LocalTime::read(value.get(..date)?, value.get(date..date + time)?)?;
    Some((local, value.get(date + time..)?.trim()))
}

impl Edifact {
    /// The point in time that a DTM says. A date alone is its first moment.
    ///
    /// # Errors
    /// What is wrong, for a message.
    pub(super) fn time(&self, value: &str, format: &str) -> Result<(LocalTime, Timestamp), String> {
        let (local, zone) = shown_time(value, format)
            .ok_or_else(|| format!("{value:?} is no time of format {format:?}: expected one such as 203"))?;
        let zone = match zone {
            "" => self
                .settings
                .zone
                .clone()
                .ok_or_else(|| format!("{value:?} is without a zone: set time_zone in the partner's profile"))?,
            written => {
                named(written).ok_or_else(|| format!("{written:?} is no zone: expected one such as UTC or +0100"))?
            }
        };
        let at = zone.at(local).ok_or_else(|| format!("{value:?} is out of range"))?;
        Ok((local, at))
    }
}

fn named(zone: &str) -> Option<Zone> {
    let name = zone.to_ascii_uppercase();
    let minutes = ZONES.iter().find(|(known, _)| *known == name).map(|(_, minutes)| *minutes);
    // Format 205 and 208 end with the sign and HHMM.
    minutes.map_or_else(|| Zone::named(zone).filter(|_| zone.starts_with(['+', '-'])), Zone::offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Profile;

    fn at(zone: &str, value: &str, format: &str) -> String {
        let profile = Profile { source: "x".into(), time_zone: zone.into(), ..Profile::default() };
        let edifact = Edifact::new(profile).expect("a profile");
        edifact.time(value, format).map_or_else(|error| error, |(_, time)| time.to_string())
    }

    #[test]
    fn formats_tell_how_a_time_is_written() {
        for (value, format, time) in [
            ("20260715", "102", "2026-07-15T04:00:00Z"),
            ("260715", "101", "2026-07-15T04:00:00Z"),
            ("202607151200", "203", "2026-07-15T16:00:00Z"),
            ("20260715120030", "204", "2026-07-15T16:00:30Z"),
            ("2607151200", "201", "2026-07-15T16:00:00Z"),
            ("202607151200", "", "2026-07-15T16:00:00Z"),
            ("202607151200UTC", "303", "2026-07-15T12:00:00Z"),
            ("202607151200+0200", "205", "2026-07-15T10:00:00Z"),
            ("20260715120000-0530", "208", "2026-07-15T17:30:00Z"),
        ] {
            assert_eq!(at("America/New_York", value, format), time, "{value} {format}");
        }
    }

    #[test]
    fn what_is_no_time_is_told() {
        assert!(at("", "202607151200", "203").contains("without a zone"));
        assert!(at("UTC", "202607151260", "203").contains("no time"));
        assert!(at("UTC", "202607151200XXX", "303").contains("no zone"));
        assert!(at("UTC", "202607151200", "999").contains("no time"));
        assert!(at("UTC", "2026é7151200", "203").contains("no time"));
    }
}
