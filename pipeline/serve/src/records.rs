//! The endpoint of documents: the event behind a row.

use landfall_schemas::Event;
use landfall_schemas::event::{Body as EventBody, DocumentType};
use landfall_schemas::format::json;
use serde_json::value::RawValue;

use super::api::{Answer, Asked};
use super::problem::Problem;
use super::views::clock;
use landfall_snapshot::documents::key_from_parts;

/// The canonical event in force of a document, with the record that brought it: `origin`, `partition`, `offset`. The key's
/// parts are separated by `/`, as in `/documents/invoice/CARR/INV-1`.
#[utoipa::path(get, path = "/api/v1/documents/{type}/{key}", tag = "documents",
    params(("type" = String, Path, description = "Type of the document: order, shipment, invoice, …"),
        ("key" = String, Path, description = "Parts of the key, separated by `/`"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = Object, description = "The event, with `origin`, `partition`, `offset`, `tick` and `clock`"),
        (status = 404, body = Problem)))]
pub fn document(asked: &Asked, kind: &str, key: &[String]) -> Answer {
    asked.parameters.only(&["as_of_tick"])?;
    let snapshot = asked.api.snapshot(&asked.parameters)?;
    let kind = DocumentType::named(kind).ok_or_else(|| {
        let known: Vec<&str> = DocumentType::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::not_found(format!("there are no documents of type `{kind}`; there are {}", known.join(", ")))
    })?;
    let document = key_from_parts(kind, key).and_then(|key| snapshot.documents.get(&key)).ok_or_else(|| {
        let (kind, key) = (kind.as_str(), key.join("/"));
        Problem::not_found(format!("no {kind} with the key `{key}` is in force at tick {}", snapshot.tick))
    })?;
    if let Some(unchanged) = asked.api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let told = document.provenance();
    let event = Event { envelope: told.envelope(), body: EventBody::Document(document.document()) };
    let record = told.record;
    let origin = serde_json::Value::from(record.origin.name());
    let event = json::encode(&event);
    let members = event.strip_suffix('}').unwrap_or(&event);
    let text = format!(
        r#"{members},"origin":{origin},"partition":{},"offset":{},"tick":{},"clock":"{}"}}"#,
        record.partition,
        record.offset,
        snapshot.tick,
        clock(&snapshot)
    );
    let body = RawValue::from_string(text).map_err(|error| Problem::internal(format!("cannot answer: {error}")))?;
    asked.api.answer(snapshot.tick, &body)
}
