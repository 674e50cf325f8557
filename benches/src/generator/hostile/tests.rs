//! Which situations occur in hostile populations, each in a good part of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use landfall_schemas::event::{Body, Document, DocumentKey, OrderStatus, ShipmentStatus};
use landfall_schemas::{Envelope, Event};

use crate::generator::{Config, generate};

/// Populations looked at; a situation occurs in at least a third of them.
const SEEDS: u64 = 24;

fn events(seed: u64) -> Vec<Event> {
    generate(&Config::for_tests(seed, 12)).filter_map(|record| record.event().cloned()).collect()
}

/// The situations in one document.
fn situations_of(document: &Document) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |is: bool, what| found.extend(is.then_some(what));
    match document {
        Document::Order(order) => {
            note(order.status == OrderStatus::Cancelled, "order cancelled");
            note(order.status == OrderStatus::Closed, "order closed");
            note(order.lines.iter().any(|line| line.unit_price.units() == 0), "price of zero");
            note(order.lines.iter().any(|line| line.estimates.iter().any(|it| it.1 < 0)), "estimate below zero");
        }
        Document::Shipment(shipment) => {
            let lines = shipment.contents.iter().map(|line| (&line.order_id, line.line_no));
            note(shipment.status == ShipmentStatus::Cancelled, "shipment cancelled");
            note(shipment.contents.is_empty(), "no contents");
            note(lines.clone().count() > lines.collect::<BTreeSet<_>>().len(), "an order line twice in contents");
            note(shipment.contents.iter().any(|line| line.quantity.units() == 0), "contents of quantity zero");
            note(shipment.contents.iter().any(|line| line.order_id == "PO-none"), "unknown order in contents");
            note(shipment.charges.iter().any(|charge| charge.amount < 0), "expected charge below zero");
            note(shipment.charges.iter().any(|charge| charge.amount == 0), "expected charge of zero");
            note(shipment.charges.iter().any(|charge| charge.payee != shipment.carrier), "other payee");
        }
        Document::Link(link) => {
            note(link.a.key() == link.b.key(), "a number linked with itself");
            note(link.a.value.contains("JUNK"), "chain of junk");
        }
        Document::Declaration(declaration) => {
            let refs = &declaration.refs;
            note(refs.is_empty(), "declaration without references");
            note(refs.iter().any(|it| !it.kind.names_one_shipment()), "declaration of a group");
            note(declaration.lines.iter().any(|line| line.order_line().is_none()), "line names no order line");
            note(declaration.lines.iter().any(|line| line.order_line().is_some()), "line names an order line");
        }
        Document::Invoice(invoice) => {
            note(invoice.refs.is_empty(), "invoice without references");
            note(invoice.refs.iter().any(|it| !it.kind.names_one_shipment()), "invoice of a group");
            note(invoice.replaces.is_some(), "replacement");
            note(invoice.lines.iter().any(|line| line.amount == 0), "charge of zero");
            note(invoice.lines.iter().any(|line| line.amount < 0), "charge below zero");
            note(invoice.lines.iter().any(|line| !line.refs.is_empty()), "line with references of its own");
            note(invoice.currency.code() == "TRY", "currency without a rate");
        }
        _ => {}
    }
    found
}

/// The situations between the events of one population, in the order of arrival.
fn situations_between(events: &[Event]) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut by_tie: HashMap<(DocumentKey, Envelope), &Body> = HashMap::new();
    let mut versions: BTreeMap<DocumentKey, u64> = BTreeMap::new();
    let as_of = Config::for_tests(0, 0).as_of();
    for event in events {
        let known = versions.entry(event.key()).or_default();
        let kind = event.key().document_type();
        let is_reference = kind.stream() == landfall_schemas::Stream::Reference;
        match &event.body {
            Body::Retraction(_) if *known == 0 => found.push("retraction before what it retracts"),
            Body::Retraction(_) if is_reference => found.push("reference data withdrawn"),
            Body::Retraction(_) => found.push("document withdrawn"),
            Body::Document(_) if *known > 0 && is_reference => found.push("reference data changed"),
            Body::Document(_) => {}
        }
        *known += 1;
        let tie = by_tie.entry((event.key(), event.envelope.clone())).or_insert(&event.body);
        match *tie == &event.body {
            false => found.push("tie with other content"),
            true if *known > 1 => found.push("the same again"),
            true => {}
        }
        if event.envelope.recorded_at > as_of.plus_ms(86_400_000) {
            found.push("dated in the future");
        }
    }
    found
}

#[test]
fn every_situation_occurs_often() {
    let mut in_populations: BTreeMap<&'static str, BTreeSet<u64>> = BTreeMap::new();
    let mut currencies = BTreeSet::new();
    for seed in 0..SEEDS {
        let events = events(seed);
        let documents = events.iter().filter_map(|event| match &event.body {
            Body::Document(document) => Some(document),
            Body::Retraction(_) => None,
        });
        for document in documents.clone() {
            if let Document::Invoice(invoice) = document {
                currencies.insert(invoice.currency);
            }
        }
        for situation in documents.flat_map(situations_of).chain(situations_between(&events)) {
            in_populations.entry(situation).or_default().insert(seed);
        }
    }
    assert_eq!(currencies.len(), 7, "{currencies:?}");
    assert_eq!(in_populations.len(), 32, "{:#?}", in_populations.keys());
    for (situation, seeds) in in_populations {
        assert!(seeds.len() as u64 * 3 >= SEEDS, "{situation}: in {} of {SEEDS} populations", seeds.len());
    }
}
