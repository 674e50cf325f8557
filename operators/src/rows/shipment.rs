//! Rows of the views of milestones, shipment status and timeline.

use landfall_schemas::event::{MilestoneKind, Mode};
use landfall_schemas::{Origin, Text, Timestamp};

use super::cell::{named_enum, view_row};

named_enum! {
    /// Where a due time comes from.
    DueSource {
        /// A planned milestone event.
        Event = "event",
        /// The shipment's plan.
        Plan = "plan",
        /// A service level.
        Sla = "sla",
    }
}

named_enum! {
    /// State of a milestone.
    MilestoneState {
        /// Happened; no due time.
        Done = "done",
        /// Happened in time.
        Met = "met",
        /// Happened too late.
        Late = "late",
        /// Has not happened and the limit has passed.
        Overdue = "overdue",
        /// Has not happened and is expected after the limit.
        AtRisk = "at_risk",
        /// Has not happened yet.
        Pending = "pending",
    }
}

named_enum! {
    /// Where an expected time of arrival comes from.
    EtaSource {
        /// It is delivered.
        Actual = "actual",
        /// The latest estimate.
        Estimated = "estimated",
        /// The due time.
        Planned = "planned",
    }
}

named_enum! {
    /// Kind of a timeline entry.
    TimelineKind {
        /// A customs status.
        CustomsStatus = "customs_status",
        /// A declaration.
        Declaration = "declaration",
        /// An invoice.
        Invoice = "invoice",
        /// A link between identifiers.
        Link = "link",
        /// A milestone.
        Milestone = "milestone",
        /// An order.
        Order = "order",
        /// A posting.
        Posting = "posting",
        /// A receipt.
        Receipt = "receipt",
        /// The shipment document.
        Shipment = "shipment",
    }
}

view_row! {
    /// A milestone of a shipment that is due or has happened.
    MilestoneRow key(shipment_id: Text, milestone: MilestoneKind) {
        /// The shipment.
        shipment_id: Text,
        /// Which milestone.
        milestone: MilestoneKind,
        /// When it is due.
        due_at: Option<Timestamp>,
        /// Where the due time comes from.
        due_source: Option<DueSource>,
        /// When it is expected.
        estimated_at: Option<Timestamp>,
        /// When it happened.
        actual_at: Option<Timestamp>,
        /// Its state at the clock.
        state: MilestoneState,
        /// Seconds after the due time; `late` only.
        lateness_seconds: Option<i64>,
    }
}

view_row! {
    /// Where a shipment stands.
    ShipmentStatusRow key(shipment_id: Text) {
        /// The shipment.
        shipment_id: Text,
        /// Its carrier's partner code.
        carrier: Text,
        /// Mode of transport.
        mode: Mode,
        /// The region that answers for it.
        region: Text,
        /// The latest milestone that happened.
        current_milestone: Option<MilestoneKind>,
        /// When it happened.
        current_at: Option<Timestamp>,
        /// The milestone due next.
        next_milestone: Option<MilestoneKind>,
        /// When it is due.
        next_due_at: Option<Timestamp>,
        /// Its state.
        next_state: Option<MilestoneState>,
        /// When it is or was expected to be delivered.
        eta_at: Option<Timestamp>,
        /// Where that comes from.
        eta_source: Option<EtaSource>,
        /// Where it was last seen.
        last_location: Text,
        /// The last reason a carrier gave.
        last_reason: Text,
        /// Open customs holds.
        open_holds: u32,
        /// Open exceptions.
        open_exceptions: u32,
    }
}

view_row! {
    /// A document in force that touches a shipment, in business time.
    TimelineRow key(shipment_id: Text, at: Timestamp, kind: TimelineKind, document: Text) {
        /// The shipment.
        shipment_id: Text,
        /// Business time.
        at: Timestamp,
        /// Kind of document.
        kind: TimelineKind,
        /// The document's key, parts joined by `/`.
        document: Text,
        /// What it says, in a few words.
        what: Text,
        /// Who says it or is concerned.
        party: Text,
        /// Where.
        location: Text,
        /// Why.
        reason: Text,
        /// The system that spoke.
        source: Text,
        /// Its event.
        event_id: Text,
        /// When the source recorded it.
        recorded_at: Timestamp,
        /// Topic or file of the smallest record that brought the event.
        origin: Origin,
        /// Partition of that record.
        partition: u32,
        /// Offset of that record.
        offset: u64,
    }
}
