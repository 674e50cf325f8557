//! Values that a person writes: times, dates, decimal numbers, spans of time.

use landfall_schemas::{Decimal, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const DECIMALS_MAX: usize = 10;
const WHOLE_DIGITS_MAX: usize = 12;

/// A point in time: RFC 3339, or a date, which means midnight UTC at its start. Digits beyond milliseconds are cut
/// off.
///
/// # Errors
/// What is wrong with it.
pub fn time(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let full = if date_shaped(text) { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let parsed = OffsetDateTime::parse(&full, &Rfc3339)
        .map_err(|_| "not a time: write 2026-03-20T00:00:00Z, or 2026-03-20 for midnight UTC".to_owned())?;
    let at = Timestamp((parsed.unix_timestamp_nanos().div_euclid(1_000_000)) as i64);
    let (year, _, _) = at.date().calendar();
    if (1970..=9998).contains(&year) { Ok(at) } else { Err("outside the years 1970 to 9998".to_owned()) }
}

fn date_shaped(text: &str) -> bool {
    text.len() == "2026-03-20".len() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// A decimal number of at least 0.
///
/// # Errors
/// What is wrong with it.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    let wrong = || format!("`{text}` is not a number like 12 or 2.5, with at most {DECIMALS_MAX} decimals");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole.len() > WHOLE_DIGITS_MAX || fraction.len() > DECIMALS_MAX {
        return Err(wrong());
    }
    let units = format!("{whole}{fraction:0<DECIMALS_MAX$}").parse().map_err(|_| wrong())?;
    Ok(Decimal::from_units(units))
}

/// A number of hours: a number, or a number with `h` for hours or `d` for days.
///
/// # Errors
/// What is wrong with it.
pub fn hours(text: &str) -> Result<Decimal, String> {
    match text.strip_suffix('d') {
        Some(days) => Ok(Decimal::from_units(decimal(days)?.units() * 24)),
        None => decimal(text.strip_suffix('h').unwrap_or(text)),
    }
}

/// A number of days: a number, with or without `d`.
///
/// # Errors
/// What is wrong with it.
pub fn days(text: &str) -> Result<Decimal, String> {
    decimal(text.strip_suffix('d').unwrap_or(text))
}

/// The time now.
pub fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_zone_or_are_dates() {
        let shown = |text| time(text).map(|at| at.to_string());
        assert_eq!(shown("2026-03-20").unwrap(), "2026-03-20T00:00:00Z");
        assert_eq!(shown("2026-03-20T01:00:00+02:00").unwrap(), "2026-03-19T23:00:00Z");
        assert_eq!(shown("2026-03-20T00:00:00.1239Z").unwrap(), "2026-03-20T00:00:00.123Z");
        for wrong in ["", "2026-03-20T00:00:00", "2026-02-30", "20.3.2026", "tomorrow", "1969-12-31", "9999-01-01"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_read_exactly() {
        let shown = |text| decimal(text).map(|number| number.to_string());
        assert_eq!(shown("30").unwrap(), "30");
        assert_eq!(shown("0.0000000001").unwrap(), "0.0000000001");
        assert_eq!(shown("2.50").unwrap(), "2.5");
        for wrong in ["", "-1", "1.", ".5", "1e3", "0.00000000001", "1000000000000.", "9999999999999", "1,5"] {
            assert!(decimal(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_may_have_a_unit() {
        assert_eq!(hours("24").unwrap(), Decimal::whole(24));
        assert_eq!(hours("24h").unwrap(), Decimal::whole(24));
        assert_eq!(hours("1.5d").unwrap(), Decimal::whole(36));
        assert_eq!(days("30d").unwrap(), days("30").unwrap());
        assert!(days("48h").is_err());
        assert!(hours("d").is_err());
    }
}
