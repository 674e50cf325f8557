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
