//! Exceptions of a shipment and its carrier on their way to their rows.

use landfall_schemas::Timestamp;
use landfall_schemas::event::{MilestoneKind, Partner};

use super::{Place, delivered_not_received, late_milestone, no_tracking};
use crate::document::Doc;
use crate::rows::{ExceptionRow, MilestoneState};
use crate::stage::subject::Subject;

/// An exception of a shipment: its row, without the texts. The row is made where it comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfShipment {
    /// The shipment.
    pub shipment: Subject,
    /// Its carrier's partner document.
    pub carrier: Option<Doc<Partner>>,
    /// What is wrong.
    pub what: What,
    /// Since when.
    pub since: Timestamp,
}

/// What is wrong with a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A milestone is late, overdue or at risk.
    Late(MilestoneKind, MilestoneState),
    /// It is delivered and not received.
    NotReceived,
    /// It is under way without a tracking number.
    NoTracking,
}

impl OfShipment {
    /// The row.
    pub fn row(&self) -> ExceptionRow {
        let place = Place::at(&self.shipment, self.carrier.as_ref().map(|partner| &partner.data));
        match self.what {
            What::Late(milestone, state) => late_milestone::row(&place, milestone, state, self.since),
            What::NotReceived => delivered_not_received::row(&place, self.since),
            What::NoTracking => no_tracking::row(&place, self.since),
        }
    }
}
