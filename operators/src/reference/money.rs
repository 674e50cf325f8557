//! Money between currencies (§4): the rate of a day, exact, with one rounding.

use std::collections::BTreeMap;

use landfall_schemas::exact::{Rate, fraction, round};
use landfall_schemas::{Currency, Date, Decimal, Money};

use dashu_int::IBig;
use dashu_ratio::RBig;

use super::documents::Documents;
use crate::settings::Settings;

/// The quotes in force.
pub(crate) struct Rates {
    quotes: BTreeMap<(Currency, Currency), BTreeMap<Date, Rate>>,
    base: Currency,
    pivot: Currency,
    max_age_days: i32,
}

impl Rates {
    /// The quotes of the documents in force.
    pub fn new(documents: &Documents<'_>, settings: &Settings) -> Rates {
        let mut quotes: BTreeMap<(Currency, Currency), BTreeMap<Date, Rate>> = BTreeMap::new();
        for quote in &documents.fx_rates {
            let it = quote.data;
            quotes.entry((it.base, it.quote)).or_default().insert(it.date, Rate::quoted(it.rate));
        }
        let Settings { base_currency: base, fx_pivot: pivot, fx_max_age_days: max_age_days, .. } = *settings;
        Rates { quotes, base, pivot, max_age_days }
    }

    /// The latest quote on or before a day that is not too old.
    fn quote(&self, from: Currency, to: Currency, day: Date) -> Option<(Date, &Rate)> {
        let oldest = Date(day.0.saturating_sub(self.max_age_days));
        if oldest > day {
            return None;
        }
        self.quotes.get(&(from, to))?.range(oldest..=day).next_back().map(|(date, rate)| (*date, rate))
    }

    /// One leg: the direct or the inverse quote, whichever is later, the direct one on the same date.
    fn leg(&self, from: Currency, to: Currency, day: Date) -> Option<Rate> {
        if from == to {
            return Some(Rate::one());
        }
        let direct = self.quote(from, to, day);
        let inverse = self.quote(to, from, day);
        match (direct, inverse) {
            (Some((direct_date, direct)), Some((inverse_date, _))) if direct_date >= inverse_date => {
                Some(direct.clone())
            }
            (_, Some((_, inverse))) => Some(inverse.inverse()),
            (Some((_, direct)), None) => Some(direct.clone()),
            (None, None) => None,
        }
    }

    /// How much of `to` one unit of `from` is on a day.
    pub fn rate(&self, from: Currency, to: Currency, day: Date) -> Option<Rate> {
        self.leg(from, to, day).or_else(|| Some(self.leg(from, self.pivot, day)?.then(&self.leg(self.pivot, to, day)?)))
    }

    /// Minor units of `from` in minor units of `to`.
    pub fn convert(&self, minor: i128, from: Currency, to: Currency, day: Date) -> Option<i128> {
        self.rate(from, to, day)?.convert(minor, from, to)
    }

    /// Minor units of `from` in minor units of the base currency.
    pub fn to_base(&self, minor: i128, from: Currency, day: Date) -> Option<i128> {
        self.convert(minor, from, self.base, day)
    }

    /// How much of the base currency one unit of `from` is on a day.
    pub fn base_rate(&self, from: Currency, day: Date) -> Option<RBig> {
        Some(self.rate(from, self.base, day)?.as_fraction().clone())
    }

    /// Minor units of the base currency as money.
    pub fn base_money(&self, minor: i128) -> Money {
        Money::new(minor, self.base)
    }
}

/// 10 to the exponent of the currency: minor units in one unit.
pub(crate) fn minor_units(currency: Currency) -> RBig {
    RBig::from(IBig::from(10_u64.pow(currency.exponent())))
}

/// Units of a currency, exact, rounded to its minor units; `None` beyond the range of an `i128`, as in
/// [`Rate::convert`].
pub(crate) fn to_minor(units: &RBig, currency: Currency) -> Option<i128> {
    i128::try_from(round(&(units * minor_units(currency)))).ok()
}

/// The product of two decimals, exact.
pub(crate) fn product(a: Decimal, b: Decimal) -> RBig {
    fraction(a) * fraction(b)
}
