//! What carriers, warehouse and ledger say about the way: planned, estimated and actual milestones, and corrections.

use landfall_schemas::event::{Classifier, Document, Milestone, MilestoneKind, Mode};
use landfall_schemas::{Identifier, IdentifierType, Text, Timestamp};

use crate::generator::config::HOUR_MS;
use crate::generator::numbers;

use super::campaign::{ShipmentPlan, uses_broker};
use super::identity::identifier;
use super::script::{Script, WMS, carrier_system, erp};

const REASONS: &[&str] = &["NS", "AI", "weather", "port congestion", "B1", "customs exam"];

/// A milestone about to be said.
struct Report {
    milestone: MilestoneKind,
    classifier: Classifier,
    at: Timestamp,
    /// When the source learned of it.
    known_at: Timestamp,
    revision: u64,
    location: &'static str,
}

impl Report {
    fn actual(milestone: MilestoneKind, at: Timestamp, location: &'static str) -> Report {
        Report { milestone, classifier: Classifier::Actual, at, known_at: at, revision: 0, location }
    }

    fn estimated(milestone: MilestoneKind, at: Timestamp, known_at: Timestamp, revision: u64) -> Report {
        Report { milestone, classifier: Classifier::Estimated, at, known_at, revision, location: "" }
    }
}

/// How a carrier names the shipment; rarely in a way that nobody knows.
fn reference(script: &mut Script, shipment: &ShipmentPlan) -> Identifier {
    match script.dice.below(200) {
        0 => identifier(shipment.carrier_number().kind, numbers::padded("UNK", shipment.number, 7)),
        1..=30 => shipment.own_id(),
        31..=60 => shipment.carrier_number_rekeyed(),
        61..=90 => shipment.tracking_number().unwrap_or_else(|| shipment.carrier_number()),
        _ => shipment.carrier_number(),
    }
}

fn report(script: &mut Script, shipment: &ShipmentPlan, source: &Text, reference: Identifier, report: &Report) {
    let classifier = &report.classifier.as_str()[..1];
    let late = report.classifier == Classifier::Actual && script.percent(6);
    let mut milestone_id = numbers::padded("", shipment.number * 100 + report.milestone as u64, 10);
    milestone_id.push_str(classifier);
    let milestone = Milestone {
        milestone_id,
        reference,
        milestone: report.milestone,
        classifier: report.classifier,
        at: report.at,
        location: (!report.location.is_empty()).then(|| Text::from_static_str(report.location)),
        reason: late.then(|| Box::new(Text::from_static_str(script.dice.pick(REASONS)))),
    };
    script.say(source, report.known_at, report.revision, Document::Milestone(milestone));
}

/// The carrier reports, with the numbers it uses.
fn carrier_reports(script: &mut Script, shipment: &ShipmentPlan, said: &Report) {
    let reference = reference(script, shipment);
    report(script, shipment, &carrier_system(shipment), reference, said);
}

/// The carrier reports for the container: once for all that is in it, by the shipment that leads the group.
fn group_reports(script: &mut Script, place: usize, shipment: &ShipmentPlan, said: &Report) {
    if !shipment.group.tracked {
        return carrier_reports(script, shipment, said);
    }
    if place == shipment.group.leader {
        let reference = shipment.group_number(script.campaign).expect("a shared shipment has a group number");
        report(script, shipment, &carrier_system(shipment), reference, said);
    }
}

/// Booked; sometimes with a promise of its own.
pub(crate) fn booked(script: &mut Script, shipment: &ShipmentPlan) {
    let times = shipment.times;
    let source = carrier_system(shipment);
    if script.percent(60) {
        let said = Report::actual(MilestoneKind::Booked, times.booked, "");
        report(script, shipment, &source, shipment.our_number(), &said);
    }
    if script.percent(10) {
        let promise = Report {
            milestone: MilestoneKind::Delivered,
            classifier: Classifier::Planned,
            at: times.planned_delivered.plus_ms(6 * HOUR_MS),
            known_at: times.booked,
            revision: 0,
            location: "",
        };
        report(script, shipment, &source, shipment.our_number(), &promise);
    }
}

/// Picked up.
pub(crate) fn picked_up(script: &mut Script, shipment: &ShipmentPlan) {
    if script.percent(82) {
        let said = Report::actual(MilestoneKind::PickedUp, shipment.times.picked_up, shipment.lane.origin);
        carrier_reports(script, shipment, &said);
    }
    if shipment.lane.customs.is_some() && script.percent(12) {
        let filed = Report::actual(MilestoneKind::ExportFiled, shipment.times.picked_up, "");
        carrier_reports(script, shipment, &filed);
        let accepted = shipment.times.picked_up.plus_ms(2 * HOUR_MS);
        carrier_reports(script, shipment, &Report::actual(MilestoneKind::ExportAccepted, accepted, ""));
    }
}

