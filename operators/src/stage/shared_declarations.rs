//! Declarations that cover several shipments: their shares, and what they cost.

use landfall_schemas::Text;
use landfall_schemas::event::Basis;
use landfall_schemas::exact::split;
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::cargo::Cargo;
use super::costs::{CostFinding, of_unnamed_lines};
use super::declarations::DeclarationState;
use super::proportions::shipment_weights;
use super::quantities::{QuantityMismatch, mismatches};
use super::terms::CustomsShare;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::ShipmentSet;
use crate::operator::world::World;

/// What is known about a set of shipments that declarations cover together.
#[derive(Default)]
pub struct SharedDeclarations {
    declarations: Bag<Arc<DeclarationState>>,
    members: Bag<Arc<Cargo>>,
}

/// A fact about such a set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SharedDeclarationFact {
    /// A live import covers exactly these shipments.
    Declaration(Arc<DeclarationState>),
    /// One of the shipments and what it carries.
    Member(Arc<Cargo>),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SharedDeclarationFinding {
    /// A shipment's share.
    Share(Text, Arc<CustomsShare>),
    /// What unnamed lines cost.
    Cost(CostFinding),
    /// Declared and shipped quantities differ.
    Mismatch(Arc<QuantityMismatch>),
}

impl Dossier for SharedDeclarations {
    const NAME: &'static str = "SharedDeclarations";
    type Key = ShipmentSet;
    type Fact = SharedDeclarationFact;
    type Finding = SharedDeclarationFinding;

    fn apply(&mut self, fact: SharedDeclarationFact, diff: isize) {
        match fact {
            SharedDeclarationFact::Declaration(state) => self.declarations.update(state, diff),
            SharedDeclarationFact::Member(cargo) => self.members.update(cargo, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.declarations.is_empty() && self.members.is_empty()
    }

    fn evaluate(&self, key: &ShipmentSet, world: &mut World<'_>, findings: &mut Vec<SharedDeclarationFinding>) {
        let mut cargos: Vec<&Cargo> = self.members.iter().map(Arc::as_ref).collect();
        if cargos.len() != key.len() {
            return;
        }
        cargos.sort_unstable_by(|a, b| a.shipment.data.shipment_id.cmp(&b.shipment.data.shipment_id));
        let mut states: Vec<&Arc<DeclarationState>> = self.declarations.iter().collect();
        states.sort_unstable_by(|a, b| a.data().declaration_id.cmp(&b.data().declaration_id));
        let weights = shipment_weights(&cargos, Basis::Value);
        for state in &states {
            let whole = CustomsShare::whole(state);
            let parts = whole.amounts.map(|amount| split(amount, &weights));
            findings.extend(key.iter().enumerate().map(|(index, shipment)| {
                let amounts = std::array::from_fn(|component: usize| parts[component][index]);
                let share = Arc::new(CustomsShare { amounts, ..whole.clone() });
                SharedDeclarationFinding::Share(shipment.clone(), share)
            }));
            of_unnamed_lines(state, &cargos, world, |cost| findings.push(SharedDeclarationFinding::Cost(cost)));
        }
        mismatches(&states, &cargos, world, |found| findings.push(SharedDeclarationFinding::Mismatch(found)));
    }
}
