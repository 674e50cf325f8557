//! Shipments, links, milestones.
//!
//! §3: identifiers shared by shipments, links within and across them, chains longer than a small `max_component`,
//! links of a number with itself, withdrawn links, groups. §4, §5: expected charges of zero and below in several
//! currencies, other payees, contents without quantity, weight, volume or value, an order line twice, unknown orders,
//! no contents. §6: all milestones and classifiers, corrections, ties, plans. §8: locations and reasons.

use landfall_schemas::event::{
    Classifier, ContentsLine, Document, ExpectedCharge, Link, Milestone, MilestoneKind, Mode, PlannedMilestone,
    Shipment, ShipmentStatus,
};
use landfall_schemas::format_text;
use landfall_schemas::{Identifier, IdentifierType, Text};

use super::world::{BROKERS, CODES, LINE_NOS, REGIONS, World, shipment_id};

const TMS: &[&str] = &["tms", "tms:old"];
const MODES: &[Mode] = &[Mode::Ocean, Mode::Air, Mode::Road, Mode::Rail, Mode::Parcel, Mode::Other];

/// Links of the chain that is longer than a small `max_component`.
const CHAIN: u64 = 12;

/// Says all shipments, links and milestones.
pub(crate) fn populate(world: &mut World) {
    for number in 0..world.shipments {
        world.say(TMS, 4, |world| Document::Shipment(shipment(world, number)));
        let made = shipment(world, number);
        // The latest by far: what the other documents answer to is often in force.
        world.made_shipments.push(made.clone());
        world.say(TMS, 1, |_| Document::Shipment(made.clone()));
        if let Some(said) = world.said.last_mut() {
            said.envelope.revision = 3;
            said.envelope.recorded_at = said.envelope.recorded_at.min(world.as_of);
        }
        world.say(&["wms", "tms"], 3, |world| Document::Link(link(world, number)));
        for nth in 0..7 {
            world.say(&["carrier:MAEU", "carrier:DHLX"], 3, |world| Document::Milestone(milestone(world, number, nth)));
        }
    }
    if world.dice.percent(50) {
        for nth in 0..CHAIN {
            world.say(&["wms"], 1, |world| Document::Link(chain_link(world, nth)));
        }
    }
}

fn shipment(world: &mut World, number: u64) -> Shipment {
    let carrier = world.carrier();
    let mut identifiers = Vec::new();
    for _ in 0..world.dice.between(0, 3) {
        let whose = if world.dice.percent(8) { world.shipment_number() } else { number };
        identifiers.push(world.identity(whose));
    }
    for _ in 0..world.dice.between(0, 2) {
        identifiers.push(world.possible_group());
    }
    Shipment {
        shipment_id: shipment_id(number),
        mode: world.dice.pick(MODES),
        origin: world.text(30),
        destination: world.dice.percent(30).then(|| "NLRTM".into()),
        region: world.code(REGIONS),
        status: world.dice.weighted(&[
            (ShipmentStatus::Active, 76),
            (ShipmentStatus::Planned, 14),
            (ShipmentStatus::Cancelled, 10),
        ]),
        identifiers: identifiers.into_boxed_slice(),
        contents: contents(world),
        plan: plan(world),
        charges: charges(world, &carrier),
        carrier,
    }
}

fn contents(world: &mut World) -> Box<[ContentsLine]> {
    // Each basis is given by all lines, by some, or by none.
    let given: [u64; 3] = std::array::from_fn(|_| world.dice.pick(&[100, 100, 60, 0]));
    let order = world.order_id();
    let zeros = world.dice.percent(20);
    let mut lines: Vec<ContentsLine> = Vec::new();
    for _ in 0..world.dice.weighted(&[(0, 12), (1, 35), (2, 30), (3, 15), (5, 8)]) {
        let mostly_one = world.dice.percent(60);
        let order_id = if mostly_one { order.clone() } else { world.order_id() };
        let pool: &[i64] = if zeros { &[0, 10, 0] } else { &[10, 25, 30, 100, 7] };
        lines.push(ContentsLine {
            order_id,
            line_no: if world.dice.percent(5) { 77 } else { world.dice.pick(LINE_NOS) },
            quantity: world.number(100, pool).unwrap_or_default(),
            weight_kg: world.number(given[0], pool),
            volume_m3: world.number(given[1], pool),
            value: world.number(given[2], pool),
        });
    }
    if world.dice.percent(15) {
        lines.extend(lines.first().cloned());
    }
    lines.into_boxed_slice()
}