/// Departed, with a first estimate of the arrival.
pub(crate) fn departed(script: &mut Script, place: usize, shipment: &ShipmentPlan) {
    let times = shipment.times;
    group_reports(
        script,
        place,
        shipment,
        &Report::actual(MilestoneKind::Departed, times.departed, shipment.lane.origin),
    );
    if script.percent(28) {
        let slip = script.dice.between(-12, 6) * HOUR_MS;
        let estimate = Report::estimated(MilestoneKind::Delivered, times.delivered.plus_ms(slip), times.departed, 0);
        carrier_reports(script, shipment, &estimate);
    }
}

/// The estimate is corrected: the same document again with the next revision.
pub(crate) fn nearing(script: &mut Script, place: usize, shipment: &ShipmentPlan, at: Timestamp) {
    let times = shipment.times;
    if script.percent(46) {
        let slip = script.dice.between(-4, 4) * HOUR_MS;
        let estimate = Report::estimated(MilestoneKind::Delivered, times.delivered.plus_ms(slip), at, 1);
        carrier_reports(script, shipment, &estimate);
    }
    if script.percent(14) {
        let slip = script.dice.between(-3, 3) * HOUR_MS;
        let estimate = Report::estimated(MilestoneKind::Arrived, times.arrived.plus_ms(slip), at, 0);
        group_reports(script, place, shipment, &estimate);
    }
}

/// Arrived; where no declaration of ours is filed, the carrier clears and says so.
pub(crate) fn arrived(script: &mut Script, place: usize, shipment: &ShipmentPlan) {
    let times = shipment.times;
    let said = Report::actual(MilestoneKind::Arrived, times.arrived, shipment.lane.destination);
    group_reports(script, place, shipment, &said);
    let clears_itself = shipment.lane.customs.is_some() && !uses_broker(shipment.lane, shipment.number);
    if clears_itself && script.percent(40) {
        for (milestone, hours) in
            [(MilestoneKind::CustomsFiled, 1), (MilestoneKind::CustomsAccepted, 2), (MilestoneKind::CustomsReleased, 9)]
        {
            carrier_reports(script, shipment, &Report::actual(milestone, times.arrived.plus_ms(hours * HOUR_MS), ""));
        }
    }
}

/// Out for delivery, delivered, proof of delivery; a few deliveries are never reported.
pub(crate) fn delivered(script: &mut Script, shipment: &ShipmentPlan) {
    let times = shipment.times;
    let destination = shipment.lane.destination;
    if script.percent(25) {
        let out = times.delivered.plus_ms(-2 * HOUR_MS).max(times.arrived);
        carrier_reports(script, shipment, &Report::actual(MilestoneKind::OutForDelivery, out, destination));
    }
    if script.percent(97) {
        carrier_reports(script, shipment, &Report::actual(MilestoneKind::Delivered, times.delivered, destination));
    }
    if script.percent(if shipment.lane.mode == Mode::Parcel { 92 } else { 18 }) {
        let signed = times.delivered.plus_ms(3 * HOUR_MS);
        carrier_reports(script, shipment, &Report::actual(MilestoneKind::PodReceived, signed, ""));
    }
}

/// The warehouse sees the goods.
pub(crate) fn received(script: &mut Script, shipment: &ShipmentPlan) {
    if script.percent(6) {
        let said = Report::actual(MilestoneKind::GoodsReceived, shipment.times.received, shipment.lane.destination);
        report(script, shipment, &WMS, shipment.own_id(), &said);
    }
}

/// The carrier corrects the time of the delivery; the ledger reports the landed cost as a milestone.
pub(crate) fn settled(script: &mut Script, shipment: &ShipmentPlan) {
    let times = shipment.times;
    if script.percent(6) {
        let mut said = Report::actual(
            MilestoneKind::Delivered,
            times.delivered.plus_ms(script.dice.between(-5, 5) * HOUR_MS),
            shipment.lane.destination,
        );
        said.revision = 1;
        said.known_at = times.settled;
        carrier_reports(script, shipment, &said);
    }
    if script.percent(3) {
        let said = Report::actual(MilestoneKind::LandedCostPosted, times.settled, "");
        let by_order = script.percent(10);
        let order = script.order(shipment.contents[0].order).order_id();
        let reference = if by_order { identifier(IdentifierType::Order, order) } else { shipment.own_id() };
        report(script, shipment, &erp(shipment.lane.region), reference, &said);
    }
}
