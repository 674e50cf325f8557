//! Shipments as rows name them.

use std::cmp::Ordering;
use std::ops::Deref;

use landfall_schemas::Text;
use landfall_schemas::event::{Mode, Shipment};

use crate::document::{Doc, ShipmentFields};

/// A shipment that a row is about. Two are equal where everything is that rows show of them: most new versions of a
/// document say only what its milestones and charges show, and leave rows as they are. For findings, which are not kept:
/// what is kept would keep the version it came with.
#[derive(Clone, Debug)]
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
pub fn only_order(shipment: &ShipmentFields) -> Option<&Text> {
    let first = &shipment.contents.first()?.order_id;
    shipment.contents.iter().all(|line| line.order_id == *first).then_some(first)
}

impl Deref for Subject {
    type Target = ShipmentFields;
    fn deref(&self) -> &ShipmentFields {
        &self.0.data
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(&**self, &**other) || self.shown() == other.shown()
    }
}

impl Eq for Subject {}

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

#[cfg(test)]
mod tests {
    use landfall_schemas::event::{MilestoneKind, PlannedMilestone, ShipmentStatus};
    use landfall_schemas::{Envelope, Origin, RecordId, Timestamp};

    use super::*;
    use crate::document::Provenance;

    fn version(revision: u64, change: impl FnOnce(&mut Shipment)) -> Subject {
        let envelope = Envelope {
            event_id: Text::from(revision.to_string()),
            source: Text::from_static_str("tms"),
            occurred_at: Timestamp(0),
            recorded_at: Timestamp(0),
            revision,
        };
        let record = RecordId { origin: Origin::named("shipments"), partition: 0, offset: revision };
        let mut shipment = Shipment {
            shipment_id: Text::from_static_str("SHP-1"),
            carrier: Text::from_static_str("MAEU"),
            mode: Mode::Ocean,
            origin: None,
            destination: None,
            region: Text::from_static_str("EU"),
            status: ShipmentStatus::Active,
            identifiers: Box::default(),
            contents: Box::default(),
            plan: Box::default(),
            charges: Box::default(),
        };
        change(&mut shipment);
        Subject::new(&Doc::new(&Provenance::of(&envelope, record), shipment))
    }

    #[test]
    fn a_version_is_equal_that_shows_nothing_else() {
        let first = version(1, |_| {});
        let plan = [PlannedMilestone { milestone: MilestoneKind::Departed, at: Timestamp(1) }];
        assert_eq!(first, version(2, |shipment| shipment.plan = Box::new(plan)));
        assert_ne!(first, version(2, |shipment| shipment.region = Text::from_static_str("US")));
        assert_ne!(first, version(2, |shipment| shipment.carrier = Text::from_static_str("HLCU")));
    }
}
