//! The `orders` stream as JSON: orders, receipts, postings.

use super::fault::Read;
use super::lists::first_repeated;
use super::read::{Field, Object};
use super::write::Members;
use crate::event::{Component, Estimates, Incoterm, Order, OrderLine, Posting, Receipt};
use crate::{Currency, ErrorCode};

/// The components in the order in which an order line lists them.
const ESTIMATES: [(&str, Component); 8] = [
    ("freight", Component::Freight),
    ("insurance", Component::Insurance),
    ("duty", Component::Duty),
    ("tax", Component::Tax),
    ("fees", Component::Fees),
    ("brokerage", Component::Brokerage),
    ("handling", Component::Handling),
    ("other", Component::Other),
];

pub(super) fn read_order(data: &Object<'_>) -> Read<Order> {
    let (order_id, buyer, supplier) = (data.text("order_id")?, data.text("buyer")?, data.text("supplier")?);
    let incoterm = Incoterm(data.text("incoterm")?);
    let currency = data.required("currency", Field::currency)?;
    let order = Order {
        order_id,
        buyer,
        supplier,
        incoterm,
        currency,
        ordered_on: data.required("ordered_on", Field::date)?,
        region: data.text("region")?,
        status: data.required("status", Field::one_of)?,
        lines: data.required("lines", |lines| lines.each(|line| read_line(line, currency)))?,
    };
    unique_line_numbers(data, order.lines.iter().map(|line| line.line_no))?;
    Ok(order)
}

fn read_line(line: &Object<'_>, currency: Currency) -> Read<OrderLine> {
    Ok(OrderLine {
        line_no: line.required("line_no", Field::line_no)?,
        sku: line.text("sku")?,
        description: line.optional_text("description")?,
        hs_code: line.optional_text("hs_code")?,
        origin_country: line.optional_text("origin_country")?,
        quantity: line.required("quantity", Field::positive)?,
        unit: line.text("unit")?,
        unit_price: line.required("unit_price", Field::number)?,
        weight_kg: line.optional("weight_kg", Field::not_negative)?,
        volume_m3: line.optional("volume_m3", Field::not_negative)?,
        estimates: line
            .optional("estimates", |field| field.object(|object| read_estimates(object, currency)))?
            .unwrap_or_default(),
    })
}

fn read_estimates(object: &Object<'_>, currency: Currency) -> Read<Estimates> {
    let mut given = Vec::with_capacity(object.len().min(ESTIMATES.len()));
    for (name, component) in ESTIMATES {
        if let Some(minor) = object.optional(name, |field| field.amount(currency))? {
            given.push((component, minor));
        }
    }
    Ok(Estimates::new(given))
}

/// The numbers of `lines` are different.
pub(super) fn unique_line_numbers(data: &Object<'_>, numbers: impl Iterator<Item = u32> + Clone) -> Read<()> {
    let Some((index, number)) = first_repeated(numbers) else { return Ok(()) };
    let lines = data.place("lines");
    let line = lines.index(index);
    let message = format!("line {number} is there before: expected a number of its own");
    Err(line.field("line_no").fault(ErrorCode::DuplicateLine, message))
}

pub(super) fn read_receipt(data: &Object<'_>) -> Read<Receipt> {
    Ok(Receipt {
        receipt_id: data.text("receipt_id")?,
        order_id: data.text("order_id")?,
        line_no: data.required("line_no", Field::line_no)?,
        shipment_id: data.optional_text("shipment_id")?,
        quantity: data.required("quantity", Field::not_negative)?,
        received_at: data.required("received_at", Field::time)?,
    })
}

pub(super) fn read_posting(data: &Object<'_>) -> Read<Posting> {
    let posting_id = data.text("posting_id")?;
    let kind = data.required("kind", Field::one_of)?;
    let (shipment_id, order_id) = (data.optional_text("shipment_id")?, data.optional_text("order_id")?);
    let declaration_id = data.optional_text("declaration_id")?;
    let (invoice_no, issuer) = (data.optional_text("invoice_no")?, data.optional_text("issuer")?);
    // Ahead of the amount, which is nothing without its currency.
    let currency = data.required("currency", Field::currency)?;
    Ok(Posting {
        posting_id,
        kind,
        shipment_id,
        order_id,
        declaration_id,
        invoice_no,
        issuer,
        amount: data.required("amount", |field| field.amount(currency))?,
        currency,
        posted_at: data.required("posted_at", Field::time)?,
    })
}

pub(super) fn write_order(data: &mut Members<'_>, order: &Order) {
    data.text("order_id", &order.order_id);
    data.text("buyer", &order.buyer);
    data.text("supplier", &order.supplier);
    data.text("incoterm", &order.incoterm.0);
    data.value("currency", order.currency);
    data.shown("ordered_on", order.ordered_on);
    data.text("region", &order.region);
    data.value("status", order.status);
    data.list("lines", &order.lines, |members, line| write_line(members, line, order.currency));
}

fn write_line(members: &mut Members<'_>, line: &OrderLine, currency: Currency) {
    members.value("line_no", line.line_no);
    members.text("sku", &line.sku);
    members.optional("description", &line.description);
    members.optional("hs_code", &line.hs_code);
    members.optional("origin_country", &line.origin_country);
    members.shown("quantity", line.quantity);
    members.text("unit", &line.unit);
    members.shown("unit_price", line.unit_price);
    members.number("weight_kg", line.weight_kg);
    members.number("volume_m3", line.volume_m3);
    if line.estimates != Estimates::default() {
        members.object("estimates", |estimates| {
            for (name, component) in ESTIMATES {
                if let Some(minor) = line.estimates.get(component) {
                    estimates.amount(name, minor, currency);
                }
            }
        });
    }
}

pub(super) fn write_receipt(data: &mut Members<'_>, receipt: &Receipt) {
    data.text("receipt_id", &receipt.receipt_id);
    data.text("order_id", &receipt.order_id);
    data.value("line_no", receipt.line_no);
    data.optional("shipment_id", &receipt.shipment_id);
    data.shown("quantity", receipt.quantity);
    data.shown("received_at", receipt.received_at);
}

pub(super) fn write_posting(data: &mut Members<'_>, posting: &Posting) {
    data.text("posting_id", &posting.posting_id);
    data.value("kind", posting.kind);
    data.optional("shipment_id", &posting.shipment_id);
    data.optional("order_id", &posting.order_id);
    data.optional("declaration_id", &posting.declaration_id);
    data.optional("invoice_no", &posting.invoice_no);
    data.optional("issuer", &posting.issuer);
    data.amount("amount", posting.amount, posting.currency);
    data.value("currency", posting.currency);
    data.shown("posted_at", posting.posted_at);
}
