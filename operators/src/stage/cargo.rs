//! What a shipment carries, by order line, and by what its costs can be split (§5).

use dashu_int::UBig;
use dashu_ratio::RBig;
use landfall_schemas::event::{Basis, Component, ContentsLine, Order, Shipment};
use landfall_schemas::exact::{common_weights, split};
use landfall_schemas::{Decimal, Text};
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};
use triomphe::Arc;

use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::ShipmentSet;
use crate::operator::world::World;
use crate::views::freight_charges::seller_pays;

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

/// An exact value, in units of which all goods have the same: an unreduced fraction, for only the proportions count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Box<(UBig, UBig)>);

impl Value {
    /// A quantity times a price times a rate.
    fn new(quantity: i128, price: i128, rate: &RBig) -> Value {
        let positive = |number: i128| UBig::from(number.max(0).unsigned_abs());
        let rated = positive(quantity) * positive(price) * UBig::try_from(rate.numerator().clone()).unwrap_or_default();
        Value(Box::new((rated, rate.denominator().clone())))
    }

    fn plus(self, other: Value) -> Value {
        let ((a, b), (c, d)) = (*self.0, *other.0);
        if b == d {
            return Value(Box::new((a + c, b)));
        }
        let (numerator, denominator) = (RBig::from_parts(a.into(), b) + RBig::from_parts(c.into(), d)).into_parts();
        Value(Box::new((numerator.into_parts().1, denominator)))
    }
}

/// A weight that goods have: a fraction, seldom reduced.
type Weight = (UBig, UBig);

/// Brings weights to one denominator.
fn common(weights: Vec<Weight>) -> Vec<UBig> {
    let Some((_, first)) = weights.first() else { return Vec::new() };
    if weights.iter().all(|(_, denominator)| denominator == first) {
        return weights.into_iter().map(|(numerator, _)| numerator).collect();
    }
    let fractions: Vec<RBig> = weights.into_iter().map(|(a, b)| RBig::from_parts(a.into(), b)).collect();
    common_weights(&fractions)
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0.0.to_string(), self.0.1.to_string()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (numerator, denominator) = <(String, String)>::deserialize(deserializer)?;
        let parts = numerator.parse().and_then(|numerator| Ok((numerator, denominator.parse()?)));
        parts.map(|parts| Value(Box::new(parts))).map_err(serde::de::Error::custom)
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
    /// The weight by a basis; `None` where it has none above 0.
    fn weight(&self, basis: Basis) -> Option<Weight> {
        let units = |number: Decimal| (UBig::from(number.units().max(0).unsigned_abs()), UBig::ONE);
        let weight = match basis {
            Basis::Weight => units(self.weight_kg),
            Basis::Volume => units(self.volume_m3),
            Basis::Value => (*self.value.as_ref()?.0).clone(),
            Basis::Quantity => units(self.quantity),
            Basis::Equal => (UBig::ONE, UBig::ONE),
        };
        (!weight.0.is_zero()).then_some(weight)
    }
}

/// Splits an amount over cargo rows by the first basis that every row has above 0.
///
/// # Panics
/// If there are no rows.
pub fn split_over(rows: &[CargoRow], basis: Basis, amount: i128) -> SmallVec<[i128; 2]> {
    assert!(!rows.is_empty(), "there is something to split over");
    if rows.len() == 1 {
        return smallvec![amount];
    }
    let usable = fallbacks(basis)
        .iter()
        .find_map(|basis| rows.iter().map(|row| row.weight(*basis)).collect::<Option<Vec<Weight>>>());
    split(amount, &common(usable.expect("every row has the basis `equal`"))).into()
}

/// Weights of whole shipments by a basis of their contents: one without contents weighs nothing, unless none has any.
pub fn shipment_weights(cargos: &[&Cargo], basis: Basis) -> Vec<UBig> {
    if cargos.iter().all(|cargo| cargo.rows.is_empty()) {
        return vec![UBig::ONE; cargos.len()];
    }
    let usable = fallbacks(basis)
        .iter()
        .find_map(|basis| cargos.iter().map(|cargo| shipment_weight(cargo, *basis)).collect::<Option<Vec<_>>>());
    common(usable.expect("every shipment with contents has the basis `equal`"))
}

fn shipment_weight(cargo: &Cargo, basis: Basis) -> Option<Weight> {
    if cargo.rows.is_empty() {
        return Some((UBig::ZERO, UBig::ONE));
    }
    if basis == Basis::Equal {
        return Some((UBig::ONE, UBig::ONE));
    }
    let weights = cargo.rows.iter().filter_map(|row| row.weight(basis)).map(|weight| Value(Box::new(weight)));
    weights.reduce(Value::plus).map(|sum| *sum.0)
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
