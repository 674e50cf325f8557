//! Declared against shipped quantities of the declarations that cover the same shipments.

use landfall_schemas::event::{Partner, Shipment};
use landfall_schemas::{Decimal, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::cargo::Cargo;
use super::declarations::DeclarationState;
use crate::document::Doc;
use crate::operator::world::World;

/// An order line whose declared quantity is not the shipped one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuantityMismatch {
    /// The order.
    pub order_id: Text,
    /// Its line.
    pub line_no: u32,
    /// Of the declarations that declare it, the one with the smallest id.
    pub declaration: Arc<DeclarationState>,
    /// Declared in all.
    pub declared: Decimal,
    /// Shipped in all.
    pub shipped: Decimal,
    /// The shipment, where they cover just one.
    pub shipment: Option<Doc<Shipment>>,
    /// The broker's partner document.
    pub partner: Option<Doc<Partner>>,
}

/// Compares all live imports that cover exactly these shipments, in the order of their ids, with what is in them.
pub fn mismatches(
    states: &[&Arc<DeclarationState>],
    cargos: &[&Cargo],
    world: &mut World<'_>,
    mut give: impl FnMut(Arc<QuantityMismatch>),
) {
    let mut declared: Vec<(&Text, u32, Decimal, &Arc<DeclarationState>)> = Vec::new();
    for state in states {
        for line in &state.data().lines {
            let (Some((order_id, line_no)), Some(quantity)) = (line.order_line(), line.quantity) else { continue };
            match declared.iter_mut().find(|(order, line, _, _)| *order == order_id && *line == line_no) {
                Some((_, _, sum, _)) => *sum = *sum + quantity,
                None => declared.push((order_id, line_no, quantity, state)),
            }
        }
    }
    for (order_id, line_no, declared, state) in declared {
        let rows = cargos.iter().flat_map(|cargo| cargo.rows.iter());
        let of_line = rows.filter(|row| row.line_no == line_no && row.order_id == *order_id);
        let shipped = of_line.map(|row| row.quantity).sum();
        if declared != shipped {
            give(Arc::new(QuantityMismatch {
                order_id: order_id.clone(),
                line_no,
                declaration: Arc::clone(state),
                declared,
                shipped,
                shipment: if let [only] = cargos { Some(only.shipment.clone()) } else { None },
                partner: world.partner(&state.data().broker),
            }));
        }
    }
}
