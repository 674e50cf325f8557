//! `landed_cost`: estimated and actual cost of order lines by component (§5).

mod parts;

use std::collections::BTreeMap;

use dashu_ratio::RBig;
use landfall_schemas::event::{Component, Order, OrderLine, OrderStatus};
use landfall_schemas::exact::{fraction, round, six_decimals};
use landfall_schemas::{Date, Decimal};

pub(crate) use parts::{CostPart, CostParts, Coverer};

use super::contents::OrderLineKey;
use super::world::World;
use crate::rows::{LandedCostRow, Millionths};

/// What invoices and declarations make of a component of an order line.
pub(crate) struct Actual {
    /// Minor units of the base currency.
    pub minor: i128,
    /// The share of the ordered quantity that it covers, exact, at most 1.
    pub coverage: RBig,
    /// The earliest issue or declaration date that contributed.
    pub since: Date,
}

/// A component of the landed cost of an order line, in minor units of the base currency.
pub(crate) struct ComponentCost {
    pub component: Component,
    /// 0 when none is given.
    pub estimate: i128,
    pub actual: Option<Actual>,
    pub best: i128,
}

impl ComponentCost {
    /// Best minus estimate, when there is an actual.
    pub fn variance(&self) -> Option<i128> {
        self.actual.as_ref().map(|_| self.best - self.estimate)
    }
}

/// A line of an order in force that is not cancelled, with the components that have a row.
pub(crate) struct LineCost<'a> {
    pub order: &'a Order,
    pub line: &'a OrderLine,
    pub components: Vec<ComponentCost>,
}

/// The cost of every line of every order in force that is not cancelled.
pub(crate) fn line_costs<'a>(world: &World<'a>, parts: &CostParts<'a>) -> Vec<LineCost<'a>> {
    let mut by_line: BTreeMap<(OrderLineKey<'a>, Component), Vec<&CostPart<'a>>> = BTreeMap::new();
    for part in &parts.on_lines {
        by_line.entry((part.line, part.component)).or_default().push(part);
    }
    let mut costs = Vec::new();
    for order in world.documents.orders.values().map(|doc| doc.data) {
        if order.status == OrderStatus::Cancelled {
            continue;
        }
        for line in &order.lines {
            let key = OrderLineKey { order_id: &order.order_id, line_no: line.line_no };
            let parts_of = |component| by_line.get(&(key, component)).map(Vec::as_slice).unwrap_or_default();
            let components = Component::ALL
                .into_iter()
                .filter_map(|component| component_cost(world, order, line, component, parts_of(component)))
                .collect();
            costs.push(LineCost { order, line, components });
        }
    }
    costs
}

fn component_cost(
    world: &World<'_>,
    order: &Order,
    line: &OrderLine,
    component: Component,
    parts: &[&CostPart<'_>],
) -> Option<ComponentCost> {
    let estimate = line
        .estimates
        .get(component)
        .and_then(|minor| world.rates.to_base(i128::from(minor), order.currency, order.ordered_on));
    let actual = actual(world, order, line, parts);
    if estimate.is_none() && actual.is_none() {
        return None;
    }
    let estimate = estimate.unwrap_or(0);
    let best = match &actual {
        None => estimate,
        Some(actual) => {
            let open = RBig::from(estimate) * (RBig::ONE - &actual.coverage);
            actual.minor + i128::try_from(round(&open)).expect("a part of an estimate is at most the estimate")
        }
    };
    Some(ComponentCost { component, estimate, actual, best })
}

fn actual(world: &World<'_>, order: &Order, line: &OrderLine, parts: &[&CostPart<'_>]) -> Option<Actual> {
    Some(Actual {
        minor: parts.iter().map(|part| part.minor).sum(),
        coverage: coverage(world, order, line, parts),
        since: parts.iter().map(|part| part.day).min()?,
    })
}

/// The share of the ordered quantity that the parts of a component cover; of a closed order, of the shipped one.
fn coverage(world: &World<'_>, order: &Order, line: &OrderLine, parts: &[&CostPart<'_>]) -> RBig {
    let key = OrderLineKey { order_id: &order.order_id, line_no: line.line_no };
    let shipped = world.contents.shipped(key);
    let is_delivered_in_full = order.status == OrderStatus::Closed && shipped > Decimal::ZERO;
    let ordered = if is_delivered_in_full { shipped } else { line.quantity };
    let mut declared = Decimal::ZERO;
    let mut invoiced_at: BTreeMap<&str, i128> = BTreeMap::new();
    let mut every_part_covers = false;
    for part in parts {
        every_part_covers |= matches!(part.component, Component::Duty | Component::Tax | Component::Fees);
        match &part.coverer {
            Coverer::Declared(quantity) => declared = declared + quantity.unwrap_or(ordered),
            Coverer::Shipments(shipments) => {
                shipments.iter().for_each(|shipment| *invoiced_at.entry(shipment).or_default() += part.minor);
            }
        }
    }
    let delivered: Decimal = invoiced_at
        .into_iter()
        .filter(|(_, minor)| every_part_covers || *minor > 0)
        .map(|(shipment, _)| world.contents.of(shipment)[&key].quantity)
        .sum();
    (fraction(declared + delivered) / fraction(ordered)).min(RBig::ONE)
}

/// The rows of the view.
pub(crate) fn rows(world: &World<'_>, costs: &[LineCost<'_>]) -> Vec<LandedCostRow> {
    let money = |minor| world.rates.base_money(minor);
    costs
        .iter()
        .flat_map(|cost| cost.components.iter().map(move |component| (cost, component)))
        .map(|(cost, component)| LandedCostRow {
            order_id: cost.order.order_id.clone(),
            line_no: cost.line.line_no,
            component: component.component,
            estimate: money(component.estimate),
            actual: component.actual.as_ref().map(|actual| money(actual.minor)),
            best: money(component.best),
            variance: component.variance().map(money),
            coverage: component
                .actual
                .as_ref()
                .map(|actual| Millionths(six_decimals(&actual.coverage).expect("a coverage is between 0 and 1"))),
        })
        .collect()
}
