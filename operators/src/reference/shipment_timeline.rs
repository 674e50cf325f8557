//! `shipment_timeline`: every document in force that touches a shipment, in business time (§8).

use std::collections::{BTreeMap, BTreeSet};

use landfall_schemas::event::{Invoice, OrderStatus, ShipmentStatus};
use landfall_schemas::{Money, Text, Timestamp};

use super::documents::Doc;
use super::freight_charges::Charge;
use super::world::{World, joined};
use crate::rows::{TimelineKind, TimelineRow};

/// What a document says in the timeline of every shipment that it touches.
struct Entry {
    at: Timestamp,
    kind: TimelineKind,
    document: Text,
    /// Words; empty ones are left out.
    what: Vec<String>,
    party: Text,
    location: Text,
    reason: Text,
}

impl Entry {
    fn new(kind: TimelineKind, key: &[&str], at: Timestamp, party: &str) -> Entry {
        let (location, reason) = (Text::default(), Text::default());
        Entry { at, kind, document: joined(key), what: Vec::new(), party: party.into(), location, reason }
    }

    fn says(mut self, words: &[&str]) -> Entry {
        self.what = words.iter().filter(|word| !word.is_empty()).map(|word| (*word).to_owned()).collect();
        self
    }

    fn row<T>(&self, shipment: &str, doc: &Doc<'_, T>) -> TimelineRow {
        TimelineRow {
            shipment_id: shipment.into(),
            at: self.at,
            kind: self.kind,
            document: self.document.clone(),
            what: self.what.join(" ").into(),
            party: self.party.clone(),
            location: self.location.clone(),
            reason: self.reason.clone(),
            source: doc.envelope.source.clone(),
            event_id: doc.envelope.event_id.clone(),
            recorded_at: doc.envelope.recorded_at,
            origin: doc.record.origin,
            partition: doc.record.partition,
            offset: doc.record.offset,
        }
    }
}

/// Every row of the view.
pub(crate) fn rows(world: &World<'_>, charges: &[Charge<'_>]) -> Vec<TimelineRow> {
    let mut rows = Vec::new();
    shipments_and_orders(&mut rows, world);
    milestones(&mut rows, world);
    customs(&mut rows, world);
    invoices(&mut rows, charges);
    ledger(&mut rows, world);
    links(&mut rows, world);
    rows
}

fn shipments_and_orders(rows: &mut Vec<TimelineRow>, world: &World<'_>) {
    for doc in world.documents.live_shipments() {
        let (id, shipment) = (doc.data.shipment_id.as_str(), doc.data);
        let entry = Entry::new(TimelineKind::Shipment, &[id], doc.envelope.occurred_at, &shipment.carrier);
        rows.push(entry.says(&[shipment.status.as_str()]).row(id, &doc));
        let orders: BTreeSet<&str> = world.contents.of(id).keys().map(|line| line.order_id).collect();
        for doc in orders.into_iter().filter_map(|order| world.documents.orders.get(order)) {
            let order = doc.data;
            let at = order.ordered_on.midnight();
            let entry = Entry::new(TimelineKind::Order, &[&order.order_id], at, &order.supplier);
            rows.push(entry.says(&[order_status(order.status)]).row(id, doc));
        }
    }
}

fn order_status(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Open => "open",
        OrderStatus::Closed => "closed",
        OrderStatus::Cancelled => "cancelled",
    }
}

fn milestones(rows: &mut Vec<TimelineRow>, world: &World<'_>) {
    for doc in &world.documents.milestones {
        let (it, source) = (doc.data, &doc.envelope.source);
        let mut entry = Entry::new(TimelineKind::Milestone, &[source, &it.milestone_id], it.at, source)
            .says(&[it.milestone.as_str(), it.classifier.as_str()]);
        entry.location = it.location.clone().unwrap_or_default();
        entry.reason = it.reason.as_deref().cloned().unwrap_or_default();
        let resolution = world.identity.resolve(std::slice::from_ref(&it.reference));
        rows.extend(resolution.shipments().iter().map(|shipment| entry.row(shipment, doc)));
    }
}

