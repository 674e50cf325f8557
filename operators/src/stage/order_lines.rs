//! Order lines: what was ordered, what was shipped of it, and what it has cost so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use dashu_ratio::RBig;
use hashbrown::HashMap;
use landfall_schemas::event::{Component, Order, OrderLine, OrderStatus};
use landfall_schemas::exact::fraction;
use landfall_schemas::{Date, Decimal, Text, Timestamp};
use serde::{Deserialize, Serialize};

use super::costs::LineCost;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{ExceptionRow, LandedCostLineRow, LandedCostRow};
use crate::views::exceptions::{self, Place};
use crate::views::{landed_cost, landed_cost_lines};

/// What is known about an order line.
#[derive(Default)]
pub struct OrderLineDossier {
    order: Bag<Doc<Order>>,
    /// Costs by component, as running sums: an order line may be in very many shipments.
    costs: BTreeMap<Component, Costs>,
    shipped: Shipped,
}

/// What one component of a line has cost so far.
#[derive(Default)]
pub struct Costs {
    amount: i128,
    parts: i64,
    days: BTreeMap<Date, i64>,
    /// Shipments whose goods are covered, with their quantity of the line, and how often.
    shipments: HashMap<(Text, Decimal), i64>,
    /// Sum of those quantities, each once.
    shipped: i128,
    /// Sum of the quantities that declarations name.
    declared: i128,
    /// How many declaration lines name no quantity: each stands for the ordered one.
    declared_whole: i64,
    facts: i64,
}

/// How much of a line is in shipments that are not cancelled.
#[derive(Default)]
struct Shipped {
    quantity: i128,
    occurred_at: BTreeMap<Timestamp, i64>,
}

/// A fact about an order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderLineFact {
    /// An order in force has the line.
    Ordered(Doc<Order>),
    /// A shipment carries so much of it.
    Shipped(Decimal, Timestamp),
    /// It costs something.
    Cost(LineCost),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderLineFinding {
    /// The cost of a component.
    LandedCost(LandedCostRow),
    /// The cost of the line, and whether it is off the estimate.
    Line(LandedCostLineRow, bool),
    /// Something somebody should look at.
    Exception(Arc<ExceptionRow>),
    /// So much of a component is in the view.
    InView(Component, i128),
    /// So much fell on a line that has no row.
    Outside(Component, i128),
}

impl Costs {
    fn apply(&mut self, cost: LineCost, diff: i64) {
        self.facts += diff;
        match cost {
            LineCost::Amount { amount, day, .. } => {
                self.amount += amount * i128::from(diff);
                self.parts += diff;
                count(&mut self.days, day, diff);
            }
            LineCost::CoversShipment { shipment, quantity, .. } => {
                let key = (shipment, quantity);
                let times = self.shipments.entry(key.clone()).or_insert(0);
                let was_covered = *times > 0;
                *times += diff;
                let is_covered = *times > 0;
                if *times == 0 {
                    self.shipments.remove(&key);
                }
                self.shipped += quantity.units() * (i128::from(is_covered) - i128::from(was_covered));
            }
            LineCost::CoversDeclared { quantity: Some(quantity), .. } => {
                self.declared += quantity.units() * i128::from(diff);
            }
            LineCost::CoversDeclared { quantity: None, .. } => self.declared_whole += diff,
        }
    }

    /// The sum so far; `None` if nothing contributed.
    pub fn actual(&self) -> Option<i128> {
        (self.parts > 0).then_some(self.amount)
    }

    /// The earliest date that contributed.
    pub fn earliest(&self) -> Option<Date> {
        self.days.keys().next().copied()
    }

    /// Which part of `ordered` is covered, at most 1.
    pub fn coverage(&self, ordered: Decimal) -> RBig {
        let covered = self.shipped + self.declared + ordered.units() * i128::from(self.declared_whole);
        let coverage = RBig::from(covered) / RBig::from(ordered.units());
        if coverage > RBig::ONE { RBig::ONE } else { coverage }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, i64>, key: K, diff: i64) {
    use std::collections::btree_map::Entry;
    match counts.entry(key) {
        Entry::Occupied(mut known) => {
            *known.get_mut() += diff;
            if *known.get() == 0 {
                known.remove();
            }
        }
        Entry::Vacant(new) => {
            new.insert(diff);
        }
    }
}

impl Dossier for OrderLineDossier {
    const NAME: &'static str = "OrderLines";
    type Key = (Text, u32);
    type Fact = OrderLineFact;
    type Finding = OrderLineFinding;

