//! What a shipment carries, by order line, and by what its costs can be split (§5).

use std::borrow::Cow;

use landfall_schemas::event::{Component, ContentsLine, Order, Shipment};
use landfall_schemas::{Decimal, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::proportions::Value;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::ShipmentSet;
use crate::operator::world::World;
use crate::views::freight_charges::paid_by_seller;

/// A shipment that is not cancelled, with its contents summed by order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cargo {
    /// The shipment.
    pub shipment: Doc<Shipment>,
    /// Its contents by (order_id, line_no).
    pub rows: Box<[CargoRow]>,
    /// For each of the rows how much of its line the shipment carries.
    pub goods: Box<[Arc<Goods>]>,
    /// Who pays for what, under the Incoterms of its orders.
    pub liability: Liability,
}

/// How much of an order line a shipment carries; shared by the costs of the line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Goods {
    /// The shipment.
    pub shipment: Text,
    /// Quantity in the order line's unit.
    pub quantity: Decimal,
}

/// The goods of one order line in a shipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CargoRow {
    /// The order.
    pub order_id: Text,
    /// Its line.
    pub line_no: u32,
    /// Quantity in the order line's unit.
    pub quantity: Decimal,
    /// Kilograms; 0 where not given.
    pub weight_kg: Decimal,
    /// Cubic metres; 0 where not given.
    pub volume_m3: Decimal,
    /// Value in the base currency, exact; `None` where it cannot be told.
    pub value: Option<Value>,
}

/// What the Incoterms of a shipment's orders say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Liability {
    /// Whether its contents name an order at all.
    pub names_orders: bool,
    /// One bit per component: every order named is known and its seller pays that component.
    seller_pays: u8,
}

impl Liability {
    /// Of a shipment that names these orders; `None` stands for one that is not known.
    fn of<'a>(orders: impl Iterator<Item = Option<&'a Doc<Order>>>) -> Liability {
        let mut liability = Liability { names_orders: false, seller_pays: u8::MAX };
        for order in orders {
            liability.names_orders = true;
            let paid = order.map_or(&[][..], |order| paid_by_seller(order.data.incoterm.as_str()));
            liability.seller_pays &= paid.iter().fold(0, |bits, component| bits | bit(*component));
        }
        liability
    }

    /// Whether, over all these shipments, at least one order is named and the seller pays a component of every one.
    pub fn seller_pays_all<'a>(shipments: impl Iterator<Item = &'a Liability> + Clone, component: Component) -> bool {
        shipments.clone().any(|liability| liability.names_orders)
            && shipments.clone().all(|liability| liability.seller_pays & bit(component) != 0)
    }
}

fn bit(component: Component) -> u8 {
    1 << component as u8
}

/// The rows of several shipments, those of one order line summed.
pub fn merged_rows<'a>(cargos: &[&'a Cargo]) -> Cow<'a, [CargoRow]> {
    match cargos {
        [only] => Cow::Borrowed(&only.rows),
        several => Cow::Owned(sum_by_line(several.iter().flat_map(|cargo| cargo.rows.iter().cloned()).collect())),
    }
}

fn sum_by_line(mut rows: Vec<CargoRow>) -> Vec<CargoRow> {
    fn line(row: &CargoRow) -> (&Text, u32) {
        (&row.order_id, row.line_no)
    }
    if rows.is_sorted_by(|a, b| line(a) < line(b)) {
        return rows;
    }
    rows.sort_by(|a, b| line(a).cmp(&line(b)));
    let mut sums: Vec<CargoRow> = Vec::with_capacity(rows.len());
    for row in rows {
        match sums.last_mut().filter(|sum| line(sum) == line(&row)) {
            Some(sum) => {
                sum.quantity = sum.quantity + row.quantity;
                sum.weight_kg = sum.weight_kg + row.weight_kg;
                sum.volume_m3 = sum.volume_m3 + row.volume_m3;
                sum.value = match (sum.value.take(), row.value) {
                    (Some(a), Some(b)) => Some(a.plus(b)),
                    (a, b) => a.or(b),
                };
            }
            None => sums.push(row),
        }
    }
    sums
}

/// What is known about a shipment's contents.
#[derive(Default)]
pub struct CargoDossier {
    shipment: Bag<Doc<Shipment>>,
    orders: Bag<Doc<Order>>,
    covered: Bag<ShipmentSet>,
}

/// A fact about a shipment's contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CargoFact {
    /// The shipment is in force and not cancelled.
    Shipment(Doc<Shipment>),
    /// An order that its contents name is in force.
    Order(Doc<Order>),
    /// A live import covers exactly these shipments, and it is one of them.
    Covered(ShipmentSet),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CargoFinding {
    /// What the shipment carries.
    Cargo(Text, Arc<Cargo>),
    /// What a member of the set carries.
    Member(ShipmentSet, Arc<Cargo>),
}

impl Dossier for CargoDossier {
    const NAME: &'static str = "Cargo";
    type Key = Text;
    type Fact = CargoFact;
    type Finding = CargoFinding;

    fn apply(&mut self, fact: CargoFact, diff: isize) {
        match fact {
            CargoFact::Shipment(shipment) => self.shipment.update(shipment, diff),
            CargoFact::Order(order) => self.orders.update(order, diff),
            CargoFact::Covered(set) => self.covered.update(set, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.shipment.is_empty() && self.orders.is_empty() && self.covered.is_empty()
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<CargoFinding>) {
        let Some(shipment) = self.shipment.only() else { return };
        let contents = &shipment.data.contents;
        let order = |line: &ContentsLine| self.orders.iter().find(|order| order.data.order_id == line.order_id);
        let rows = contents
            .iter()
            .map(|line| CargoRow {
                order_id: line.order_id.clone(),
                line_no: line.line_no,
                quantity: line.quantity,
                weight_kg: line.weight_kg.unwrap_or_default(),
                volume_m3: line.volume_m3.unwrap_or_default(),
                value: order(line).and_then(|order| value(line, order, world)),
            })
            .collect();
        let rows = sum_by_line(rows);
        let goods = |row: &CargoRow| Arc::new(Goods { shipment: key.clone(), quantity: row.quantity });
        let cargo = Cargo {
            shipment: shipment.clone(),
            goods: rows.iter().map(goods).collect(),
            rows: rows.into(),
            liability: Liability::of(contents.iter().map(order)),
        };
        let cargo = Arc::new(cargo);
        findings.extend(self.covered.iter().map(|set| CargoFinding::Member(set.clone(), Arc::clone(&cargo))));
        findings.push(CargoFinding::Cargo(key.clone(), cargo));
    }
}

/// The value of a contents line: as given, else quantity × unit price of its order line; in the base currency.
fn value(line: &ContentsLine, order: &Doc<Order>, world: &mut World<'_>) -> Option<Value> {
    let (quantity, price) = match line.value {
        Some(value) => (value.units(), Decimal::SCALE),
        None => (line.quantity.units(), order.data.line(line.line_no)?.unit_price.units()),
    };
    let rate = world.rate(order.data.currency, world.settings().base_currency, order.data.ordered_on)?;
    Some(Value::new(quantity, price, rate.as_fraction()))
}
