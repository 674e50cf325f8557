//! Statuses 1-8: why a line is no bill for what was expected.

use std::collections::{BTreeMap, BTreeSet};

use landfall_schemas::event::{Component, Incoterm};
use landfall_schemas::{Currency, Date};

use super::{ChargeLine, Expectations};
use crate::reference::identity::Resolution;
use crate::reference::world::World;
use crate::rows::ChargeStatus;

/// For every line the first of the statuses 1-8 that applies.
pub(crate) fn stops<'a>(
    world: &World<'a>,
    expectations: &Expectations<'a>,
    lines: &[ChargeLine<'a>],
) -> Vec<Option<ChargeStatus>> {
    let duplicates = duplicates(lines);
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| match line.resolution {
            Resolution::Missing => Some(ChargeStatus::MissingReference),
            Resolution::Unknown => Some(ChargeStatus::UnknownReference),
            Resolution::Ambiguous => Some(ChargeStatus::AmbiguousReference),
            Resolution::Shipments(_) if duplicates.contains(&index) => Some(ChargeStatus::DuplicateCharge),
            Resolution::Shipments(_) => resolved_stop(world, expectations, line),
        })
        .collect()
}

fn resolved_stop(world: &World<'_>, expectations: &Expectations<'_>, line: &ChargeLine<'_>) -> Option<ChargeStatus> {
    let shipments = line.resolution.shipments();
    let expected: Vec<_> = shipments.iter().filter_map(|id| expectations.get(id, line.code, line.issuer())).collect();
    let issued_on = line.invoice.data.issued_on;
    let convert = |to: Currency| world.rates.convert(line.amount(), line.currency(), to, issued_on);
    if is_sellers_liability(world, line) {
        Some(ChargeStatus::NotOurLiability)
    } else if expected.is_empty() {
        let from_another = shipments.iter().any(|id| expectations.has_any_payee(id, line.code));
        Some(if from_another { ChargeStatus::PayeeMismatch } else { ChargeStatus::UnexpectedCharge })
    } else if expected.iter().any(|it| convert(it.currency).is_none()) {
        Some(ChargeStatus::NoFxRate)
    } else {
        None
    }
}

/// Lines that can be duplicates, or credits, of each other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SameCharge<'l> {
    issuer: &'l str,
    shipments: &'l [&'l str],
    code: &'l str,
    currency: Currency,
    amount: i128,
}

/// The order in which lines are original.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Precedence<'l> {
    issued_on: Date,
    invoice_no: &'l str,
    line_no: u32,
    index: usize,
}

/// The indexes of the lines that another invoice already bills.
fn duplicates(lines: &[ChargeLine<'_>]) -> BTreeSet<usize> {
    let mut same: BTreeMap<SameCharge<'_>, Vec<Precedence<'_>>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.resolution.shipments().is_empty()) {
        same.entry(same_charge(line, line.amount())).or_default().push(Precedence {
            issued_on: line.invoice.data.issued_on,
            invoice_no: &line.invoice.data.invoice_no,
            line_no: line.line.line_no,
            index,
        });
    }
    let mut duplicates = BTreeSet::new();
    for (charge, billed) in same.iter().filter(|(charge, _)| charge.amount > 0) {
        let credited = same.get(&SameCharge { amount: -charge.amount, ..*charge }).map_or(0, Vec::len);
        let mut left: Vec<&Precedence<'_>> = billed.iter().collect();
        left.sort();
        let mut left = left.into_iter().skip(credited);
        if let Some(original) = left.next() {
            duplicates.extend(left.filter(|line| line.invoice_no != original.invoice_no).map(|line| line.index));
        }
    }
    duplicates
}

fn same_charge<'l>(line: &'l ChargeLine<'_>, amount: i128) -> SameCharge<'l> {
    SameCharge {
        issuer: line.issuer(),
        shipments: line.resolution.shipments(),
        code: line.code,
        currency: line.currency(),
        amount,
    }
}

/// Whether the seller pays the line's component for every order in the shipments' contents.
fn is_sellers_liability(world: &World<'_>, line: &ChargeLine<'_>) -> bool {
    let orders: BTreeSet<&str> = line
        .resolution
        .shipments()
        .iter()
        .flat_map(|shipment| world.contents.of(shipment).keys())
        .map(|goods| goods.order_id)
        .collect();
    !orders.is_empty()
        && orders.iter().all(|order| {
            world.documents.orders.get(order).is_some_and(|doc| seller_pays(&doc.data.incoterm, line.component))
        })
}

fn seller_pays(incoterm: &Incoterm, component: Component) -> bool {
    let term = incoterm.as_str();
    match component {
        Component::Freight => matches!(term, "CFR" | "CIF" | "CPT" | "CIP" | "DAP" | "DPU" | "DDP"),
        Component::Insurance => matches!(term, "CIF" | "CIP" | "DAP" | "DPU" | "DDP"),
        Component::Duty | Component::Tax | Component::Fees | Component::Brokerage => term == "DDP",
        Component::Handling | Component::Other => false,
    }
}
