//! What a shipment carries, by order line, and by what its costs can be split (§5).

use std::sync::Arc;

use dashu_int::UBig;
use dashu_ratio::RBig;
use landfall_schemas::event::{Basis, Component, ContentsLine, Order, Shipment};
use landfall_schemas::exact::{common_weights, fraction};
use landfall_schemas::{Decimal, Text};
use serde::{Deserialize, Serialize};

use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::views::freight_charges::seller_pays;

/// A shipment that is not cancelled, with its contents summed by order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cargo {
    /// The shipment.
    pub shipment: Doc<Shipment>,
    /// Its contents by (order_id, line_no).
    pub rows: Box<[CargoRow]>,
    /// Who pays for what, under the Incoterms of its orders.
    pub liability: Liability,
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

/// An exact value in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Box<RBig>);

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(|value| Value(Box::new(value))).map_err(serde::de::Error::custom)
    }
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
            for component in Component::ALL {
                if !order.is_some_and(|order| seller_pays(order.data.incoterm.as_str(), component)) {
                    liability.seller_pays &= !bit(component);
                }
            }
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

/// A basis and those that stand in for it, in turn.
fn fallbacks(basis: Basis) -> &'static [Basis] {
    match basis {
        Basis::Weight => &[Basis::Weight, Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Volume => &[Basis::Volume, Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Value => &[Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Quantity => &[Basis::Quantity, Basis::Equal],
        Basis::Equal => &[Basis::Equal],
    }
}

impl CargoRow {
    fn weight(&self, basis: Basis) -> Option<RBig> {
        match basis {
            Basis::Weight => Some(fraction(self.weight_kg)),
            Basis::Volume => Some(fraction(self.volume_m3)),
            Basis::Value => self.value.as_ref().map(|value| (*value.0).clone()),
            Basis::Quantity => Some(fraction(self.quantity)),
            Basis::Equal => Some(RBig::ONE),
        }
    }
}

/// Weights of cargo rows for an exact split: the first basis that every row has above 0.
///
/// # Panics
/// If there are no rows.
pub fn row_weights(rows: &[CargoRow], basis: Basis) -> Vec<UBig> {
    assert!(!rows.is_empty(), "there is something to split over");
    let usable = fallbacks(basis).iter().find_map(|basis| {
        rows.iter().map(|row| row.weight(*basis).filter(|weight| *weight > RBig::ZERO)).collect::<Option<Vec<_>>>()
    });
    common_weights(&usable.expect("every row has the basis `equal`"))
}

/// Weights of whole shipments by a basis of their contents: one without contents weighs nothing, unless none has any.
pub fn shipment_weights(cargos: &[&Cargo], basis: Basis) -> Vec<UBig> {
    if cargos.iter().all(|cargo| cargo.rows.is_empty()) {
        return vec![UBig::ONE; cargos.len()];
    }
    let usable = fallbacks(basis)
        .iter()
        .find_map(|basis| cargos.iter().map(|cargo| shipment_weight(cargo, *basis)).collect::<Option<Vec<_>>>());
    common_weights(&usable.expect("every shipment with contents has the basis `equal`"))
}

fn shipment_weight(cargo: &Cargo, basis: Basis) -> Option<RBig> {
    if cargo.rows.is_empty() {
        return Some(RBig::ZERO);
    }
    if basis == Basis::Equal {
        return Some(RBig::ONE);
    }
    let sum = cargo.rows.iter().filter_map(|row| row.weight(basis)).fold(RBig::ZERO, |sum, weight| sum + weight);
    (sum > RBig::ZERO).then_some(sum)
}

/// The rows of several shipments, those of one order line summed.
pub fn merged_rows(cargos: &[&Cargo]) -> Vec<CargoRow> {
    sum_by_line(cargos.iter().flat_map(|cargo| cargo.rows.iter().cloned()).collect())
}

fn sum_by_line(mut rows: Vec<CargoRow>) -> Vec<CargoRow> {
    rows.sort_by(|a, b| (&a.order_id, a.line_no).cmp(&(&b.order_id, b.line_no)));
    let mut sums: Vec<CargoRow> = Vec::with_capacity(rows.len());
    for row in rows {
        match sums.last_mut().filter(|sum| (&sum.order_id, sum.line_no) == (&row.order_id, row.line_no)) {
            Some(sum) => {
                sum.quantity = sum.quantity + row.quantity;
                sum.weight_kg = sum.weight_kg + row.weight_kg;
                sum.volume_m3 = sum.volume_m3 + row.volume_m3;
                sum.value = match (sum.value.take(), row.value) {
                    (Some(a), Some(b)) => Some(Value(Box::new(*a.0 + *b.0))),
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
}

/// A fact about a shipment's contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CargoFact {
    /// The shipment is in force and not cancelled.
    Shipment(Doc<Shipment>),
    /// An order that its contents name is in force.
    Order(Doc<Order>),
}

impl Dossier for CargoDossier {
    const NAME: &'static str = "Cargo";
    type Key = Text;
    type Fact = CargoFact;
    type Finding = (Text, Arc<Cargo>);

    fn apply(&mut self, fact: CargoFact, diff: isize) {
        match fact {
            CargoFact::Shipment(shipment) => self.shipment.update(shipment, diff),
            CargoFact::Order(order) => self.orders.update(order, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.shipment.is_empty() && self.orders.is_empty()
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<(Text, Arc<Cargo>)>) {
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
        let cargo = Cargo {
            shipment: shipment.clone(),
            rows: sum_by_line(rows).into(),
            liability: Liability::of(contents.iter().map(order)),
        };
        findings.push((key.clone(), Arc::new(cargo)));
    }
}

/// The value of a contents line: as given, else quantity × unit price of its order line; in the base currency.
fn value(line: &ContentsLine, order: &Doc<Order>, world: &mut World<'_>) -> Option<Value> {
    let value = match line.value {
        Some(value) => fraction(value),
        None => fraction(line.quantity) * fraction(order.data.line(line.line_no)?.unit_price),
    };
    let rate = world.rate(order.data.currency, world.settings().base_currency, order.data.ordered_on)?;
    Some(Value(Box::new(value * rate.as_fraction())))
}
