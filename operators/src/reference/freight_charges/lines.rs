//! The lines of the invoices that count: canonical code, shipments, shares.

use std::collections::BTreeSet;

use landfall_schemas::event::{Basis, ChargeCode, Component, Invoice, InvoiceLine};
use landfall_schemas::{Currency, Money};

use super::Expectations;
use crate::reference::contents::Part;
use crate::reference::documents::Doc;
use crate::reference::identity::Resolution;
use crate::reference::world::World;

/// A line of an invoice in force that is not replaced.
pub(crate) struct ChargeLine<'a> {
    pub invoice: Doc<'a, Invoice>,
    pub line: &'a InvoiceLine,
    /// Canonical code.
    pub code: &'a str,
    pub component: Component,
    pub basis: Basis,
    pub resolution: Resolution<'a>,
    /// The parts of its amount by shipment.
    pub shares: Vec<Part<&'a str>>,
    /// The amount in minor units of the base currency at the issue date.
    pub base_amount: Option<i128>,
}

impl<'a> ChargeLine<'a> {
    /// Minor units of the invoice's currency.
    pub fn amount(&self) -> i128 {
        i128::from(self.line.amount)
    }

    pub fn issuer(&self) -> &'a str {
        &self.invoice.data.issuer
    }

    pub fn currency(&self) -> Currency {
        self.invoice.data.currency
    }
}

/// The lines of all invoices that count.
pub(crate) fn charge_lines<'a>(world: &World<'a>, expectations: &Expectations<'a>) -> Vec<ChargeLine<'a>> {
    let replaced = replaced_invoices(world);
    world
        .documents
        .invoices
        .iter()
        .filter(|invoice| !replaced.contains(&(invoice.data.issuer.as_str(), invoice.data.invoice_no.as_str())))
        .flat_map(|invoice| invoice.data.lines.iter().map(|line| charge_line(world, expectations, *invoice, line)))
        .collect()
}

/// The keys of the invoices that a later one in force names in `replaces`.
fn replaced_invoices<'a>(world: &World<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let order = |doc: &Doc<'a, Invoice>| (doc.data.issued_on, doc.envelope.recorded_at, &doc.data.invoice_no);
    let by_key: std::collections::BTreeMap<_, _> = world
        .documents
        .invoices
        .iter()
        .map(|doc| ((doc.data.issuer.as_str(), doc.data.invoice_no.as_str()), *doc))
        .collect();
    by_key
        .values()
        .filter_map(|later| {
            let key = (later.data.issuer.as_str(), later.data.replaces.as_deref()?);
            let named = by_key.get(&key)?;
            (order(later) > order(named)).then_some(key)
        })
        .collect()
}

fn charge_line<'a>(
    world: &World<'a>,
    expectations: &Expectations<'a>,
    invoice: Doc<'a, Invoice>,
    line: &'a InvoiceLine,
) -> ChargeLine<'a> {
    let issuer = invoice.data.issuer.as_str();
    let mapping = mapping(world, issuer, &line.code);
    let code = mapping.map_or(line.code.as_str(), |mapping| mapping.code.as_str());
    let (component, basis) = built_in(code);
    let refs = if line.refs.is_empty() { &invoice.data.refs } else { &line.refs };
    let resolution = world.identity.resolve(refs);
    let amount = i128::from(line.amount);
    let currency = invoice.data.currency;
    ChargeLine {
        invoice,
        line,
        code,
        component: mapping.and_then(|mapping| mapping.component).unwrap_or(component),
        basis: mapping.and_then(|mapping| mapping.basis).unwrap_or(basis),
        shares: shares(world, expectations, amount, code, issuer, resolution.shipments()),
        resolution,
        base_amount: world.rates.to_base(amount, currency, invoice.data.issued_on),
    }
}

fn mapping<'a>(world: &World<'a>, issuer: &str, partner_code: &str) -> Option<&'a ChargeCode> {
    let codes = &world.documents.charge_codes;
    codes.get(&(issuer, partner_code)).or_else(|| codes.get(&("*", partner_code))).map(|doc| doc.data)
}

/// The built-in component and basis of a canonical code; customs costs are never split by a basis of their own.
fn built_in(code: &str) -> (Component, Basis) {
    match code {
        "FRT" | "FSC" => (Component::Freight, Basis::Weight),
        "INS" => (Component::Insurance, Basis::Value),
        "BRK" => (Component::Brokerage, Basis::Value),
        "DUTY" => (Component::Duty, Basis::Value),
        "TAX" => (Component::Tax, Basis::Value),
        "CUSTOMS_FEES" => (Component::Fees, Basis::Value),
        "DEM" | "DET" | "ACC" => (Component::Handling, Basis::Weight),
        "THC" => (Component::Handling, Basis::Volume),
        "DOC" => (Component::Handling, Basis::Equal),
        _ => (Component::Other, Basis::Value),
    }
}

/// Splits a line over its shipments in proportion to what is expected, else by the weight of their contents.
fn shares<'a>(
    world: &World<'a>,
    expectations: &Expectations<'a>,
    amount: i128,
    code: &str,
    issuer: &str,
    shipments: &[&'a str],
) -> Vec<Part<&'a str>> {
    if let [only] = shipments {
        return vec![Part { to: only, minor: amount }];
    }
    if shipments.is_empty() {
        return Vec::new();
    }
    let expected: Vec<Option<Money>> = shipments.iter().map(|id| expectations.get(id, code, issuer)).collect();
    match proportional_weights(&expected) {
        Some(weights) => {
            let parts = landfall_schemas::exact::split(amount, &weights);
            shipments.iter().zip(parts).map(|(to, minor)| Part { to: *to, minor }).collect()
        }
        None => world.contents.split_over_shipments(amount, Basis::Weight, shipments),
    }
}

/// What is expected as weights; `None` where the currencies differ, one is negative, or there is nothing.
fn proportional_weights(expected: &[Option<Money>]) -> Option<Vec<dashu_int::UBig>> {
    let currency = expected.iter().flatten().next()?.currency;
    let mut weights = Vec::with_capacity(expected.len());
    for money in expected {
        if money.is_some_and(|money| money.currency != currency) {
            return None;
        }
        weights.push(u128::try_from(money.map_or(0, |money| money.minor)).ok()?);
    }
    weights.iter().any(|weight| *weight > 0).then(|| weights.into_iter().map(dashu_int::UBig::from).collect())
}
