//! Exchange rates as the European Central Bank publishes them: one euro in other currencies, every business day.
//!
//! A rate is a function of the seed, the currency and the day, so it needs no history: weekly knots at random within
//! 4 % of the long-run level, straight lines between them.

use std::sync::LazyLock;

use landfall_schemas::event::FxRate;
use landfall_schemas::{Currency, Date, Decimal};

use super::dice::mix;

/// Quoted currencies with what one euro is worth in them, in 1/10000.
pub(crate) const QUOTES: &[(&str, i64)] = &[
    ("USD", 10_850),
    ("GBP", 8_560),
    ("JPY", 1_624_000),
    ("CHF", 9_480),
    ("CNY", 78_300),
    ("SEK", 113_900),
    ("KWD", 3_330),
];

/// The dollar, in which tariffs and prices are kept.
pub(crate) static USD: LazyLock<Currency> = LazyLock::new(|| currency("USD"));

const DAYS_PER_KNOT: i64 = 7;

/// An ISO 4217 currency by its code.
pub(crate) fn currency(code: &str) -> Currency {
    code.parse().expect("the generator's currencies are in ISO 4217")
}

/// One euro in the currency on this day, in 1/10000.
pub(crate) fn per_euro(seed: u64, code: &str, date: Date) -> i64 {
    let Some((place, level)) = QUOTES.iter().enumerate().find(|(_, quote)| quote.0 == code).map(|(i, q)| (i, q.1))
    else {
        return 10_000;
    };
    let day = i64::from(date.0);
    let (knot, into) = (day.div_euclid(DAYS_PER_KNOT), day.rem_euclid(DAYS_PER_KNOT));
    // Deviation at a knot in 1/100000: -4 % to 4 %.
    let deviation = |knot: i64| (mix(seed ^ mix(knot as u64) ^ (place as u64) << 56) % 8_001) as i64 - 4_000;
    let here = (deviation(knot) * (DAYS_PER_KNOT - into) + deviation(knot + 1) * into) / DAYS_PER_KNOT;
    level + level * here / 100_000
}

/// What so many minor units of one currency are about in another. For plausible amounts, not for books.
pub(crate) fn about(minor: i64, from: Currency, to: Currency, seed: u64, date: Date) -> i64 {
    if from == to {
        return minor;
    }
    let scale = |of: Currency| 10_i128.pow(of.exponent()) * i128::from(per_euro(seed, of.code(), date));
    let converted = i128::from(minor) * scale(to) / scale(from);
    i64::try_from(converted).unwrap_or(i64::MAX)
}

/// Whether rates are published on this day: Monday to Friday.
pub(crate) fn is_business_day(date: Date) -> bool {
    // 1970-01-01 was a Thursday.
    (i64::from(date.0) + 3).rem_euclid(7) < 5
}

/// The rates published on a day.
pub(crate) fn published_on(seed: u64, date: Date) -> impl Iterator<Item = FxRate> {
    let quotes = if is_business_day(date) { QUOTES } else { &[] };
    quotes.iter().map(move |(code, _)| FxRate {
        date,
        base: Currency::EUR,
        quote: currency(code),
        rate: Decimal::from_units(i128::from(per_euro(seed, code, date)) * (Decimal::SCALE / 10_000)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_move_a_little_from_day_to_day() {
        for day in 20_000..20_400 {
            for (code, level) in QUOTES {
                let (today, next) = (per_euro(3, code, Date(day)), per_euro(3, code, Date(day + 1)));
                assert!((today - next).abs() <= level / 80, "{code} on day {day}: {today} then {next}");
            }
        }
    }

    #[test]
    fn weekends_have_no_rates() {
        // 2026-01-03 was a Saturday.
        assert_eq!(published_on(1, Date(20_456)).count(), 0);
        assert_eq!(published_on(1, Date(20_458)).count(), QUOTES.len());
    }

    #[test]
    fn amounts_convert_with_their_decimals() {
        let yen = about(10_000, currency("EUR"), currency("JPY"), 1, Date(20_458));
        assert!((15_000..17_500).contains(&yen), "100 euro are {yen} yen");
    }
}
