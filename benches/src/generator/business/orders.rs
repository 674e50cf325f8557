//! What the order system says: orders, their changes and their end, receipts, postings.

use landfall_schemas::event::{
    Component, Document, Estimates, Incoterm, Order, OrderLine, OrderStatus, Posting, PostingKind, Receipt,
};
use landfall_schemas::{Currency, Decimal, Text, Timestamp};

use crate::generator::config::HOUR_MS;
use crate::generator::directory::{GOODS, SUPPLIERS};
use crate::generator::{numbers, rates};

use super::campaign::{LinePlan, OrderPlan, ShipmentPlan};
use super::charges;
use super::script::{Script, erp};

/// Phases of an order.
pub(crate) const PLACED: u64 = 0;
/// The order is changed or cancelled soon after.
pub(crate) const AMENDED: u64 = 1;
/// The order is closed when all has come.
pub(crate) const CLOSED: u64 = 2;

/// When a phase of an order begins.
pub(crate) fn phase_at(order: &OrderPlan, phase: u64) -> Option<Timestamp> {
    match phase {
        PLACED => Some(order.ordered_at),
        AMENDED => Some(order.ordered_at.plus_ms(30 * HOUR_MS)),
        CLOSED => Some(order.received_at.plus_ms(12 * HOUR_MS)),
        _ => None,
    }
}

/// One in 120 orders is cancelled.
fn is_cancelled(order: &OrderPlan) -> bool {
    order.number % 120 == 77
}

/// Says what an order's phase has to say.
pub(crate) fn perform(script: &mut Script, place: usize, phase: u64) {
    let order = script.order(place);
    let at = phase_at(order, phase).expect("only phases that exist are performed");
    let (revision, status, said) = match phase {
        PLACED => (0, OrderStatus::Open, true),
        AMENDED if is_cancelled(order) => (1, OrderStatus::Cancelled, true),
        AMENDED => (1, OrderStatus::Open, script.percent(14)),
        _ => (2, OrderStatus::Closed, !is_cancelled(order) && script.percent(38)),
    };
    if said {
        let document = document(script, order, status);
        script.say(&erp(order.region), at, revision, Document::Order(document));
    }
}

fn document(script: &Script, order: &OrderPlan, status: OrderStatus) -> Order {
    let lines = order.lines.iter().enumerate();
    Order {
        order_id: order.order_id(),
        buyer: Text::from_static_str("ACME"),
        supplier: Text::from_static_str(SUPPLIERS[order.supplier].0),
        incoterm: order.incoterm.clone(),
        currency: order.currency,
        ordered_on: order.ordered_at.date(),
        region: Text::from_static_str(order.region),
        status,
        lines: lines.map(|(place, line)| order_line(script, order, place, line)).collect(),
    }
}

fn order_line(script: &Script, order: &OrderPlan, place: usize, line: &LinePlan) -> OrderLine {
    let (hs_code, unit, _, grams, cubic_cm) = GOODS[line.goods];
    let in_order_currency =
        |cents: i64| rates::about(cents, *rates::USD, order.currency, script.config.seed, order.ordered_at.date());
    let price = in_order_currency(line.price_cents);
    OrderLine {
        line_no: line_no(place),
        sku: numbers::padded("SKU-", u64::from(line.sku), 5),
        description: None,
        hs_code: Some(Text::from_static_str(hs_code)),
        origin_country: Some(Text::from_static_str(order.origin_country)),
        quantity: Decimal::whole(line.quantity),
        unit: Text::from_static_str(unit),
        unit_price: Decimal::from_units(i128::from(price) * Decimal::SCALE / 10_i128.pow(order.currency.exponent())),
        weight_kg: Some(thousandths(line.quantity * grams)),
        volume_m3: Some(Decimal::from_units(i128::from(line.quantity * cubic_cm) * Decimal::SCALE / 1_000_000)),
        estimates: estimates(order, line, in_order_currency),
    }
}

/// What the buyer reckons with; one line in eleven has no estimates.
fn estimates(order: &OrderPlan, line: &LinePlan, in_order_currency: impl Fn(i64) -> i64) -> Estimates {
    if line.sku.is_multiple_of(11) {
        return Estimates::default();
    }
    let value = line.quantity * line.price_cents;
    let freight = line.quantity * GOODS[line.goods].3 * charges::cents_per_kg(order.mode) / 1000;
    let mut given = Vec::with_capacity(6);
    if !charges::seller_pays_freight(&order.incoterm) {
        given.push((Component::Freight, in_order_currency(freight * 113 / 100)));
        given.push((Component::Insurance, in_order_currency(value * 3 / 10_000)));
        given.push((Component::Handling, in_order_currency(freight / 12)));
    }
    if order.customs && order.incoterm != Incoterm::DDP {
        given.push((Component::Duty, in_order_currency(value * charges::duty_per_mille(line.goods) / 1000)));
        given.push((Component::Tax, in_order_currency(value / 5)));
        given.push((Component::Brokerage, in_order_currency(3_000)));
    }
    Estimates::new(given)
}

/// Lines are numbered in tens, as order systems do.
pub(crate) fn line_no(place: usize) -> u32 {
    (place as u32 + 1) * 10
}

/// A number of thousandths: grams as kilograms.
pub(crate) fn thousandths(count: i64) -> Decimal {
    Decimal::from_units(i128::from(count) * (Decimal::SCALE / 1000))
}

/// The goods of a shipment come in; one shipment in thirty is forgotten.
pub(crate) fn receive(script: &mut Script, shipment: &ShipmentPlan) {
    if shipment.number % 30 == 11 {
        return;
    }
    for (place, part) in shipment.contents.iter().enumerate() {
        if place > 0 && script.percent(90) {
            continue;
        }
        let short = if script.percent(3) { part.quantity / 10 } else { 0 };
        let receipt = Receipt {
            receipt_id: numbers::padded("GR", shipment.number * 10 + place as u64, 9),
            order_id: script.order(part.order).order_id(),
            line_no: line_no(part.line),
            shipment_id: (!script.percent(4)).then(|| shipment.shipment_id()),
            quantity: Decimal::whole(part.quantity - short),
            received_at: shipment.times.received.plus_ms(place as i64 * 600_000),
        };
        let at = receipt.received_at;
        script.say(&erp(shipment.lane.region), at, 0, Document::Receipt(receipt));
    }
}

/// What a posting is about, besides its kind.
pub(crate) struct Posted {
    pub(crate) kind: PostingKind,
    pub(crate) declaration_id: Option<Text>,
    pub(crate) invoice: Option<(Text, Text)>,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
}

/// The ledger takes something in.
pub(crate) fn post(script: &mut Script, shipment: &ShipmentPlan, at: Timestamp, posted: Posted) {
    let (issuer, invoice_no) = posted.invoice.unzip();
    let order = script.order(shipment.contents[0].order).order_id();
    let posting = Posting {
        posting_id: numbers::padded("JE", shipment.number * 10 + posted.kind as u64, 9),
        kind: posted.kind,
        shipment_id: Some(shipment.shipment_id()),
        order_id: script.percent(30).then_some(order),
        declaration_id: posted.declaration_id,
        invoice_no,
        issuer,
        amount: posted.amount,
        currency: posted.currency,
        posted_at: at,
    };
    script.say(&erp(shipment.lane.region), at, 0, Document::Posting(posting));
}
