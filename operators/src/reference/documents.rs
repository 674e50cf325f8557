//! Documents in force: the upsert rule of §2, and what became of every record.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use landfall_schemas::event::{
    Body, ChargeCode, CustomsStatus, Declaration, FxRate, Invoice, Link, Milestone, Order, Partner, Posting, Receipt,
    Shipment, ShipmentStatus, Sla, Tolerance,
};
use landfall_schemas::{DataError, Document, DocumentKey, Envelope, ErrorCode, Event, RecordId, Stream, Timestamp};

use crate::rows::messages::{conflicting_message, held_message};
use crate::settings::Settings;

/// A document in force with the event that brought it.
#[derive(Debug)]
pub(crate) struct Doc<'a, T> {
    /// The winning event's envelope.
    pub envelope: &'a Envelope,
    /// The smallest record that brought the winning event.
    pub record: RecordId,
    /// The document.
    pub data: &'a T,
}

impl<T> Clone for Doc<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Doc<'_, T> {}

/// Every document in force by its key; only documents whose key is of no use to a view are mere lists.
#[derive(Default)]
pub(crate) struct Documents<'a> {
    pub orders: BTreeMap<&'a str, Doc<'a, Order>>,
    pub receipts: Vec<Doc<'a, Receipt>>,
    pub postings: Vec<Doc<'a, Posting>>,
    /// Cancelled ones included.
    pub shipments: BTreeMap<&'a str, Doc<'a, Shipment>>,
    pub milestones: Vec<Doc<'a, Milestone>>,
    pub links: Vec<Doc<'a, Link>>,
    pub declarations: BTreeMap<&'a str, Doc<'a, Declaration>>,
    pub customs_statuses: Vec<Doc<'a, CustomsStatus>>,
    /// Replaced ones included, in the order of (issuer, invoice_no).
    pub invoices: Vec<Doc<'a, Invoice>>,
    pub fx_rates: Vec<Doc<'a, FxRate>>,
    /// By (issuer, partner_code).
    pub charge_codes: BTreeMap<(&'a str, &'a str), Doc<'a, ChargeCode>>,
    /// By (issuer, code).
    pub tolerances: BTreeMap<(&'a str, &'a str), Doc<'a, Tolerance>>,
    /// In the order of their names.
    pub slas: Vec<Doc<'a, Sla>>,
    pub partners: BTreeMap<&'a str, Doc<'a, Partner>>,
}

impl<'a> Documents<'a> {
    fn insert(&mut self, envelope: &'a Envelope, record: RecordId, document: &'a Document) {
        macro_rules! doc {
            ($data:ident) => {
                Doc { envelope, record, data: $data }
            };
        }
        match document {
            Document::Order(it) => drop(self.orders.insert(&it.order_id, doc!(it))),
            Document::Receipt(it) => self.receipts.push(doc!(it)),
            Document::Posting(it) => self.postings.push(doc!(it)),
            Document::Shipment(it) => drop(self.shipments.insert(&it.shipment_id, doc!(it))),
            Document::Milestone(it) => self.milestones.push(doc!(it)),
            Document::Link(it) => self.links.push(doc!(it)),
            Document::Declaration(it) => drop(self.declarations.insert(&it.declaration_id, doc!(it))),
            Document::CustomsStatus(it) => self.customs_statuses.push(doc!(it)),
            Document::Invoice(it) => self.invoices.push(doc!(it)),
            Document::FxRate(it) => self.fx_rates.push(doc!(it)),
            Document::ChargeCode(it) => drop(self.charge_codes.insert((&it.issuer, &it.partner_code), doc!(it))),
            Document::Tolerance(it) => drop(self.tolerances.insert((&it.issuer, &it.code), doc!(it))),
            Document::Sla(it) => self.slas.push(doc!(it)),
            Document::Partner(it) => drop(self.partners.insert(&it.code, doc!(it))),
        }
    }

    /// Shipments that are not cancelled, in the order of their ids.
    pub fn live_shipments(&self) -> impl Iterator<Item = Doc<'a, Shipment>> + '_ {
        self.shipments.values().copied().filter(|doc| doc.data.status != ShipmentStatus::Cancelled)
    }
}

