//! `shipment_timeline`: every document in force that touches a shipment, in business time (§8).
//!
//! Grain and key: (shipment_id, at, kind, document). A row is a pair of a document and a shipment that is not cancelled;
//! it appears when the document comes into force or begins to touch the shipment, and goes when either ends. Documents
//! that are cancelled themselves stay: the timeline tells what was said.

use std::sync::LazyLock;

use landfall_schemas::event::{
    Classifier, CustomsStatus, Declaration, Invoice, Link, Milestone, MilestoneKind, Order, Posting, Receipt, Shipment,
};
use landfall_schemas::{Money, Text, Timestamp};
use triomphe::Arc;

use super::exceptions::joined_key;
use crate::document::{Doc, Provenance};
use crate::rows::{TimelineKind, TimelineRow};

/// What an entry of each kind says about itself.
struct Entry<'a> {
    kind: TimelineKind,
    at: Timestamp,
    key: &'a [&'a str],
    what: Text,
    party: &'a str,
}

impl Entry<'_> {
    fn row(self, shipment_id: &Text, told: &Provenance<'_>) -> TimelineRow {
        TimelineRow {
            shipment_id: shipment_id.clone(),
            at: self.at,
            kind: self.kind,
            document: joined_key(self.key),
            what: self.what,
            party: self.party.into(),
            location: Text::default(),
            reason: Text::default(),
            source: told.source.into(),
            event_id: told.event_id.into(),
            recorded_at: told.recorded_at,
            origin: told.record.origin,
            partition: told.record.partition,
            offset: told.record.offset,
        }
    }
}

/// Words separated by one blank, absent ones left out.
fn words(words: &[&str]) -> Text {
    let mut joined = Text::default();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// What milestone events say. Nearly all entries are of them, so they share their words.
static MILESTONE_WORDS: LazyLock<[[Text; 3]; MilestoneKind::ALL.len()]> = LazyLock::new(|| {
    let classifiers = [Classifier::Planned, Classifier::Estimated, Classifier::Actual];
    MilestoneKind::ALL.map(|milestone| classifiers.map(|classifier| words(&[milestone.as_str(), classifier.as_str()])))
});

/// An order that the shipment's contents name.
pub fn of_order(shipment_id: &Text, order: &Doc<Order>) -> Arc<TimelineRow> {
    let entry = Entry {
        kind: TimelineKind::Order,
        at: order.data.ordered_on.midnight(),
        key: &[order.data.order_id.as_str()],
        what: Text::from(order.data.status.as_str()),
        party: &order.data.supplier,
    };
    Arc::new(entry.row(shipment_id, &order.provenance()))
}

/// The shipment's own document.
pub fn of_shipment(shipment: &Doc<Shipment>) -> Arc<TimelineRow> {
    let entry = Entry {
        kind: TimelineKind::Shipment,
        at: shipment.provenance().occurred_at,
        key: &[shipment.data.shipment_id.as_str()],
        what: Text::from(shipment.data.status.as_str()),
        party: &shipment.data.carrier,
    };
    Arc::new(entry.row(&shipment.data.shipment_id, &shipment.provenance()))
}

/// A milestone event that resolves to the shipment.
pub fn of_milestone(shipment_id: &Text, event: &Doc<Milestone>) -> Arc<TimelineRow> {
    let (told, milestone) = (event.provenance(), event.parts());
    let entry = Entry {
        kind: TimelineKind::Milestone,
        at: milestone.at,
        key: &[told.source, milestone.milestone_id.as_str()],
        what: MILESTONE_WORDS[milestone.milestone as usize][milestone.classifier as usize].clone(),
        party: told.source,
    };
    Arc::new(TimelineRow {
        location: milestone.location.map(Text::from).unwrap_or_default(),
        reason: milestone.reason.map(Text::from).unwrap_or_default(),
        ..entry.row(shipment_id, &told)
    })
}

/// A declaration that resolves to the shipment.
pub fn of_declaration(shipment_id: &Text, declaration: &Doc<Declaration>) -> Arc<TimelineRow> {
    let data = &declaration.data;
    let entry = Entry {
        kind: TimelineKind::Declaration,
        at: data.declared_on.midnight(),
        key: &[data.declaration_id.as_str()],
        what: Text::from(data.stage.as_str()),
        party: &data.broker,
    };
    Arc::new(entry.row(shipment_id, &declaration.provenance()))
}

/// A status of such a declaration.
pub fn of_status(shipment_id: &Text, status: &Doc<CustomsStatus>, broker: &Text) -> Arc<TimelineRow> {
    let (told, data) = (status.provenance(), status.document());
    let entry = Entry {
        kind: TimelineKind::CustomsStatus,
        at: data.at,
        key: &[told.source, &data.status_id],
        what: words(&[data.status.as_str(), data.hold_type.as_deref().unwrap_or_default()]),
        party: broker,
    };
    let row = entry.row(shipment_id, &told);
    Arc::new(TimelineRow { reason: data.reason.clone().unwrap_or_default(), ..row })
}

/// An invoice with a line for the shipment; `sum` is what such lines come to.
pub fn of_invoice(shipment_id: &Text, invoice: &Doc<Invoice>, sum: i128) -> Arc<TimelineRow> {
    let data = &invoice.data;
    let entry = Entry {
        kind: TimelineKind::Invoice,
        at: data.issued_on.midnight(),
        key: &[data.issuer.as_str(), data.invoice_no.as_str()],
        what: words(&[&Money::new(sum, data.currency).to_string(), data.currency.code()]),
        party: &data.issuer,
    };
    Arc::new(entry.row(shipment_id, &invoice.provenance()))
}

/// A receipt that names the shipment.
pub fn of_receipt(shipment_id: &Text, receipt: &Doc<Receipt>) -> Arc<TimelineRow> {
    let (told, data) = (receipt.provenance(), receipt.document());
    let entry = Entry {
        kind: TimelineKind::Receipt,
        at: data.received_at,
        key: &[&data.receipt_id],
        what: Text::from(data.quantity.to_string()),
        party: told.source,
    };
    Arc::new(entry.row(shipment_id, &told))
}

/// A posting that names the shipment.
pub fn of_posting(shipment_id: &Text, posting: &Doc<Posting>) -> Arc<TimelineRow> {
    let (told, data) = (posting.provenance(), posting.document());
    let amount = Money::new(i128::from(data.amount), data.currency).to_string();
    let entry = Entry {
        kind: TimelineKind::Posting,
        at: data.posted_at,
        key: &[&data.posting_id],
        what: words(&[data.kind.as_str(), &amount, data.currency.code()]),
        party: told.source,
    };
    Arc::new(entry.row(shipment_id, &told))
}

/// A link that joins identifiers of a component the shipment claims.
pub fn of_link(shipment_id: &Text, link: &Doc<Link>) -> Arc<TimelineRow> {
    let (told, data) = (link.provenance(), link.document());
    let entry = Entry {
        kind: TimelineKind::Link,
        at: told.occurred_at,
        key: &[&data.link_id],
        what: words(&[&data.a.value, &data.b.value]),
        party: told.source,
    };
    Arc::new(entry.row(shipment_id, &told))
}
