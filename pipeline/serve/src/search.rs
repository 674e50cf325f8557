//! Search: numbers by their beginning, partners by their name.

use std::collections::BTreeSet;
use std::sync::Arc;

use landfall_operators::Tick;
use landfall_operators::document::AnyDoc;
use landfall_schemas::event::ShipmentStatus;
use landfall_schemas::{DocumentKey, Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::{Answer, Asked};
use super::dossier::beginning_with;
use super::problem::Problem;
use super::request::encoded;
use super::views::clock;
use landfall_snapshot::Snapshot;
use landfall_snapshot::documents::{NameKind, normalised};

const RESULTS_MAX: usize = 50;
/// So many mentions are looked at: short beginnings have very many.
const MENTIONS_MAX: usize = 2_000;
const EXCEPTIONS_MAX: usize = 10;
const PARTNERS_MAX: usize = 10;
const QUERY_BYTES_MAX: usize = 200;

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchBody {
    tick: Tick,
    clock: String,
    q: String,
    results: Vec<Found>,
}

/// Something that was found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
struct Found {
    /// `shipment`, `order`, `invoice`, `declaration`, `exception` or `partner`.
    kind: &'static str,
    /// Its key; parts separated by `/`.
    id: String,
    /// For people.
    label: String,
    /// Where to read it.
    href: String,
}

/// Numbers of shipments, orders, invoices, declarations and exceptions that begin with `q`, whatever the case and
/// punctuation, and partners whose code or name holds it. At most 50; exact numbers first.
#[utoipa::path(get, path = "/api/v1/search", tag = "search",
    params(("q" = String, Query, description = "What to look for"), ("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = SearchBody), (status = 400, body = Problem)))]
pub async fn search(asked: &Asked) -> Answer {
    asked.parameters.only(&["q", "as_of_tick"])?;
    let q = asked.parameters.one("q")?.unwrap_or_default().trim().to_owned();
    if q.is_empty() || q.len() > QUERY_BYTES_MAX {
        return Err(Problem::parameter("q", format!("give a text of at most {QUERY_BYTES_MAX} bytes to look for")));
    }
    let snapshot = asked.api.snapshot(&asked.parameters)?;
    let (seen, text) = (Arc::clone(&snapshot), q.clone());
    let results = asked.api.compute(move || results(&seen, &text)).await?;
    asked.api.answer(snapshot.tick, &SearchBody { tick: snapshot.tick, clock: clock(&snapshot), q, results })
}

fn results(snapshot: &Snapshot, q: &str) -> Vec<Found> {
    let mut results = Vec::new();
    let mut seen = BTreeSet::new();
    let exceptions = beginning_with(snapshot, q).take(EXCEPTIONS_MAX).map(|row| Found {
        kind: "exception",
        id: row.exception_id.to_string(),
        label: format!("{} · {} · {}", row.category.as_str(), row.reason, row.partner),
        href: format!("/api/v1/views/exceptions/{}", encoded(&row.exception_id)),
    });
    for found in partners(snapshot, q).into_iter().chain(exceptions).chain(numbers(snapshot, q)) {
        if seen.insert((found.kind, found.id.clone())) {
            results.push(found);
        }
        if results.len() == RESULTS_MAX {
            break;
        }
    }
    results
}

fn partners(snapshot: &Snapshot, q: &str) -> Vec<Found> {
    let q = q.to_lowercase();
    let partners = snapshot.documents.from(DocumentKey::Partner(Text::default())).map_while(|(_, doc)| match doc {
        AnyDoc::Partner(doc) => Some(doc),
        _ => None,
    });
    let matching =
        partners.filter(|doc| doc.data.code.to_lowercase().contains(&q) || doc.data.name.to_lowercase().contains(&q));
    let found = matching.take(PARTNERS_MAX).map(|doc| Found {
        kind: "partner",
        id: doc.data.code.to_string(),
        label: format!("{} · {}", doc.data.name, doc.data.kind.as_str()),
        href: format!("/api/v1/documents/partner/{}", encoded(&doc.data.code)),
    });
    found.collect()
}

/// Documents whose numbers begin so, exact numbers first: mentions are in the order of the names.
fn numbers<'a>(snapshot: &'a Snapshot, q: &str) -> impl Iterator<Item = Found> + use<'a> {
    let name = normalised(q);
    let taken = if name.is_empty() { 0 } else { MENTIONS_MAX };
    let mentions: Vec<_> = snapshot.documents.mentions_from(&name).take(taken).cloned().collect();
    mentions.into_iter().filter_map(|mention| {
        let doc = snapshot.documents.get(&mention.document)?;
        found(doc, mention.kind, &mention.name)
    })
}

fn found(doc: &AnyDoc, kind: NameKind, name: &str) -> Option<Found> {
    match (doc, kind) {
        (AnyDoc::Shipment(doc), NameKind::Identifier(kind)) if doc.data.status != ShipmentStatus::Cancelled => {
            let id = &doc.data.shipment_id;
            let by = serde_json::to_value(kind).ok()?;
            let by = by.as_str().unwrap_or_default().replace('_', " ");
            Some(Found {
                kind: "shipment",
                id: id.to_string(),
                label: format!("{id} · {by} {name} · {}", doc.data.carrier),
                href: format!("/api/v1/shipments/{}", encoded(id)),
            })
        }
        (AnyDoc::Order(doc), NameKind::Number) => Some(Found {
            kind: "order",
            id: doc.data.order_id.to_string(),
            label: format!("{} · {} · {}", doc.data.order_id, doc.data.supplier, doc.data.status.as_str()),
            href: format!("/api/v1/orders/{}/landed-cost", encoded(&doc.data.order_id)),
        }),
        (AnyDoc::Invoice(doc), NameKind::Number) => Some(Found {
            kind: "invoice",
            id: format!("{}/{}", encoded(&doc.data.issuer), encoded(&doc.data.invoice_no)),
            label: format!("{} · {} · {}", doc.data.invoice_no, doc.data.issuer, doc.data.issued_on),
            href: format!("/api/v1/documents/invoice/{}/{}", encoded(&doc.data.issuer), encoded(&doc.data.invoice_no)),
        }),
        (AnyDoc::Declaration(doc), NameKind::Number) => Some(Found {
            kind: "declaration",
            id: doc.data.declaration_id.to_string(),
            label: format!("{} · {} · {}", doc.data.declaration_id, doc.data.broker, doc.data.stage.as_str()),
            href: format!("/api/v1/documents/declaration/{}", encoded(&doc.data.declaration_id)),
        }),
        _ => None,
    }
}
