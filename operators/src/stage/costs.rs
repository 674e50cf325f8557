//! Parts of landed cost on their way to order lines. All amounts are minor units of the base currency.

use std::cmp::Ordering;

use landfall_schemas::event::{Basis, Component, Declaration, DeclarationLine};
use landfall_schemas::exact::Rate;
use landfall_schemas::{Currency, Date, Decimal, Text};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use triomphe::Arc;

use super::cargo::{Cargo, Goods, merged_rows};
use super::declarations::{DeclarationState, customs_amounts};
use super::proportions::Proportions;
use super::wide::Wide;
use crate::operator::world::World;

/// A part of landed cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostFinding {
    /// A cost was incurred, before anything is split: the control total.
    Incurred(Component, Wide),
    /// It falls on nothing that has a row.
    Outside(Component, Wide),
    /// It falls on an order line.
    OnLine(Text, u32, LineCost),
}

/// What falls on an order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LineCost {
    /// An amount, and the date of issue or declaration it comes from.
    Amount {
        /// Component of landed cost.
        component: Component,
        /// How much.
        amount: Wide,
        /// From when.
        day: Date,
    },
    /// The goods that came with a shipment are covered.
    CoversShipment {
        /// Component of landed cost.
        component: Component,
        /// The shipment and the quantity of the line in it; it counts once however often it is covered.
        goods: Arc<Goods>,
    },
    /// A declaration line that names the order line covers so much; `None` stands for the ordered quantity.
    CoversDeclared {
        /// Component of landed cost.
        component: Component,
        /// The declared quantity.
        quantity: Option<Decimal>,
    },
}

/// What a charge costs on the goods of a shipment. The parts are made where it comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChargeCost {
    /// Component of landed cost.
    pub component: Component,
    /// By what it is split over the goods.
    pub basis: Basis,
    /// How much.
    pub amount: Wide,
    /// From when.
    pub day: Date,
    /// The goods.
    pub goods: Carried,
}

/// What a shipment carries. Two are equal where the goods are, whatever else its document says.
#[derive(Clone, Debug)]
pub struct Carried(pub Arc<Cargo>);

impl Ord for Carried {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        (&self.0.rows, &self.0.goods).cmp(&(&other.0.rows, &other.0.goods))
    }
}

impl PartialOrd for Carried {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Carried {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Carried {}

impl ChargeCost {
    /// The cost and its parts by order line, or that it falls on none.
    pub fn each(&self, mut give: impl FnMut(CostFinding)) {
        let &ChargeCost { component, basis, amount, day, .. } = self;
        let rows = &self.goods.0.rows;
        give(CostFinding::Incurred(component, amount));
        if rows.is_empty() {
            return give(CostFinding::Outside(component, amount));
        }
        for (row, amount) in rows.iter().zip(Proportions::of(rows, basis).split(amount.get())) {
            let part = LineCost::Amount { component, amount: amount.into(), day };
            give(CostFinding::OnLine(row.order_id.clone(), row.line_no, part));
        }
    }
}

impl Carried {
    /// These goods are covered; all of them where no row is given.
    pub fn each_covered(&self, component: Component, row: Option<usize>, give: impl FnMut(CostFinding)) {
        let rows = row.map_or(0..self.0.rows.len(), |row| row..row + 1);
        rows.map(|index| covers(&self.0, index, component)).for_each(give);
    }
}

/// What the lines of a live import cost that name an order line, or belong to nothing.
pub fn of_named_lines(state: &DeclarationState, world: &mut World<'_>, mut give: impl FnMut(CostFinding)) {
    let homeless = state.target.shipments().is_empty();
    let day = state.data().declared_on;
    let money = BaseMoney::of(state.data(), world);
    for line in &state.data().lines {
        let named = line.order_line();
        if named.is_none() && !homeless {
            continue;
        }
        for (component, amount) in money.amounts(line) {
            let amount = Wide::from(amount);
            give(CostFinding::Incurred(component, amount));
            let Some((order_id, line_no)) = named else {
                give(CostFinding::Outside(component, amount));
                continue;
            };
            let covered = LineCost::CoversDeclared { component, quantity: line.quantity };
            for part in [LineCost::Amount { component, amount, day }, covered] {
                give(CostFinding::OnLine(order_id.clone(), line_no, part));
            }
        }
    }
}

/// What the other lines of a live import cost: split by value over everything in the shipments it covers.
pub fn of_unnamed_lines(
    state: &DeclarationState,
    cargos: &[&Cargo],
    world: &mut World<'_>,
    mut give: impl FnMut(CostFinding),
) {
    let mut lines = state.unnamed_lines().peekable();
    if lines.peek().is_none() {
        return;
    }
    let rows = merged_rows(cargos);
    let proportions = (!rows.is_empty()).then(|| Proportions::of(&rows, Basis::Value));
    let money = BaseMoney::of(state.data(), world);
    let day = state.data().declared_on;
    let mut covered: SmallVec<[Component; 3]> = SmallVec::new();
    for (component, amount) in lines.flat_map(|line| money.amounts(line)) {
        give(CostFinding::Incurred(component, amount.into()));
        let Some(proportions) = &proportions else {
            give(CostFinding::Outside(component, amount.into()));
            continue;
        };
        for (row, amount) in rows.iter().zip(proportions.split(amount)) {
            let part = LineCost::Amount { component, amount: amount.into(), day };
            give(CostFinding::OnLine(row.order_id.clone(), row.line_no, part));
        }
        if !covered.contains(&component) {
            covered.push(component);
        }
    }
    // Goods are covered once, by however many lines.
    for (component, cargo) in covered.iter().flat_map(|component| cargos.iter().map(move |cargo| (*component, cargo))) {
        (0..cargo.rows.len()).map(|index| covers(cargo, index, component)).for_each(&mut give);
    }
}

/// The goods of an order line in a shipment are covered.
pub fn covers(cargo: &Cargo, index: usize, component: Component) -> CostFinding {
    let row = &cargo.rows[index];
    let part = LineCost::CoversShipment { component, goods: Arc::clone(&cargo.goods[index]) };
    CostFinding::OnLine(row.order_id.clone(), row.line_no, part)
}

/// How amounts of a declaration are converted to the base currency.
struct BaseMoney {
    from: Currency,
    to: Currency,
    /// `None` where there is none.
    rate: Option<Arc<Rate>>,
}

impl BaseMoney {
    fn of(declaration: &Declaration, world: &mut World<'_>) -> BaseMoney {
        let (from, to) = (declaration.currency, world.settings().base_currency);
        BaseMoney { from, to, rate: world.rate(from, to, declaration.declared_on) }
    }

    /// The amounts a declaration line gives, as far as there is a rate.
    fn amounts(&self, line: &DeclarationLine) -> impl Iterator<Item = (Component, i128)> {
        customs_amounts(line).into_iter().filter_map(|(component, amount)| {
            let amount = self.rate.as_ref()?.convert(i128::from(amount?), self.from, self.to)?;
            Some((component, amount))
        })
    }
}

impl LineCost {
    /// The component it belongs to.
    pub fn component(&self) -> Component {
        match self {
            LineCost::Amount { component, .. }
            | LineCost::CoversShipment { component, .. }
            | LineCost::CoversDeclared { component, .. } => *component,
        }
    }
}
