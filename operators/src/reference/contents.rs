//! What shipments carry, and the exact split of amounts over it (§4 "by a basis of their contents", §5).

use std::collections::BTreeMap;

use dashu_ratio::RBig;
use landfall_schemas::Decimal;
use landfall_schemas::event::{Basis, ContentsLine, Shipment};
use landfall_schemas::exact::{common_weights, fraction, split};

use super::documents::Documents;
use super::money::{Rates, product};

/// Names a line of an order, known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OrderLineKey<'a> {
    pub order_id: &'a str,
    pub line_no: u32,
}

/// What a contents row, or the sum of several, weighs by each basis; 0 where not known.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    pub quantity: Decimal,
    weight: RBig,
    volume: RBig,
    value: RBig,
}

impl Measures {
    const NOTHING: Measures =
        Measures { quantity: Decimal::ZERO, weight: RBig::ZERO, volume: RBig::ZERO, value: RBig::ZERO };

    fn add(&mut self, other: &Measures) {
        self.quantity = self.quantity + other.quantity;
        self.weight += &other.weight;
        self.volume += &other.volume;
        self.value += &other.value;
    }

    fn by(&self, basis: Basis) -> RBig {
        match basis {
            Basis::Weight => self.weight.clone(),
            Basis::Volume => self.volume.clone(),
            Basis::Value => self.value.clone(),
            Basis::Quantity => fraction(self.quantity),
            Basis::Equal => RBig::ONE,
        }
    }
}

/// A part of an amount.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<K> {
    /// Where it goes.
    pub to: K,
    /// How much, in the minor units of the whole.
    pub minor: i128,
}

/// The contents of one or several shipments by order line.
pub(crate) type Goods<'a> = BTreeMap<OrderLineKey<'a>, Measures>;

/// The contents of all shipments that are not cancelled.
pub(crate) struct Contents<'a> {
    by_shipment: BTreeMap<&'a str, Goods<'a>>,
    by_line: BTreeMap<OrderLineKey<'a>, BTreeMap<&'a str, Decimal>>,
}

impl<'a> Contents<'a> {
    pub fn new(documents: &Documents<'a>, rates: &Rates) -> Contents<'a> {
        let goods_of = |shipment: &'a Shipment| {
            let mut goods = Goods::new();
            for row in &shipment.contents {
                let line = OrderLineKey { order_id: &row.order_id, line_no: row.line_no };
                goods.entry(line).or_insert(Measures::NOTHING).add(&measures(row, documents, rates));
            }
            goods
        };
        let by_shipment: BTreeMap<&str, Goods<'a>> =
            documents.live_shipments().map(|doc| (doc.data.shipment_id.as_str(), goods_of(doc.data))).collect();
        let mut by_line: BTreeMap<OrderLineKey<'a>, BTreeMap<&str, Decimal>> = BTreeMap::new();
        for (shipment, goods) in &by_shipment {
            for (line, measures) in goods {
                by_line.entry(*line).or_default().insert(shipment, measures.quantity);
            }
        }
        Contents { by_shipment, by_line }
    }

    /// What one shipment carries.
    pub fn of(&self, shipment: &str) -> &Goods<'a> {
        &self.by_shipment[shipment]
    }

    /// Every order line that shipments carry, with its quantity in each of them.
    pub fn lines(&self) -> &BTreeMap<OrderLineKey<'a>, BTreeMap<&'a str, Decimal>> {
        &self.by_line
    }

    /// What several shipments carry together.
    pub fn of_all(&self, shipments: &[&str]) -> Goods<'a> {
        let mut sum = Goods::new();
        for (line, measures) in shipments.iter().flat_map(|shipment| self.of(shipment)) {
            sum.entry(*line).or_insert(Measures::NOTHING).add(measures);
        }
        sum
    }

    /// The quantity of an order line in all shipments.
    pub fn shipped(&self, line: OrderLineKey<'_>) -> Decimal {
        self.by_line.get(&line).map_or(Decimal::ZERO, |carried| carried.values().copied().sum())
    }

    /// Splits an amount over shipments, ordered by id, by a basis of their contents.
    pub fn split_over_shipments(&self, minor: i128, basis: Basis, shipments: &[&'a str]) -> Vec<Part<&'a str>> {
        let laden: Vec<&str> = shipments.iter().copied().filter(|shipment| !self.of(shipment).is_empty()).collect();
        if laden.is_empty() {
            return parts(minor, shipments.iter().copied(), &vec![RBig::ONE; shipments.len()]);
        }
        let totals = laden
            .into_iter()
            .map(|shipment| {
                let mut total = Measures::NOTHING;
                self.of(shipment).values().for_each(|measures| total.add(measures));
                (shipment, total)
            })
            .collect::<BTreeMap<_, _>>();
        let basis = usable(basis, totals.values());
        let weights: Vec<RBig> =
            shipments.iter().map(|id| totals.get(id).map_or(RBig::ZERO, |total| total.by(basis))).collect();
        parts(minor, shipments.iter().copied(), &weights)
    }
}

/// Splits an amount over goods by a basis; there must be goods.
pub(crate) fn split_over_goods<'a>(minor: i128, basis: Basis, goods: &Goods<'a>) -> Vec<Part<OrderLineKey<'a>>> {
    let basis = usable(basis, goods.values());
    let weights: Vec<RBig> = goods.values().map(|measures| measures.by(basis)).collect();
    parts(minor, goods.keys().copied(), &weights)
}

fn parts<K>(minor: i128, keys: impl Iterator<Item = K>, weights: &[RBig]) -> Vec<Part<K>> {
    keys.zip(split(minor, &common_weights(weights))).map(|(to, minor)| Part { to, minor }).collect()
}

/// The first basis, from this one on, by which all weigh something.
fn usable<'m>(basis: Basis, measures: impl Iterator<Item = &'m Measures> + Clone) -> Basis {
    let next = match basis {
        Basis::Weight | Basis::Volume => Basis::Value,
        Basis::Value => Basis::Quantity,
        Basis::Quantity | Basis::Equal => Basis::Equal,
    };
    let usable_here = measures.clone().all(|measures| measures.by(basis) > RBig::ZERO);
    if usable_here || basis == Basis::Equal { basis } else { usable(next, measures) }
}

fn measures(row: &ContentsLine, documents: &Documents<'_>, rates: &Rates) -> Measures {
    let known = |number: Option<Decimal>| number.map_or(RBig::ZERO, fraction);
    Measures {
        quantity: row.quantity,
        weight: known(row.weight_kg),
        volume: known(row.volume_m3),
        value: value(row, documents, rates).unwrap_or(RBig::ZERO),
    }
}

/// The value of a contents row in the base currency, exact: its own, else by the price of its order line.
fn value(row: &ContentsLine, documents: &Documents<'_>, rates: &Rates) -> Option<RBig> {
    let order = documents.orders.get(row.order_id.as_str())?.data;
    let value = match row.value {
        Some(value) => fraction(value),
        None => product(row.quantity, order.line(row.line_no)?.unit_price),
    };
    Some(value * rates.base_rate(order.currency, order.ordered_on)?)
}
