//! The `customs` stream as JSON: declarations and their statuses.

use super::fault::Read;
use super::orders::unique_line_numbers;
use super::read::{Field, Object};
use super::write::{self, Members};
use crate::Currency;
use crate::event::{CustomsStatus, Declaration, DeclarationLine};

pub(super) fn read_declaration(data: &Object<'_>) -> Read<Declaration> {
    let (declaration_id, broker) = (data.text("declaration_id")?, data.text("broker")?);
    let jurisdiction = data.text("jurisdiction")?;
    let kind = data.required("kind", Field::one_of)?;
    let stage = data.required("stage", Field::one_of)?;
    let declared_on = data.required("declared_on", Field::date)?;
    let refs = data.identifiers("refs")?;
    let currency = data.required("currency", Field::currency)?;
    let lines = data.required("lines", |lines| lines.each(|line| read_line(line, currency)))?;
    unique_line_numbers(data, lines.iter().map(|line| line.line_no))?;
    Ok(Declaration { declaration_id, broker, jurisdiction, kind, stage, declared_on, refs, currency, lines })
}

fn read_line(line: &Object<'_>, currency: Currency) -> Read<DeclarationLine> {
    Ok(DeclarationLine {
        line_no: line.required("line_no", Field::line_no)?,
        order_id: line.optional_text("order_id")?,
        order_line_no: line.optional("order_line_no", Field::line_no)?,
        hs_code: line.text("hs_code")?,
        origin_country: line.text("origin_country")?,
        quantity: line.optional("quantity", Field::not_negative)?,
        customs_value: line.required("customs_value", |field| field.amount(currency))?,
        duty: line.required("duty", |field| field.amount(currency))?,
        tax: line.required("tax", |field| field.amount(currency))?,
        fees: line.optional("fees", |field| field.amount(currency))?,
    })
}

pub(super) fn read_customs_status(data: &Object<'_>) -> Read<CustomsStatus> {
    Ok(CustomsStatus {
        status_id: data.text("status_id")?,
        declaration_id: data.text("declaration_id")?,
        status: data.required("status", Field::one_of)?,
        hold_type: data.optional_text("hold_type")?,
        at: data.required("at", Field::time)?,
        reason: data.optional_text("reason")?,
    })
}

pub(super) fn write_declaration(data: &mut Members<'_>, declaration: &Declaration) {
    data.text("declaration_id", &declaration.declaration_id);
    data.text("broker", &declaration.broker);
    data.text("jurisdiction", &declaration.jurisdiction);
    data.value("kind", declaration.kind);
    data.value("stage", declaration.stage);
    data.shown("declared_on", declaration.declared_on);
    data.optional_list("refs", &declaration.refs, write::identifier);
    data.value("currency", declaration.currency);
    data.list("lines", &declaration.lines, |members, line| write_line(members, line, declaration.currency));
}

fn write_line(members: &mut Members<'_>, line: &DeclarationLine, currency: Currency) {
    members.value("line_no", line.line_no);
    members.optional("order_id", &line.order_id);
    members.optional("order_line_no", &line.order_line_no);
    members.text("hs_code", &line.hs_code);
    members.text("origin_country", &line.origin_country);
    members.number("quantity", line.quantity);
    members.amount("customs_value", line.customs_value, currency);
    members.amount("duty", line.duty, currency);
    members.amount("tax", line.tax, currency);
    if let Some(fees) = line.fees {
        members.amount("fees", fees, currency);
    }
}

pub(super) fn write_customs_status(data: &mut Members<'_>, status: &CustomsStatus) {
    data.text("status_id", &status.status_id);
    data.text("declaration_id", &status.declaration_id);
    data.value("status", status.status);
    data.optional("hold_type", &status.hold_type);
    data.shown("at", status.at);
    data.optional("reason", &status.reason);
}
