//! What the transport management system says: shipments as booked, as picked up, as cancelled; links between numbers.

use landfall_schemas::event::{
    ContentsLine, Document, ExpectedCharge, Link, MilestoneKind, Mode, PlannedMilestone, Shipment, ShipmentStatus,
};
use landfall_schemas::{Decimal, Identifier, IdentifierType, Text, Timestamp};

use crate::generator::directory::GOODS;
use crate::generator::{numbers, rates};

use super::campaign::ShipmentPlan;
use super::charges::Payee;
use super::identity::identifier;
use super::orders::{line_no, thousandths};
use super::script::{Script, TMS, WMS};

/// The shipment is booked: the document's first version.
pub(crate) fn book(script: &mut Script, shipment: &ShipmentPlan) {
    let (status, numbers) = match known_at_booking(shipment) {
        true => (ShipmentStatus::Active, carriage_numbers(script, shipment)),
        false => (ShipmentStatus::Planned, vec![shipment.our_number()]),
    };
    let document = document(script, shipment, status, numbers);
    script.say(&TMS, shipment.times.booked, 0, Document::Shipment(document));
}

/// The booking is withdrawn before anything moved.
pub(crate) fn cancel(script: &mut Script, shipment: &ShipmentPlan) {
    let document = document(script, shipment, ShipmentStatus::Cancelled, vec![shipment.our_number()]);
    script.say(&TMS, shipment.times.picked_up, 1, Document::Shipment(document));
}

/// One in six is booked with all its numbers, so that nothing is left to add.
fn known_at_booking(shipment: &ShipmentPlan) -> bool {
    shipment.number % 6 == 2 && !shipment.linked
}

/// The goods are under way and the numbers known: in the document, or by links where systems do not talk.
pub(crate) fn dispatch(script: &mut Script, shipment: &ShipmentPlan) {
    let at = shipment.times.picked_up;
    if shipment.linked {
        link(script, shipment, at, 'C', shipment.our_number(), shipment.carrier_number());
    }
    if let (Some(tracking), true) = (shipment.tracking_number(), tracking_by_link(shipment)) {
        link(script, shipment, at, 'T', tracking, shipment.carrier_number_rekeyed());
    }
    if !known_at_booking(shipment) {
        let numbers = carriage_numbers(script, shipment);
        let document = document(script, shipment, ShipmentStatus::Active, numbers);
        script.say(&TMS, at, 1, Document::Shipment(document));
    }
    if script.dice.below(4_000) == 0 {
        // Somebody had to fill the field.
        let placeholder = identifier(IdentifierType::Bol, Text::from_static_str("TBA"));
        link(script, shipment, at, 'J', shipment.our_number(), placeholder);
    }
}

/// The tracking number of one shipment in three is known to the warehouse only.
fn tracking_by_link(shipment: &ShipmentPlan) -> bool {
    shipment.number % 3 == 1
}

/// The numbers that the shipment document claims once the goods are under way.
fn carriage_numbers(script: &Script, shipment: &ShipmentPlan) -> Vec<Identifier> {
    let mut numbers = vec![shipment.our_number()];
    if !shipment.linked {
        numbers.push(shipment.carrier_number());
    }
    if !tracking_by_link(shipment) {
        numbers.extend(shipment.tracking_number());
    }
    numbers.extend(shipment.group_number(script.campaign));
    numbers.extend(shipment.further_numbers());
    numbers
}

/// Two numbers of the shipment, found to be the same by the warehouse.
fn link(script: &mut Script, shipment: &ShipmentPlan, at: Timestamp, which: char, a: Identifier, b: Identifier) {
    let mut link_id = numbers::padded("LK", shipment.number, 8);
    link_id.push(which);
    let link = Link { link_id, a, b };
    script.say(&WMS, at, 0, Document::Link(link));
}

fn document(
    script: &Script,
    shipment: &ShipmentPlan,
    status: ShipmentStatus,
    identifiers: Vec<Identifier>,
) -> Shipment {
    Shipment {
        shipment_id: shipment.shipment_id(),
        carrier: Text::from_static_str(shipment.carrier.code),
        mode: shipment.lane.mode,
        origin: Some(Text::from_static_str(shipment.lane.origin)),
        destination: Some(Text::from_static_str(shipment.lane.destination)),
        region: Text::from_static_str(shipment.lane.region),
        status,
        identifiers: identifiers.into_boxed_slice(),
        contents: contents(script, shipment),
        plan: plan(shipment),
        charges: shipment.charges.iter().map(|charge| expected(shipment, charge)).collect(),
    }
}

fn contents(script: &Script, shipment: &ShipmentPlan) -> Box<[ContentsLine]> {
    let weighed = shipment.lane.mode != Mode::Parcel;
    let measured = !shipment.number.is_multiple_of(3);
    let lines = shipment.contents.iter().map(|part| {
        let order = script.order(part.order);
        let line = &order.lines[part.line];
        let (_, _, _, grams, cubic_cm) = GOODS[line.goods];
        let unknown_order = shipment.number % 150 == 42;
        let value = rates::about(
            part.quantity * line.price_cents,
            *rates::USD,
            order.currency,
            script.config.seed,
            order.ordered_at.date(),
        );
        ContentsLine {
            order_id: if unknown_order { numbers::padded("PO-X", order.number, 8) } else { order.order_id() },
            line_no: line_no(part.line),
            quantity: Decimal::whole(part.quantity),
            weight_kg: weighed.then(|| thousandths(part.quantity * grams)),
            volume_m3: measured
                .then(|| Decimal::from_units(i128::from(part.quantity * cubic_cm) * Decimal::SCALE / 1_000_000)),
            value: (shipment.number % 4 == 1).then(|| {
                Decimal::from_units(i128::from(value) * Decimal::SCALE / 10_i128.pow(order.currency.exponent()))
            }),
        }
    });
    lines.collect()
}

/// What was promised: by most all legs, by some the delivery only, by some nothing (service levels decide).
fn plan(shipment: &ShipmentPlan) -> Box<[PlannedMilestone]> {
    let times = &shipment.times;
    let delivered = PlannedMilestone { milestone: MilestoneKind::Delivered, at: times.planned_delivered };
    match shipment.number % 10 {
        0 => Box::default(),
        1 | 2 => Box::new([delivered]),
        _ => Box::new([
            PlannedMilestone { milestone: MilestoneKind::Departed, at: times.planned_departed },
            PlannedMilestone { milestone: MilestoneKind::Arrived, at: times.planned_arrived },
            delivered,
        ]),
    }
}

fn expected(shipment: &ShipmentPlan, charge: &super::charges::ExpectedPlan) -> ExpectedCharge {
    let payee = match charge.payee {
        Payee::Carrier => shipment.carrier.code,
        Payee::Broker => shipment.broker_code(),
    };
    ExpectedCharge {
        code: Text::from_static_str(charge.code),
        amount: charge.amount,
        currency: shipment.currency,
        payee: Text::from_static_str(payee),
    }
}
