//! Orders, receipts, postings.
//!
//! §4: every Incoterm, unknown orders. §5: closed and cancelled orders, prices and estimates of zero and below, lines
//! without estimates, weights or volumes. §6, §7: receipts and postings that name shipments, declarations, nothing.

use landfall_schemas::Decimal;
use landfall_schemas::event::{
    Component, Document, Estimates, Incoterm, Order, OrderLine, OrderStatus, Posting, PostingKind, Receipt,
};
use landfall_schemas::format_text;

use super::world::{BROKERS, CARRIERS, LINE_NOS, REGIONS, SUPPLIERS, TARIFFS, World, order_id};

const ERP: &[&str] = &["erp:eu", "erp:na"];
const INCOTERMS: &[(Incoterm, u64)] = &[
    (Incoterm::FOB, 30),
    (Incoterm::EXW, 8),
    (Incoterm::FCA, 8),
    (Incoterm::FAS, 2),
    (Incoterm::CFR, 4),
    (Incoterm::CIF, 8),
    (Incoterm::CPT, 3),
    (Incoterm::CIP, 4),
    (Incoterm::DAP, 6),
    (Incoterm::DPU, 4),
    (Incoterm::DDP, 10),
    (Incoterm::DAF, 2),
    (Incoterm::DAT, 2),
    (Incoterm::DEQ, 2),
    (Incoterm::DES, 2),
    (Incoterm::DDU, 5),
];

/// Says all orders, receipts and postings.
pub(crate) fn populate(world: &mut World) {
    for number in 0..world.orders {
        world.say(ERP, 4, |world| Document::Order(order(world, number)));
    }
    for number in 0..world.shipments {
        world.say(ERP, 2, |world| Document::Receipt(receipt(world, number)));
        world.say(ERP, 2, |world| Document::Posting(posting(world, number)));
        world.say(ERP, 1, |world| Document::Posting(posting(world, number + world.shipments)));
    }
}

fn order(world: &mut World, number: u64) -> Order {
    let mut lines: Vec<OrderLine> = Vec::new();
    for line_no in LINE_NOS {
        if lines.is_empty() || world.dice.percent(55) {
            lines.push(order_line(world, *line_no));
        }
    }
    // Lines stand in a document in any order.
    if world.dice.percent(30) {
        lines.reverse();
    }
    Order {
        order_id: order_id(number),
        buyer: "ACME".into(),
        supplier: world.code(SUPPLIERS),
        incoterm: world.dice.weighted(INCOTERMS),
        currency: world.currency(),
        ordered_on: world.date(),
        region: world.code(REGIONS),
        status: world.dice.weighted(&[
            (OrderStatus::Open, 60),
            (OrderStatus::Closed, 28),
            (OrderStatus::Cancelled, 12),
        ]),
        lines: lines.into_boxed_slice(),
    }
}

fn order_line(world: &mut World, line_no: u32) -> OrderLine {
    let mut estimates = Vec::new();
    for component in Component::ALL {
        if world.dice.percent(45) {
            estimates.push((component, world.amount()));
        }
    }
    OrderLine {
        line_no,
        sku: format_text!("SKU{line_no}"),
        description: world.text(10),
        hs_code: world.dice.percent(80).then(|| world.code(TARIFFS)),
        origin_country: world.dice.percent(50).then(|| "CN".into()),
        quantity: world.number(100, &[10, 20, 30, 100, 5, 3]).unwrap_or(Decimal::whole(1)),
        unit: "EA".into(),
        unit_price: world.number(100, &[0, 10, 15, 333, 1_000]).unwrap_or_default(),
        weight_kg: world.number(30, &[10, 25]),
        volume_m3: world.number(30, &[10, 25]),
        estimates: if world.dice.percent(12) { Estimates::default() } else { Estimates::new(estimates) },
    }
}

fn receipt(world: &mut World, number: u64) -> Receipt {
    Receipt {
        receipt_id: format_text!("GR{number}"),
        order_id: world.order_id(),
        line_no: world.dice.pick(LINE_NOS),
        shipment_id: world.dice.percent(80).then(|| world.shipment_id()),
        quantity: world.number(100, &[0, 10, 25, 100]).unwrap_or_default(),
        received_at: world.time(),
    }
}

fn posting(world: &mut World, number: u64) -> Posting {
    let declaration = world.dice.below(world.shipments + 2);
    let invoice = world.dice.below(world.shipments + 1);
    Posting {
        posting_id: format_text!("JE{number}"),
        kind: world.dice.pick(&[
            PostingKind::Accrual,
            PostingKind::Freight,
            PostingKind::Duty,
            PostingKind::Duty,
            PostingKind::Tax,
            PostingKind::LandedCost,
            PostingKind::LandedCost,
        ]),
        shipment_id: world.dice.percent(70).then(|| world.shipment_id()),
        order_id: world.dice.percent(40).then(|| world.order_id()),
        declaration_id: world.dice.percent(60).then(|| super::customs::declaration_id(declaration)),
        invoice_no: world.dice.percent(40).then(|| super::invoices::invoice_no(invoice)),
        issuer: world.dice.percent(40).then(|| {
            let issuers = if world.dice.percent(50) { CARRIERS } else { BROKERS };
            world.code(issuers)
        }),
        amount: world.amount(),
        currency: world.currency(),
        posted_at: world.time(),
    }
}
