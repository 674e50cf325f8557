//! `kpis`: key figures by partner and region, and over all (§8).
//!
//! Grain and key: (name, partner, region), and one row with `*`, `*` per name. A row appears when its denominator is
//! above 0 (plain counts: when there is something to count). Each thing that counts is a [`Tally`]; numerators and
//! denominators are running sums, so a change costs the same however much is counted.
//!
//! As SQL: `select name, partner, region, sum(numerator), sum(denominator) from tallies group by grouping sets ((name,
//! partner, region), (name))`. Example: of 4 charge lines of carrier C in region EU one is matched: (match_rate, C, EU)
//! is 1, 4, 0.250000.

use dashu_ratio::RBig;
use differential_dataflow::VecCollection;
use landfall_schemas::event::MilestoneKind;
use landfall_schemas::exact::six_decimals;
use landfall_schemas::{Money, Text};
use serde::{Deserialize, Serialize};

use super::freight_charges::SettledCharge;
use crate::Tick;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::{Dossier, maintain};
use crate::operator::world::World;
use crate::rows::{
    ChargeStatus, ExceptionCategory, ExceptionRow, Figure, KpiRow, MilestoneRow, MilestoneState, Millionths,
};

/// A key figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KpiName {
    /// Matched out of all charge lines.
    MatchRate,
    /// The same by absolute amount in the base currency.
    MatchRateAmount,
    /// Met out of met, late and overdue.
    OnTime(MilestoneKind),
    /// Open orders that a shipment carries.
    OrderHasShipment,
    /// Open orders of which a shipment has a tracking number.
    OrderHasTracking,
    /// Open orders of which a shipment has an estimated or actual delivery.
    OrderHasEta,
    /// Open exceptions.
    OpenExceptions(ExceptionCategory),
}

impl KpiName {
    fn text(self) -> Text {
        match self {
            KpiName::MatchRate => Text::const_new("match_rate"),
            KpiName::MatchRateAmount => Text::const_new("match_rate_amount"),
            KpiName::OnTime(milestone) => Text::from(format!("on_time:{}", milestone.as_str())),
            KpiName::OrderHasShipment => Text::const_new("order_has_shipment"),
            KpiName::OrderHasTracking => Text::const_new("order_has_tracking"),
            KpiName::OrderHasEta => Text::const_new("order_has_eta"),
            KpiName::OpenExceptions(category) => Text::from(format!("open_exceptions:{}", category.as_str())),
        }
    }
}

/// Something that counts in a key figure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tally {
    /// Which figure.
    pub name: KpiName,
    /// The partner.
    pub partner: Text,
    /// The region.
    pub region: Text,
    /// What it adds to the numerator.
    pub numerator: i128,
    /// What it adds to the denominator.
    pub denominator: i128,
}

impl Tally {
    /// What a charge line counts.
    pub fn of_charge(settled: &SettledCharge) -> [Tally; 2] {
        let matched = settled.status == ChargeStatus::Matched;
        let magnitude = settled.charge.base.map_or(0, i128::abs);
        [(KpiName::MatchRate, 1), (KpiName::MatchRateAmount, magnitude)].map(|(name, weight)| Tally {
            name,
            partner: settled.charge.invoice.data.issuer.clone(),
            region: settled.shipment.as_ref().map(|shipment| shipment.data.region.clone()).unwrap_or_default(),
            numerator: if matched { weight } else { 0 },
            denominator: weight,
        })
    }

    /// What a milestone of a carrier's shipment in a region counts.
    pub fn of_milestone(row: &MilestoneRow, carrier: &Text, region: &Text) -> Option<Tally> {
        let numerator = match row.state {
            MilestoneState::Met => 1,
            MilestoneState::Late | MilestoneState::Overdue => 0,
            MilestoneState::Done | MilestoneState::AtRisk | MilestoneState::Pending => return None,
        };
        let name = KpiName::OnTime(row.milestone);
        Some(Tally { name, partner: carrier.clone(), region: region.clone(), numerator, denominator: 1 })
    }

    /// What an exception counts.
    pub fn of_exception(row: &ExceptionRow) -> Tally {
        Tally {
            name: KpiName::OpenExceptions(row.category),
            partner: row.partner.clone(),
            region: row.region.clone(),
            numerator: 1,
            denominator: 0,
        }
    }
}

/// The rows of the view.
#[inline]
pub fn kpis<'scope>(
    tallies: VecCollection<'scope, Tick, Tally>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, KpiRow> {
    let all = Text::const_new("*");
    let by_group = tallies.flat_map(move |tally| {
        let sums = (tally.numerator, tally.denominator);
        [((tally.name, tally.partner, tally.region), sums), ((tally.name, all.clone(), all.clone()), sums)]
    });
    maintain::<KpiDossier>(by_group, ambient)
}

/// The sums of one group.
#[derive(Default)]
pub struct KpiDossier {
    tallies: isize,
    numerator: i128,
    denominator: i128,
}

impl Dossier for KpiDossier {
    const NAME: &'static str = "Kpis";
    type Key = (KpiName, Text, Text);
    type Fact = (i128, i128);
    type Finding = KpiRow;

    fn apply(&mut self, (numerator, denominator): (i128, i128), diff: isize) {
        self.tallies += diff;
        self.numerator += numerator * diff as i128;
        self.denominator += denominator * diff as i128;
    }

    fn is_empty(&self) -> bool {
        self.tallies == 0
    }

    fn evaluate(&self, (name, partner, region): &Self::Key, world: &mut World<'_>, findings: &mut Vec<KpiRow>) {
        let base = world.settings().base_currency;
        let figure = |number: i128| match name {
            KpiName::MatchRateAmount => Figure::Money(Money::new(number, base)),
            _ => Figure::Count(number),
        };
        let is_count = matches!(name, KpiName::OpenExceptions(_));
        if !is_count && self.denominator <= 0 {
            return;
        }
        let value = (!is_count)
            .then(|| RBig::from(self.numerator) / RBig::from(self.denominator))
            .and_then(|value| six_decimals(&value))
            .map(Millionths);
        findings.push(KpiRow {
            name: name.text(),
            partner: partner.clone(),
            region: region.clone(),
            numerator: figure(self.numerator),
            denominator: (!is_count).then(|| figure(self.denominator)),
            value,
        });
    }
}