/// What became of the records of one stream.
#[derive(Default)]
pub(crate) struct RecordCounts {
    pub received: u64,
    pub in_force: u64,
    pub retracted: u64,
    pub dead_lettered: u64,
    pub held: u64,
    pub superseded: u64,
}

/// A record with an entry in `data_errors`, and why.
pub(crate) struct FaultyRecord {
    pub record: RecordId,
    pub error: DataError,
}

/// What the records came to.
pub(crate) struct Intake<'a> {
    pub documents: Documents<'a>,
    /// By stream; `None` where the type is not readable.
    pub counts: BTreeMap<Option<Stream>, RecordCounts>,
    pub faults: Vec<FaultyRecord>,
}

/// An event with the record that brought it.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    event: &'a Event,
    record: RecordId,
}

/// Sorts records into documents in force, held ones and faults.
pub(crate) fn take_in<'a>(
    records: &'a [(RecordId, Result<Event, DataError>)],
    clock: Timestamp,
    settings: &Settings,
) -> Intake<'a> {
    let latest = clock.plus_ms(settings.max_future_skew_hours.hours_to_ms());
    let mut intake = Intake { documents: Documents::default(), counts: BTreeMap::new(), faults: Vec::new() };
    let mut candidates: BTreeMap<DocumentKey, Vec<Candidate<'a>>> = BTreeMap::new();
    for (record, decoded) in records {
        match decoded {
            Err(error) => {
                let counts = intake.counts_of(error.stream);
                counts.received += 1;
                counts.dead_lettered += 1;
                intake.faults.push(FaultyRecord { record: *record, error: error.clone() });
            }
            Ok(event) => {
                let counts = intake.counts_of(Some(event.document_stream()));
                counts.received += 1;
                let recorded_at = event.envelope.recorded_at;
                if recorded_at > latest {
                    counts.held += 1;
                    intake.fault(*record, event, ErrorCode::FutureDated, "recorded_at", held_message(recorded_at));
                } else {
                    candidates.entry(event.key()).or_default().push(Candidate { event, record: *record });
                }
            }
        }
    }
    for candidates in candidates.into_values() {
        intake.settle(&candidates);
    }
    intake
}

impl<'a> Intake<'a> {
    fn counts_of(&mut self, stream: Option<Stream>) -> &mut RecordCounts {
        self.counts.entry(stream).or_default()
    }

    fn fault(&mut self, record: RecordId, event: &Event, code: ErrorCode, field: &str, message: String) {
        let error = DataError {
            stream: Some(event.document_stream()),
            code,
            field: field.to_owned(),
            message,
            event_id: event.envelope.event_id.clone(),
        };
        self.faults.push(FaultyRecord { record, error });
    }

    /// Decides which of the events with one document key is in force.
    fn settle(&mut self, candidates: &[Candidate<'a>]) {
        let winner = candidates
            .iter()
            .max_by_key(|it| {
                (rank(&it.event.envelope), &it.event.body, it.event.envelope.occurred_at, Reverse(it.record))
            })
            .expect("a key is known by the events that have it");
        for loser in candidates.iter().filter(|it| it.event != winner.event) {
            if rank(&loser.event.envelope) == rank(&winner.event.envelope) {
                self.fault(loser.record, loser.event, ErrorCode::ConflictingEvent, "", conflicting_message());
            }
        }
        let counts = self.counts_of(Some(winner.event.document_stream()));
        counts.superseded += candidates.len() as u64 - 1;
        match &winner.event.body {
            Body::Retraction(_) => counts.retracted += 1,
            Body::Document(document) => {
                counts.in_force += 1;
                self.documents.insert(&winner.event.envelope, winner.record, document);
            }
        }
    }
}

/// By what events with one document key are ordered before their content decides.
fn rank(envelope: &Envelope) -> (u64, Timestamp, &str, &str) {
    (envelope.revision, envelope.recorded_at, &envelope.source, &envelope.event_id)
}
