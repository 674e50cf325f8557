//! Parts of landed cost on their way to order lines. All amounts are minor units of the base currency.

use landfall_schemas::event::{Basis, Component, Declaration, DeclarationLine};
use landfall_schemas::{Date, Decimal, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::cargo::{Cargo, Goods, merged_rows, split_over};
use super::declarations::{DeclarationState, customs_amounts};
use crate::operator::world::World;

/// A part of landed cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostFinding {
    /// A cost was incurred, before anything is split: the control total.
    Incurred(Component, i128),
    /// It falls on nothing that has a row.
    Outside(Component, i128),
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
        amount: i128,
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

/// What the lines of a live import cost that name an order line, or belong to nothing.
pub fn of_named_lines(state: &DeclarationState, world: &mut World<'_>, costs: &mut Vec<CostFinding>) {
    let homeless = state.target.shipments().is_empty();
    for line in &state.data().lines {
        for (component, amount) in in_base(line, state.data(), world) {
            match line.order_line() {
                Some((order_id, line_no)) => {
                    costs.push(CostFinding::Incurred(component, amount));
                    let day = state.data().declared_on;
                    for part in [
                        LineCost::Amount { component, amount, day },
                        LineCost::CoversDeclared { component, quantity: line.quantity },
                    ] {
                        costs.push(CostFinding::OnLine(order_id.clone(), line_no, part));
                    }
                }
                None if homeless => {
                    costs.push(CostFinding::Incurred(component, amount));
                    costs.push(CostFinding::Outside(component, amount));
                }
                None => {}
            }
        }
    }
}

/// What the other lines of a live import cost: split by value over everything in the shipments it covers.
pub fn of_unnamed_lines(
    state: &DeclarationState,
    cargos: &[&Cargo],
    world: &mut World<'_>,
    costs: &mut Vec<CostFinding>,
) {
    let rows = merged_rows(cargos);
    for line in state.unnamed_lines() {
        for (component, amount) in in_base(line, state.data(), world) {
            costs.push(CostFinding::Incurred(component, amount));
            if rows.is_empty() {
                costs.push(CostFinding::Outside(component, amount));
                continue;
            }
            let day = state.data().declared_on;
            for (row, amount) in rows.iter().zip(split_over(&rows, Basis::Value, amount)) {
                let part = LineCost::Amount { component, amount, day };
                costs.push(CostFinding::OnLine(row.order_id.clone(), row.line_no, part));
            }
            for cargo in cargos {
                costs.extend((0..cargo.rows.len()).map(|index| covers(cargo, index, component)));
            }
        }
    }
}

/// The goods of an order line in a shipment are covered.
pub fn covers(cargo: &Cargo, index: usize, component: Component) -> CostFinding {
    let row = &cargo.rows[index];
    let part = LineCost::CoversShipment { component, goods: Arc::clone(&cargo.goods[index]) };
    CostFinding::OnLine(row.order_id.clone(), row.line_no, part)
}

/// The amounts a declaration line gives, in the base currency, as far as there is a rate.
fn in_base(
    line: &DeclarationLine,
    declaration: &Declaration,
    world: &mut World<'_>,
) -> impl Iterator<Item = (Component, i128)> + use<> {
    customs_amounts(line)
        .map(|(component, amount)| {
            let amount = i128::from(amount?);
            Some((component, world.to_base(amount, declaration.currency, declaration.declared_on)?))
        })
        .into_iter()
        .flatten()
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
