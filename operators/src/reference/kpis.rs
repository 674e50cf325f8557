//! `kpis`: key figures by partner and region (§8).

use std::collections::{BTreeMap, BTreeSet};

use dashu_ratio::RBig;
use landfall_schemas::Text;
use landfall_schemas::event::{Classifier, MilestoneKind, OrderStatus};

use super::freight_charges::Charge;
use super::landed_cost_lines::ratio;
use super::milestones::{Facts, Progress};
use super::world::World;
use crate::rows::{ChargeStatus, ExceptionRow, Figure, KpiRow, MilestoneState};

/// What one figure counts or sums.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    BaseMoney,
}

struct Tally {
    unit: Unit,
    numerator: i128,
    denominator: i128,
}

/// The figures by (name, partner, region).
#[derive(Default)]
struct Tallies(BTreeMap<(String, String, String), Tally>);

impl Tallies {
    /// Adds what counts, of how much, to a group and to the figure over all.
    fn add(&mut self, name: &str, group: (&str, &str), unit: Unit, numerator: i128, denominator: i128) {
        for (partner, region) in [group, ("*", "*")] {
            let key = (name.to_owned(), partner.to_owned(), region.to_owned());
            let tally = self.0.entry(key).or_insert(Tally { unit, numerator: 0, denominator: 0 });
            tally.numerator += numerator;
            tally.denominator += denominator;
        }
    }

    /// Adds one to a share of a count.
    fn count(&mut self, name: &str, group: (&str, &str), counts: bool) {
        self.add(name, group, Unit::Count, i128::from(counts), 1);
    }
}

/// Every row of the view.
pub(crate) fn rows(
    world: &World<'_>,
    facts: &Facts<'_>,
    charges: &[Charge<'_>],
    progress: &[Progress],
    exceptions: &[ExceptionRow],
) -> Vec<KpiRow> {
    let mut tallies = Tallies::default();
    match_rates(&mut tallies, world, charges);
    on_time(&mut tallies, world, progress);
    order_coverage(&mut tallies, world, facts);
    let shares =
        tallies.0.into_iter().filter(|(_, tally)| tally.denominator > 0).map(|((name, partner, region), it)| {
            let figure = |number| match it.unit {
                Unit::Count => Figure::Count(number),
                Unit::BaseMoney => Figure::Money(world.rates.base_money(number)),
            };
            KpiRow {
                name: name.into(),
                partner: partner.into(),
                region: region.into(),
                numerator: figure(it.numerator),
                denominator: Some(figure(it.denominator)),
                value: ratio(RBig::from(it.numerator), RBig::from(it.denominator)),
            }
        });
    shares.chain(open_exceptions(exceptions)).collect()
}

fn match_rates(tallies: &mut Tallies, world: &World<'_>, charges: &[Charge<'_>]) {
    for charge in charges {
        let region = charge.line.resolution.only_shipment().map_or("", |shipment| world.shipment_region(shipment));
        let group = (charge.line.issuer(), region);
        let is_matched = charge.status == ChargeStatus::Matched;
        let amount = charge.line.base_amount.map_or(0, i128::abs);
        tallies.count("match_rate", group, is_matched);
        let matched = if is_matched { amount } else { 0 };
        tallies.add("match_rate_amount", group, Unit::BaseMoney, matched, amount);
    }
}

fn on_time(tallies: &mut Tallies, world: &World<'_>, progress: &[Progress]) {
    for row in progress.iter().map(|progress| &progress.row) {
        if matches!(row.state, MilestoneState::Met | MilestoneState::Late | MilestoneState::Overdue) {
            let shipment = world.documents.shipments[row.shipment_id.as_str()].data;
            let name = format!("on_time:{}", row.milestone.as_str());
            tallies.count(&name, (&shipment.carrier, &shipment.region), row.state == MilestoneState::Met);
        }
    }
}

fn order_coverage(tallies: &mut Tallies, world: &World<'_>, facts: &Facts<'_>) {
    let mut shipments_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (line, carriers) in world.contents.lines() {
        shipments_of.entry(line.order_id).or_default().extend(carriers.keys());
    }
    let has_eta = |shipment: &&str| {
        facts.actual(shipment, MilestoneKind::Delivered).is_some()
            || facts.fact(shipment, MilestoneKind::Delivered, Classifier::Estimated).is_some()
    };
    let none = BTreeSet::new();
    for order in world.documents.orders.values().map(|doc| doc.data) {
        if order.status == OrderStatus::Open {
            let shipments = shipments_of.get(order.order_id.as_str()).unwrap_or(&none);
            let group = (order.supplier.as_str(), order.region.as_str());
            let is_tracked = shipments.iter().any(|shipment| world.identity.has_tracking(shipment));
            tallies.count("order_has_shipment", group, !shipments.is_empty());
            tallies.count("order_has_tracking", group, is_tracked);
            tallies.count("order_has_eta", group, shipments.iter().any(has_eta));
        }
    }
}

fn open_exceptions(exceptions: &[ExceptionRow]) -> Vec<KpiRow> {
    let mut counts: BTreeMap<(&str, &str, &str), i128> = BTreeMap::new();
    for row in exceptions {
        *counts.entry((row.category.as_str(), &row.partner, &row.region)).or_default() += 1;
        *counts.entry((row.category.as_str(), "*", "*")).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((category, partner, region), count)| KpiRow {
            name: Text::from(format!("open_exceptions:{category}")),
            partner: partner.into(),
            region: region.into(),
            numerator: Figure::Count(count),
            denominator: None,
            value: None,
        })
        .collect()
}
