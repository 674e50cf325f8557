//! Declarations and their statuses.
//!
//! §4: duty, tax and fees as expected charges, of several declarations, in several currencies, over several shipments.
//! §5: lines that name order lines (known, unknown) and lines that do not, fees given or not, amounts of zero.
//! §6: filed to released by time with ties, holds as a set, releases taken back, export. §7: cancelled, rejected,
//! unmatched, quantity and tariff mismatches, duty not posted.

use landfall_schemas::Text;
use landfall_schemas::event::{
    CustomsStatus, CustomsStatusKind, Declaration, DeclarationKind, DeclarationLine, Document, Stage,
};
use landfall_schemas::format_text;

use super::world::{BROKERS, LINE_NOS, TARIFFS, World};

const SYSTEMS: &[&str] = &["broker:BRK-A", "broker:BRK B"];
const STATUSES: &[(CustomsStatusKind, u64)] = &[
    (CustomsStatusKind::Filed, 16),
    (CustomsStatusKind::Accepted, 16),
    (CustomsStatusKind::Rejected, 10),
    (CustomsStatusKind::Hold, 16),
    (CustomsStatusKind::HoldRemoved, 12),
    (CustomsStatusKind::Released, 16),
    (CustomsStatusKind::ReleaseCancelled, 4),
    (CustomsStatusKind::Cleared, 6),
    (CustomsStatusKind::Cancelled, 4),
];

/// The key of the declaration with this number.
pub(crate) fn declaration_id(number: u64) -> Text {
    format_text!("MRN/{number}")
}

/// Says all declarations and statuses.
pub(crate) fn populate(world: &mut World) {
    for number in 0..world.shipments + 2 {
        world.say(SYSTEMS, 3, |world| {
            let made = declaration(world, number);
            world.made_declarations.push(made.clone());
            Document::Declaration(made)
        });
        for nth in 0..world.dice.between(0, 6) {
            world.say(SYSTEMS, 2, |world| Document::CustomsStatus(status(world, number, nth)));
        }
    }
}

fn declaration(world: &mut World, number: u64) -> Declaration {
    let shipment = if world.dice.percent(70) { number % world.shipments.max(1) } else { world.shipment_number() };
    // What the shipment carries is what is declared, where it is known.
    let carried: Vec<(Text, u32)> = world
        .made_shipments
        .get(shipment as usize)
        .map(|made| made.contents.iter().map(|line| (line.order_id.clone(), line.line_no)).collect())
        .unwrap_or_default();
    let mut lines = Vec::new();
    for nth in 0..world.dice.between(1, 3) {
        let named =
            (!carried.is_empty() && world.dice.percent(80)).then(|| carried[world.dice.index(carried.len())].clone());
        let (order_id, line_no) = named.unwrap_or_else(|| (world.order_id(), world.dice.pick(LINE_NOS)));
        lines.push(declaration_line(world, nth as u32 * 2 + 1, order_id, line_no));
    }
    Declaration {
        declaration_id: declaration_id(number),
        broker: world.code(BROKERS),
        jurisdiction: "NL".into(),
        kind: world.dice.weighted(&[(DeclarationKind::Import, 85), (DeclarationKind::Export, 15)]),
        stage: world.dice.pick(&[Stage::Estimated, Stage::Assessed, Stage::Assessed]),
        declared_on: world.date(),
        refs: world.references(shipment),
        currency: world.currency(),
        lines: lines.into_boxed_slice(),
    }
}

fn declaration_line(world: &mut World, line_no: u32, order_id: Text, order_line_no: u32) -> DeclarationLine {
    // Named by both parts, by none, or by one part, which names nothing.
    let naming = world.dice.below(20);
    DeclarationLine {
        line_no,
        order_id: (naming < 11).then_some(order_id),
        order_line_no: (naming < 10 || naming == 19).then_some(order_line_no),
        hs_code: world.code(TARIFFS),
        origin_country: "CN".into(),
        quantity: world.number(55, &[0, 10, 25, 50, 100]),
        customs_value: world.amount().abs(),
        duty: world.amount(),
        tax: world.amount(),
        fees: world.dice.percent(50).then(|| world.amount()),
    }
}

fn status(world: &mut World, number: u64, nth: i64) -> CustomsStatus {
    let hold_type = match world.dice.below(3) {
        0 => None,
        1 => Some("1H"),
        _ => Some("1/A%"),
    };
    CustomsStatus {
        status_id: format_text!("{number}-{nth}"),
        declaration_id: if world.dice.percent(4) { "MRN/none".into() } else { declaration_id(number) },
        status: world.dice.weighted(STATUSES),
        hold_type: hold_type.map(Text::from_static_str),
        at: world.time(),
        reason: world.text(40),
    }
}
