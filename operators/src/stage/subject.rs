//! Shipments as rows name them.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use landfall_schemas::Text;
use landfall_schemas::event::{Mode, Shipment};
use serde::{Deserialize, Serialize};

use crate::document::Doc;

/// A shipment that a row is about. Two are equal where everything is that rows show of them: most new versions of a
/// document say only what its milestones and charges show, and leave rows as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subject(Doc<Shipment>);

impl Subject {
    /// The shipment of a document.
    pub fn new(shipment: &Doc<Shipment>) -> Subject {
        Subject(shipment.clone())
    }

    /// The only order that its contents name.
    pub fn only_order(&self) -> Option<&Text> {
        only_order(self)
    }

    fn shown(&self) -> (&Text, &Text, Mode, &Text, Option<&Text>) {
        (&self.shipment_id, &self.carrier, self.mode, &self.region, self.only_order())
    }
}

/// The only order that a shipment's contents name.
pub fn only_order(shipment: &Shipment) -> Option<&Text> {
    let first = &shipment.contents.first()?.order_id;
    shipment.contents.iter().all(|line| line.order_id == *first).then_some(first)
}

impl Deref for Subject {
    type Target = Shipment;
    fn deref(&self) -> &Shipment {
        &self.0.data
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(&**self, &**other) || self.shown() == other.shown()
    }
}

impl Eq for Subject {}

impl Hash for Subject {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shown().hash(state);
    }
}

impl Ord for Subject {
    fn cmp(&self, other: &Self) -> Ordering {
        self.shown().cmp(&other.shown())
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