    fn apply(&mut self, fact: OrderLineFact, diff: isize) {
        match fact {
            OrderLineFact::Ordered(order) => self.order.update(order, diff),
            OrderLineFact::Shipped(quantity, occurred_at) => {
                self.shipped.quantity += quantity.units() * diff as i128;
                count(&mut self.shipped.occurred_at, occurred_at, diff as i64);
            }
            OrderLineFact::Cost(cost) => {
                let component = cost.component();
                let costs = self.costs.entry(component).or_default();
                costs.apply(cost, diff as i64);
                if costs.facts == 0 && costs.shipments.is_empty() {
                    self.costs.remove(&component);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty() && self.costs.is_empty() && self.shipped.occurred_at.is_empty()
    }

    fn evaluate(&self, key: &(Text, u32), world: &mut World<'_>, findings: &mut Vec<OrderLineFinding>) {
        let actuals = self.costs.iter().filter_map(|(component, costs)| Some((*component, costs.actual()?)));
        let order = self.order.only().filter(|order| order.data.status != OrderStatus::Cancelled);
        let Some((order, line)) = order.and_then(|order| Some((&order.data, order.data.line(key.1)?))) else {
            findings.extend(actuals.map(|(component, amount)| OrderLineFinding::Outside(component, amount)));
            return;
        };
        findings.extend(actuals.map(|(component, amount)| OrderLineFinding::InView(component, amount)));
        let view = Line { order, line, ordered: self.ordered(order, line), costs: &self.costs };
        let components = landed_cost::components(&view, world);
        let supplier = world.partner(&order.supplier);
        let place = Place {
            shipment: None,
            order: Some(order),
            partner_code: &order.supplier,
            partner: supplier.as_ref().map(|partner| &partner.data),
        };
        let total = landed_cost_lines::line(&view, &components, world);
        let off = landed_cost_lines::is_off(&view, &total, world);
        let mut found = Vec::new();
        if off {
            found.extend(exceptions::landed_cost_variance::exception(&place, &view, &total, world));
        }
        found.extend(exceptions::duty_variance::exception(&place, &view, &components, world));
        let shipped = Decimal::from_units(self.shipped.quantity);
        if let Some(latest) = self.shipped.occurred_at.keys().next_back().filter(|_| shipped > line.quantity) {
            found.push(exceptions::over_shipped::exception(&place, &view, shipped, *latest));
        }
        findings.extend(found.into_iter().map(|row| OrderLineFinding::Exception(Arc::new(row))));
        findings.extend(components.into_iter().map(|component| OrderLineFinding::LandedCost(component.row)));
        findings.push(OrderLineFinding::Line(total, off));
    }
}

impl OrderLineDossier {
    /// The quantity that coverage is measured against: of a closed order, what was shipped.
    fn ordered(&self, order: &Order, line: &OrderLine) -> Decimal {
        if order.status == OrderStatus::Closed && self.shipped.quantity > 0 {
            Decimal::from_units(self.shipped.quantity)
        } else {
            line.quantity
        }
    }
}

/// An order line of an order that is not cancelled, as the rules of landed cost see it.
pub struct Line<'a> {
    /// The order.
    pub order: &'a Order,
    /// The line.
    pub line: &'a OrderLine,
    /// The quantity that coverage is measured against.
    pub ordered: Decimal,
    /// Costs so far.
    pub costs: &'a BTreeMap<Component, Costs>,
}

impl Line<'_> {
    /// Quantity times unit price, exact, in the order's currency.
    pub fn goods_value(&self) -> RBig {
        fraction(self.line.quantity) * fraction(self.line.unit_price)
    }
}
