//! `control_totals`: totals that must balance (§8).

use std::collections::BTreeMap;

use landfall_schemas::Stream;
use landfall_schemas::event::Component;

use super::documents::RecordCounts;
use super::freight_charges::{Charge, ChargeLine};
use super::landed_cost::{CostParts, LineCost};
use super::world::World;
use crate::rows::{ControlKind, ControlTotalRow};

/// Every row of the view.
pub(crate) fn rows(
    world: &World<'_>,
    counts: &BTreeMap<Option<Stream>, RecordCounts>,
    charges: &[Charge<'_>],
    parts: &CostParts<'_>,
    costs: &[LineCost<'_>],
) -> Vec<ControlTotalRow> {
    let mut rows = records(counts);
    rows.extend(charge_totals(world, charges));
    rows.extend(cost_totals(world, parts, costs));
    rows
}

/// All streams, and `unknown` where there are records whose type is not readable.
fn records(counts: &BTreeMap<Option<Stream>, RecordCounts>) -> Vec<ControlTotalRow> {
    let none = RecordCounts::default();
    let streams = Stream::ALL.map(|stream| (stream.as_str(), counts.get(&Some(stream)).unwrap_or(&none)));
    let unknown = counts.get(&None).map(|counts| ("unknown", counts));
    let row = |name: &str, status: &str, count: u64| ControlTotalRow {
        kind: ControlKind::Records,
        name: name.into(),
        status: status.into(),
        count,
        base_amount: None,
    };
    streams
        .into_iter()
        .chain(unknown)
        .flat_map(|(name, counts)| {
            [
                row(name, "received", counts.received),
                row(name, "in_force", counts.in_force),
                row(name, "retracted", counts.retracted),
                row(name, "dead_lettered", counts.dead_lettered),
                row(name, "held", counts.held),
                row(name, "superseded", counts.superseded),
            ]
        })
        .collect()
}

/// The charge lines by status, and all of them.
fn charge_totals(world: &World<'_>, charges: &[Charge<'_>]) -> Vec<ControlTotalRow> {
    let mut by_status: BTreeMap<&str, Vec<&ChargeLine<'_>>> = BTreeMap::from([("total", Vec::new())]);
    for charge in charges {
        by_status.entry(charge.status.as_str()).or_default().push(&charge.line);
        by_status.entry("total").or_default().push(&charge.line);
    }
    by_status
        .into_iter()
        .map(|(status, lines)| ControlTotalRow {
            kind: ControlKind::Charges,
            name: "invoice_lines".into(),
            status: status.into(),
            count: lines.len() as u64,
            base_amount: Some(world.rates.base_money(lines.iter().filter_map(|line| line.base_amount).sum())),
        })
        .collect()
}

/// For every component what is in the view `landed_cost`, what is outside, and what both must come to.
fn cost_totals(world: &World<'_>, parts: &CostParts<'_>, costs: &[LineCost<'_>]) -> Vec<ControlTotalRow> {
    Component::ALL
        .into_iter()
        .flat_map(|component| {
            let in_view: i128 = costs
                .iter()
                .flat_map(|cost| &cost.components)
                .filter(|cost| cost.component == component)
                .filter_map(|cost| cost.actual.as_ref())
                .map(|actual| actual.minor)
                .sum();
            let on_nothing = parts.on_nothing.get(&component).copied().unwrap_or(0);
            let outside = on_nothing + on_no_row(world, parts, component);
            let total = parts.total.get(&component).copied().unwrap_or(0);
            [("in_view", in_view), ("outside", outside), ("total", total)].map(|(status, minor)| ControlTotalRow {
                kind: ControlKind::LandedCost,
                name: component.as_str().into(),
                status: status.into(),
                count: 0,
                base_amount: Some(world.rates.base_money(minor)),
            })
        })
        .collect()
}

/// What fell on order lines that have no row.
fn on_no_row(world: &World<'_>, parts: &CostParts<'_>, component: Component) -> i128 {
    use landfall_schemas::event::OrderStatus;
    parts
        .on_lines
        .iter()
        .filter(|part| part.component == component)
        .filter(|part| {
            let order = world.documents.orders.get(part.line.order_id).map(|doc| doc.data);
            let order = order.filter(|order| order.status != OrderStatus::Cancelled);
            order.and_then(|order| order.line(part.line.line_no)).is_none()
        })
        .map(|part| part.minor)
        .sum()
}
