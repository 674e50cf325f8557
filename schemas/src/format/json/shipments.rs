//! The `shipments` stream as JSON: shipments, milestones, links.

use super::fault::Read;
use super::lists::first_repeated;
use super::read::{Field, Object, identifier};
use super::write::{self, Members};
use crate::event::{ContentsLine, ExpectedCharge, Link, Milestone, PlannedMilestone, Shipment};
use crate::{ErrorCode, Identifier, Text};

pub(super) fn read_shipment(data: &Object<'_>) -> Read<Shipment> {
    let shipment_id = data.text("shipment_id")?;
    let carrier = data.text("carrier")?;
    let shipment = Shipment {
        shipment_id,
        mode: data.required("mode", Field::one_of)?,
        origin: data.optional_text("origin")?,
        destination: data.optional_text("destination")?,
        region: data.text("region")?,
        status: data.required("status", Field::one_of)?,
        identifiers: data.identifiers("identifiers")?,
        contents: data.optional("contents", |list| list.each(read_contents_line))?.unwrap_or_default(),
        plan: data.optional("plan", |list| list.each(read_planned_milestone))?.unwrap_or_default(),
        charges: data
            .optional("charges", |list| list.each(|charge| read_charge(charge, &carrier)))?
            .unwrap_or_default(),
        carrier,
    };
    unique_plan(data, &shipment.plan)?;
    unique_charges(data, &shipment.charges)?;
    Ok(shipment)
}

fn read_contents_line(line: &Object<'_>) -> Read<ContentsLine> {
    Ok(ContentsLine {
        order_id: line.text("order_id")?,
        line_no: line.required("line_no", Field::line_no)?,
        quantity: line.required("quantity", Field::not_negative)?,
        weight_kg: line.optional("weight_kg", Field::not_negative)?,
        volume_m3: line.optional("volume_m3", Field::not_negative)?,
        value: line.optional("value", Field::not_negative)?,
    })
}

fn read_planned_milestone(planned: &Object<'_>) -> Read<PlannedMilestone> {
    Ok(PlannedMilestone {
        milestone: planned.required("milestone", Field::one_of)?,
        at: planned.required("at", Field::time)?,
    })
}

fn read_charge(charge: &Object<'_>, carrier: &Text) -> Read<ExpectedCharge> {
    let code = charge.text("code")?;
    // Ahead of the amount, which is nothing without its currency.
    let currency = charge.required("currency", Field::currency)?;
    Ok(ExpectedCharge {
        code,
        amount: charge.required("amount", |field| field.amount(currency))?,
        currency,
        payee: charge.optional_text("payee")?.unwrap_or_else(|| carrier.clone()),
    })
}

fn unique_plan(data: &Object<'_>, plan: &[PlannedMilestone]) -> Read<()> {
    let Some((index, milestone)) = first_repeated(plan.iter().map(|planned| planned.milestone)) else { return Ok(()) };
    let list = data.place("plan");
    let planned = list.index(index);
    let message = format!("milestone {} is there before: expected it once in a plan", milestone.as_str());
    Err(planned.field("milestone").fault(ErrorCode::DuplicateLine, message))
}

fn unique_charges(data: &Object<'_>, charges: &[ExpectedCharge]) -> Read<()> {
    let keys = charges.iter().map(|charge| (&charge.code, &charge.payee));
    let Some((index, (code, payee))) = first_repeated(keys) else { return Ok(()) };
    let message = format!("charge {code} of payee {payee} is there before: expected it once in a shipment");
    Err(data.place("charges").index(index).fault(ErrorCode::DuplicateExpectedCharge, message))
}

pub(super) fn read_milestone(data: &Object<'_>) -> Read<Milestone> {
    Ok(Milestone {
        milestone_id: data.text("milestone_id")?,
        reference: data.required("ref", |field| field.object(identifier))?,
        milestone: data.required("milestone", Field::one_of)?,
        classifier: data.required("classifier", Field::one_of)?,
        at: data.required("at", Field::time)?,
        location: data.optional_text("location")?,
        reason: data.optional_text("reason")?.map(Box::new),
    })
}

pub(super) fn read_link(data: &Object<'_>) -> Read<Link> {
    let link_id = data.text("link_id")?;
    let a = data.required("a", |field| field.object(identifier))?;
    let b = data.required("b", |field| field.object(identifier))?;
    names_one_shipment(data, "a", &a)?;
    names_one_shipment(data, "b", &b)?;
    Ok(Link { link_id, a, b })
}

fn names_one_shipment(data: &Object<'_>, end: &'static str, identifier: &Identifier) -> Read<()> {
    if identifier.kind.names_one_shipment() {
        return Ok(());
    }
    let message = "an identifier of this type may name several shipments: expected an identity type such as bol";
    Err(data.place(end).field("type").fault(ErrorCode::BadReference, message))
}

pub(super) fn write_shipment(data: &mut Members<'_>, shipment: &Shipment) {
    data.text("shipment_id", &shipment.shipment_id);
    data.text("carrier", &shipment.carrier);
    data.value("mode", shipment.mode);
    data.optional("origin", &shipment.origin);
    data.optional("destination", &shipment.destination);
    data.text("region", &shipment.region);
    data.value("status", shipment.status);
    data.optional_list("identifiers", &shipment.identifiers, write::identifier);
    data.optional_list("contents", &shipment.contents, write_contents_line);
    data.optional_list("plan", &shipment.plan, |members, planned| {
        members.value("milestone", planned.milestone);
        members.shown("at", planned.at);
    });
    data.optional_list("charges", &shipment.charges, |members, charge| {
        members.text("code", &charge.code);
        members.amount("amount", charge.amount, charge.currency);
        members.value("currency", charge.currency);
        if charge.payee != shipment.carrier {
            members.text("payee", &charge.payee);
        }
    });
}

fn write_contents_line(members: &mut Members<'_>, line: &ContentsLine) {
    members.text("order_id", &line.order_id);
    members.value("line_no", line.line_no);
    members.shown("quantity", line.quantity);
    members.number("weight_kg", line.weight_kg);
    members.number("volume_m3", line.volume_m3);
    members.number("value", line.value);
}

pub(super) fn write_milestone(data: &mut Members<'_>, milestone: &Milestone) {
    data.text("milestone_id", &milestone.milestone_id);
    data.object("ref", |members| write::identifier(members, &milestone.reference));
    data.value("milestone", milestone.milestone);
    data.value("classifier", milestone.classifier);
    data.shown("at", milestone.at);
    data.optional("location", &milestone.location);
    data.optional("reason", &milestone.reason);
}

pub(super) fn write_link(data: &mut Members<'_>, link: &Link) {
    data.text("link_id", &link.link_id);
    data.object("a", |members| write::identifier(members, &link.a));
    data.object("b", |members| write::identifier(members, &link.b));
}
