//! The `invoices` stream as JSON.

use super::fault::Read;
use super::orders::unique_line_numbers;
use super::read::{Field, Object};
use super::write::{self, Members};
use crate::event::{Invoice, InvoiceLine};
use crate::{Currency, ErrorCode, Money};

pub(super) fn read_invoice(data: &Object<'_>) -> Read<Invoice> {
    let (issuer, invoice_no) = (data.text("issuer")?, data.text("invoice_no")?);
    let kind = data.required("kind", Field::one_of)?;
    let currency = data.required("currency", Field::currency)?;
    let invoice = Invoice {
        kind,
        currency,
        issued_on: data.required("issued_on", Field::date)?,
        refs: data.identifiers("refs")?,
        lines: data.required("lines", |lines| lines.each(|line| read_line(line, currency)))?,
        total: data.optional("total", |field| field.amount(currency))?,
        replaces: data.optional("replaces", |field| match field.text()? {
            itself if itself == invoice_no => {
                field.fault(ErrorCode::BadValue, "is the invoice itself: expected another")
            }
            other => Ok(other),
        })?,
        issuer,
        invoice_no,
    };
    unique_line_numbers(data, invoice.lines.iter().map(|line| line.line_no))?;
    total_is_the_sum(data, &invoice)?;
    Ok(invoice)
}

fn read_line(line: &Object<'_>, currency: Currency) -> Read<InvoiceLine> {
    Ok(InvoiceLine {
        line_no: line.required("line_no", Field::line_no)?,
        code: line.text("code")?,
        amount: line.required("amount", |field| field.amount(currency))?,
        refs: line.identifiers("refs")?,
        weight_kg: line.optional("weight_kg", Field::not_negative)?,
    })
}

fn total_is_the_sum(data: &Object<'_>, invoice: &Invoice) -> Read<()> {
    let Some(total) = invoice.total else { return Ok(()) };
    let sum: i128 = invoice.lines.iter().map(|line| i128::from(line.amount)).sum();
    if sum == i128::from(total) {
        return Ok(());
    }
    let money = |minor| Money::new(minor, invoice.currency);
    let message = format!("{} is not the sum of the lines: expected {}", money(total.into()), money(sum));
    Err(data.place("total").fault(ErrorCode::TotalMismatch, message))
}

pub(super) fn write_invoice(data: &mut Members<'_>, invoice: &Invoice) {
    data.text("issuer", &invoice.issuer);
    data.text("invoice_no", &invoice.invoice_no);
    data.value("kind", invoice.kind);
    data.value("currency", invoice.currency);
    data.shown("issued_on", invoice.issued_on);
    data.optional_list("refs", &invoice.refs, write::identifier);
    data.list("lines", &invoice.lines, |members, line| {
        members.value("line_no", line.line_no);
        members.text("code", &line.code);
        members.amount("amount", line.amount, invoice.currency);
        members.optional_list("refs", &line.refs, write::identifier);
        members.number("weight_kg", line.weight_kg);
    });
    if let Some(total) = invoice.total {
        data.amount("total", total, invoice.currency);
    }
    data.optional("replaces", &invoice.replaces);
}
