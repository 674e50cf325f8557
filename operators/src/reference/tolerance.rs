//! Tolerance rules (§4): how far an amount may be from what it is held against.

use dashu_ratio::RBig;
use landfall_schemas::event::Tolerance;
use landfall_schemas::exact::{fraction, round};
use landfall_schemas::{Currency, Date, Decimal};

use super::money::{Rates, minor_units};

/// An amount held against another, both in minor units of one currency.
#[derive(Clone, Copy)]
pub(crate) struct Deviation {
    pub variance: i128,
    pub against: i128,
    pub currency: Currency,
    /// The day at whose rate a limit in another currency is converted.
    pub day: Date,
}

/// Whether the deviation is inside the rule; without a limit there must be none.
pub(crate) fn is_inside(rule: Option<&Tolerance>, deviation: Deviation, rates: &Rates) -> bool {
    let Some(rule) = rule else { return deviation.variance == 0 };
    let over = deviation.variance > 0;
    let (pct, abs) = if over { (rule.over_pct, rule.over_abs) } else { (rule.under_pct, rule.under_abs) };
    let pct_limit = pct.map(|pct| fraction(pct) * whole(deviation.against.unsigned_abs()));
    let abs_limit = abs.and_then(|abs| absolute_limit(abs, rule.currency, deviation, rates));
    let size = whole(deviation.variance.unsigned_abs());
    match (pct_limit, abs_limit) {
        (None, None) => deviation.variance == 0,
        (pct, abs) => pct.into_iter().chain(abs).all(|limit| size <= limit),
    }
}

fn whole(minor: u128) -> RBig {
    RBig::from(dashu_int::UBig::from(minor))
}

/// An absolute limit in minor units of the deviation's currency; `None` without a rate.
fn absolute_limit(abs: Decimal, given_in: Option<Currency>, deviation: Deviation, rates: &Rates) -> Option<RBig> {
    let limit = fraction(abs) * minor_units(deviation.currency);
    match given_in {
        Some(given_in) if given_in != deviation.currency => {
            let rate = rates.rate(given_in, deviation.currency, deviation.day)?;
            Some(RBig::from(round(&(limit * rate.as_fraction()))))
        }
        _ => Some(limit),
    }
}
