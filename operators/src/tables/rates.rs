//! As-of exchange rates (§4, money between currencies).

use std::collections::BTreeMap;

use hashbrown::HashMap;
use landfall_schemas::event::FxRate;
use landfall_schemas::exact::Rate;
use landfall_schemas::{Currency, Date, Decimal};

use crate::document::Doc;
use crate::settings::Settings;

/// Quotes in force by pair and day.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotes {
    by_pair: HashMap<(Currency, Currency), BTreeMap<Date, Decimal>>,
}

impl Quotes {
    pub(super) fn len(&self) -> usize {
        self.by_pair.values().map(BTreeMap::len).sum()
    }

    pub(super) fn insert(&mut self, doc: &Doc<FxRate>) {
        let quote = &doc.data;
        self.by_pair.entry((quote.base, quote.quote)).or_default().insert(quote.date, quote.rate);
    }

    pub(super) fn remove(&mut self, doc: &Doc<FxRate>) {
        let pair = (doc.data.base, doc.data.quote);
        if let Some(days) = self.by_pair.get_mut(&pair) {
            days.remove(&doc.data.date);
            if days.is_empty() {
                self.by_pair.remove(&pair);
            }
        }
    }

    /// The rate from one currency to another as of a day: direct or inverse, else across the pivot.
    pub(super) fn rate(&self, from: Currency, to: Currency, day: Date, settings: &Settings) -> Option<Rate> {
        if from == to {
            return Some(Rate::one());
        }
        self.leg(from, to, day, settings).or_else(|| {
            let pivot = settings.fx_pivot;
            if from == pivot || to == pivot {
                return None;
            }
            Some(self.leg(from, pivot, day, settings)?.then(&self.leg(pivot, to, day, settings)?))
        })
    }

    /// The direct or the inverse quote, whichever has the later date; the direct one on the same date.
    fn leg(&self, from: Currency, to: Currency, day: Date, settings: &Settings) -> Option<Rate> {
        let direct = self.latest(from, to, day, settings);
        let inverse = self.latest(to, from, day, settings);
        match (direct, inverse) {
            (Some((direct_day, quote)), Some((inverse_day, _))) if direct_day >= inverse_day => {
                Some(Rate::quoted(quote))
            }
            (_, Some((_, quote))) => Some(Rate::quoted(quote).inverse()),
            (Some((_, quote)), None) => Some(Rate::quoted(quote)),
            (None, None) => None,
        }
    }

    fn latest(&self, base: Currency, quote: Currency, day: Date, settings: &Settings) -> Option<(Date, Decimal)> {
        let oldest = Date(day.0.saturating_sub(settings.fx_max_age_days));
        let days = self.by_pair.get(&(base, quote))?;
        days.range(oldest..=day).next_back().map(|(day, rate)| (*day, *rate))
    }
}
