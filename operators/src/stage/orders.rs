//! Orders: whether shipments carry them, and what is declared about them.

use landfall_schemas::Text;
use landfall_schemas::event::{Order, OrderStatus};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::quantities::QuantityMismatch;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::ExceptionRow;
use crate::views::exceptions::quantity_mismatch;
use crate::views::kpis::{self, KpiName, Tally};

/// What is known about an order.
#[derive(Default)]
pub struct OrderDossier {
    order: Bag<Doc<Order>>,
    shipments: isize,
    with_tracking: isize,
    with_eta: isize,
    mismatches: Bag<Arc<QuantityMismatch>>,
}

/// A fact about an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderFact {
    /// It is in force.
    Order(Doc<Order>),
    /// A shipment carries goods of it.
    Carried {
        /// Whether that has a tracking number.
        tracking: bool,
        /// Whether that has an estimated or actual delivery.
        eta: bool,
    },
    /// One of its lines is declared with another quantity than is shipped.
    Mismatch(Arc<QuantityMismatch>),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderFinding {
    /// It counts in a key figure.
    Tally(Tally),
    /// Something somebody should look at.
    Exception(Arc<ExceptionRow>),
}

impl Dossier for OrderDossier {
    const NAME: &'static str = "Orders";
    type Key = Text;
    type Fact = OrderFact;
    type Finding = OrderFinding;

    fn apply(&mut self, fact: OrderFact, diff: isize) {
        match fact {
            OrderFact::Order(order) => self.order.update(order, diff),
            OrderFact::Carried { tracking, eta } => {
                self.shipments += diff;
                self.with_tracking += if tracking { diff } else { 0 };
                self.with_eta += if eta { diff } else { 0 };
            }
            OrderFact::Mismatch(mismatch) => self.mismatches.update(mismatch, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty() && self.shipments == 0 && self.mismatches.is_empty()
    }

    fn evaluate(&self, _key: &Text, _world: &mut World<'_>, findings: &mut Vec<OrderFinding>) {
        let order = self.order.only().map(|order| &order.data);
        findings.extend(
            self.mismatches
                .iter()
                .map(|mismatch| OrderFinding::Exception(Arc::new(quantity_mismatch::exception(mismatch, order)))),
        );
        let Some(order) = order.filter(|order| order.status == OrderStatus::Open) else { return };
        let figures = [
            (KpiName::OrderHasShipment, self.shipments),
            (KpiName::OrderHasTracking, self.with_tracking),
            (KpiName::OrderHasEta, self.with_eta),
        ];
        findings
            .extend(figures.into_iter().map(|(name, with)| OrderFinding::Tally(kpis::of_order(name, order, with > 0))));
    }
}