fn plan(world: &mut World) -> Box<[PlannedMilestone]> {
    let mut plan = Vec::new();
    let share = world.dice.pick(&[0, 10, 30]);
    for milestone in MilestoneKind::ALL {
        if world.dice.percent(share) {
            let at = if world.dice.percent(35) { world.time_to_come() } else { world.time() };
            plan.push(PlannedMilestone { milestone, at });
        }
    }
    plan.into_boxed_slice()
}

fn charges(world: &mut World, carrier: &Text) -> Box<[ExpectedCharge]> {
    let house_currency = world.currency();
    let mut charges: Vec<ExpectedCharge> = Vec::new();
    for _ in 0..world.dice.between(0, 5) {
        let payee = match world.dice.below(10) {
            0..=5 => carrier.clone(),
            6..=7 => world.code(BROKERS),
            _ => world.carrier(),
        };
        // The first few codes are the frequent ones.
        let code = Text::from_static_str(CODES[world.dice.index(CODES.len()).min(world.dice.index(CODES.len()))]);
        if charges.iter().any(|charge| charge.code == code && charge.payee == payee) {
            continue;
        }
        let currency = if world.dice.percent(70) { house_currency } else { world.currency() };
        charges.push(ExpectedCharge { code, amount: world.amount(), currency, payee });
    }
    charges.into_boxed_slice()
}

fn link(world: &mut World, number: u64) -> Link {
    let across = world.dice.percent(20);
    let other = if across { world.shipment_number() } else { number };
    let a = world.identity(number);
    let b = if world.dice.percent(4) { a.clone() } else { world.identity(other) };
    Link { link_id: format_text!("L{number}"), a, b }
}

/// A chain of junk that ends in numbers of shipments.
fn chain_link(world: &mut World, nth: u64) -> Link {
    let junk = |nth: u64| Identifier { kind: IdentifierType::Bol, value: format_text!("JUNK {nth}") };
    let number = world.shipment_number();
    let b = if world.dice.percent(25) { world.identity(number) } else { junk(nth + 1) };
    Link { link_id: format_text!("J{nth}"), a: junk(nth), b }
}

fn milestone(world: &mut World, number: u64, nth: u64) -> Milestone {
    use MilestoneKind::{Arrived, CustomsReleased, Delivered, Departed, GoodsReceived, PickedUp};
    let usual = [Delivered, Delivered, Departed, PickedUp, Arrived, CustomsReleased, GoodsReceived];
    let reference = match world.dice.below(100) {
        0..=44 => Identifier { kind: IdentifierType::Shipment, value: shipment_id(number) },
        45..=74 => world.identity(number),
        75..=90 => world.group(),
        _ => world.unknown(),
    };
    let classifier =
        world.dice.weighted(&[(Classifier::Actual, 60), (Classifier::Estimated, 25), (Classifier::Planned, 15)]);
    let to_come = classifier != Classifier::Actual && world.dice.percent(40);
    Milestone {
        milestone_id: format_text!("{}/{}", number, nth % 5),
        reference,
        milestone: if world.dice.percent(55) {
            usual[nth as usize % usual.len()]
        } else {
            world.dice.pick(&MilestoneKind::ALL)
        },
        classifier,
        at: if to_come { world.time_to_come() } else { world.time() },
        location: world.text(40),
        reason: world.text(30).map(Box::new),
    }
}