/// Declarations and their statuses, cancelled ones included.
fn customs(rows: &mut Vec<TimelineRow>, world: &World<'_>) {
    for case in world.declarations.values() {
        let declaration = case.doc.data;
        let broker = declaration.broker.as_str();
        let at = declaration.declared_on.midnight();
        let declared = Entry::new(TimelineKind::Declaration, &[&declaration.declaration_id], at, broker)
            .says(&[declaration.stage.as_str()]);
        for shipment in case.resolution.shipments() {
            rows.push(declared.row(shipment, &case.doc));
            for doc in &case.statuses {
                let status = doc.data;
                let key = [doc.envelope.source.as_str(), &status.status_id];
                let mut entry = Entry::new(TimelineKind::CustomsStatus, &key, status.at, broker)
                    .says(&[status.status.as_str(), status.hold_type.as_deref().unwrap_or_default()]);
                entry.reason = status.reason.clone().unwrap_or_default();
                rows.push(entry.row(shipment, doc));
            }
        }
    }
}

/// Invoices with the sum of their lines for the shipment.
fn invoices(rows: &mut Vec<TimelineRow>, charges: &[Charge<'_>]) {
    let mut billed: BTreeMap<(&str, &str, &str), (Doc<'_, Invoice>, i128)> = BTreeMap::new();
    for line in charges.iter().map(|charge| &charge.line) {
        let invoice = line.invoice.data;
        for shipment in line.resolution.shipments() {
            let key = (*shipment, invoice.issuer.as_str(), invoice.invoice_no.as_str());
            billed.entry(key).or_insert((line.invoice, 0)).1 += line.amount();
        }
    }
    for ((shipment, issuer, invoice_no), (doc, minor)) in billed {
        let amount = Money::new(minor, doc.data.currency);
        let entry = Entry::new(TimelineKind::Invoice, &[issuer, invoice_no], doc.data.issued_on.midnight(), issuer)
            .says(&[&amount.to_string(), amount.currency.code()]);
        rows.push(entry.row(shipment, &doc));
    }
}

/// Receipts and postings that name a shipment.
fn ledger(rows: &mut Vec<TimelineRow>, world: &World<'_>) {
    let is_live = |shipment: &&str| {
        let doc = world.documents.shipments.get(shipment);
        doc.is_some_and(|doc| doc.data.status != ShipmentStatus::Cancelled)
    };
    for doc in &world.documents.receipts {
        let (it, source) = (doc.data, &doc.envelope.source);
        let entry = Entry::new(TimelineKind::Receipt, &[&it.receipt_id], it.received_at, source)
            .says(&[&it.quantity.to_string()]);
        rows.extend(it.shipment_id.as_deref().filter(is_live).map(|shipment| entry.row(shipment, doc)));
    }
    for doc in &world.documents.postings {
        let (it, source) = (doc.data, &doc.envelope.source);
        let amount = Money::new(i128::from(it.amount), it.currency);
        let entry = Entry::new(TimelineKind::Posting, &[&it.posting_id], it.posted_at, source).says(&[
            it.kind.as_str(),
            &amount.to_string(),
            it.currency.code(),
        ]);
        rows.extend(it.shipment_id.as_deref().filter(is_live).map(|shipment| entry.row(shipment, doc)));
    }
}

fn links(rows: &mut Vec<TimelineRow>, world: &World<'_>) {
    for doc in &world.documents.links {
        let (it, envelope) = (doc.data, doc.envelope);
        let entry = Entry::new(TimelineKind::Link, &[&it.link_id], envelope.occurred_at, &envelope.source)
            .says(&[&it.a.value, &it.b.value]);
        let touched = world.identity.shipments_touching(&it.a.key());
        rows.extend(touched.into_iter().map(|shipment| entry.row(shipment, doc)));
    }
}
