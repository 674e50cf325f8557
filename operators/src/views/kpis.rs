//! `kpis`: key figures by partner and region, and over all (§8).
//!
//! Grain and key: (name, partner, region), and one row with `*`, `*` per name. A row appears when its denominator is
//! above 0 (plain counts: when there is something to count). Each thing that counts is a [`Tally`]; numerators and
//! denominators are running sums, so a change costs the same however much is counted.
//!
//! As SQL: `select name, partner, region, sum(numerator), sum(denominator) from tallies group by grouping sets ((name,
//! partner, region), (name))`. Example: of 4 charge lines of carrier C in region EU one is matched: (match_rate, C, EU)
//! is 1, 4, 0.250000.

use differential_dataflow::VecCollection;
use landfall_schemas::event::MilestoneKind;
use landfall_schemas::exact::quotient;
use landfall_schemas::{Money, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::freight_charges::SettledCharge;
use crate::Tick;
use crate::document::OrderFields;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::{Dossier, maintain};
use crate::operator::sums::{Sum, sums};
use crate::operator::world::World;
use crate::rows::{ChargeStatus, ExceptionCategory, ExceptionRow, Figure, KpiRow, MilestoneState, Millionths};

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
            KpiName::MatchRate => Text::from_static_str("match_rate"),
            KpiName::MatchRateAmount => Text::from_static_str("match_rate_amount"),
            KpiName::OnTime(milestone) => Text::from(format!("on_time:{}", milestone.as_str())),
            KpiName::OrderHasShipment => Text::from_static_str("order_has_shipment"),
            KpiName::OrderHasTracking => Text::from_static_str("order_has_tracking"),
            KpiName::OrderHasEta => Text::from_static_str("order_has_eta"),
            KpiName::OpenExceptions(category) => Text::from(format!("open_exceptions:{}", category.as_str())),
        }
    }
}

/// Something that counts in a key figure: for a partner and a region.
pub type Tally = (KpiGroup, KpiSum);

/// (figure, partner, region).
pub type KpiGroup = (KpiName, Text, Text);

/// Numerator and denominator of things that count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KpiSum {
    things: i64,
    numerator: i128,
    denominator: i128,
}

impl KpiSum {
    /// One thing.
    fn one(numerator: i128, denominator: i128) -> KpiSum {
        KpiSum { things: 1, numerator, denominator }
    }
}

impl Sum for KpiSum {
    fn add(&mut self, part: &KpiSum, times: isize) {
        self.things += part.things * times as i64;
        self.numerator += part.numerator * times as i128;
        self.denominator += part.denominator * times as i128;
    }
}

/// What a charge line counts.
pub fn of_charge(settled: &SettledCharge) -> [Tally; 2] {
    let matched = settled.status == ChargeStatus::Matched;
    let magnitude = settled.charge.base().map_or(0, i128::abs);
    [(KpiName::MatchRate, 1), (KpiName::MatchRateAmount, magnitude)].map(|(name, weight)| {
        let region = settled.shipment.as_ref().map(|shipment| shipment.region.clone()).unwrap_or_default();
        let sum = KpiSum::one(if matched { weight } else { 0 }, weight);
        ((name, settled.charge.invoice.data.issuer.clone(), region), sum)
    })
}

/// What a milestone of a carrier's shipment in a region counts.
pub fn of_milestone(milestone: MilestoneKind, state: MilestoneState, carrier: &Text, region: &Text) -> Option<Tally> {
    let numerator = match state {
        MilestoneState::Met => 1,
        MilestoneState::Late | MilestoneState::Overdue => 0,
        MilestoneState::Done | MilestoneState::AtRisk | MilestoneState::Pending => return None,
    };
    Some(((KpiName::OnTime(milestone), carrier.clone(), region.clone()), KpiSum::one(numerator, 1)))
}

/// What an exception counts.
pub fn of_exception(row: &ExceptionRow) -> Tally {
    ((KpiName::OpenExceptions(row.category), row.partner.clone(), row.region.clone()), KpiSum::one(1, 0))
}

/// What an open order counts.
pub fn of_order(name: KpiName, order: &OrderFields, has: bool) -> Tally {
    ((name, order.supplier.clone(), order.region.clone()), KpiSum::one(i128::from(has), 1))
}

/// The rows of the view.
#[inline]
pub fn kpis<'scope>(
    tallies: VecCollection<'scope, Tick, Tally>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, Arc<KpiRow>> {
    let all = Text::from_static_str("*");
    let by_group = sums(tallies, "KpiSums").flat_map(move |((name, partner, region), sum)| {
        [((name, partner, region), sum), ((name, all.clone(), all.clone()), sum)]
    });
    maintain::<KpiDossier>(by_group, ambient)
}

/// The sums of one group.
#[derive(Default)]
pub struct KpiDossier(KpiSum);

impl Dossier for KpiDossier {
    const NAME: &'static str = "Kpis";
    type Key = KpiGroup;
    type Fact = KpiSum;
    type Finding = Arc<KpiRow>;

    fn apply(&mut self, sum: KpiSum, diff: isize) {
        self.0.add(&sum, diff);
    }

    fn is_empty(&self) -> bool {
        self.0.things == 0
    }

    fn evaluate(&self, (name, partner, region): &Self::Key, world: &mut World<'_>, findings: &mut Vec<Arc<KpiRow>>) {
        let KpiSum { numerator, denominator, .. } = self.0;
        let base = world.settings().base_currency;
        let figure = |number: i128| match name {
            KpiName::MatchRateAmount => Figure::Money(Money::new(number, base)),
            _ => Figure::Count(number),
        };
        let is_count = matches!(name, KpiName::OpenExceptions(_));
        if !is_count && denominator <= 0 {
            return;
        }
        let value = (!is_count).then(|| quotient(&[numerator, 1_000_000], &[denominator])).flatten().map(Millionths);
        findings.push(Arc::new(KpiRow {
            name: name.text(),
            partner: partner.clone(),
            region: region.clone(),
            numerator: figure(numerator),
            denominator: (!is_count).then(|| figure(denominator)),
            value,
        }));
    }
}
