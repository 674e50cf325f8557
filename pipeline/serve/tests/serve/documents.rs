//! Shipments by any number, orders, documents, search.

use landfall_operators::document::AnyDoc;
use landfall_schemas::{DocumentKey, Text};
use landfall_snapshot::Window;
use landfall_snapshot::documents::key_parts;
use serde_json::Value;

use crate::answers::{expected, without_computed};
use crate::support::{Served, local_settings};
use landfall_serve::request::encoded;

fn of_shipment(rows: &[Value], shipment: &str) -> Vec<Value> {
    rows.iter().filter(|row| row["shipment_id"] == shipment).cloned().collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap().iter().cloned().map(without_computed).collect()
}

#[test]
fn a_shipment_is_what_the_views_say_of_it() {
    let (served, tables) = Served::with_business(80, 500);
    let rows = expected(&tables);
    for status in &rows["shipment_status"] {
        let id = status["shipment_id"].as_str().unwrap();
        let answer = served.json(&format!("/api/v1/shipments/{}", encoded(id)));
        let shipment = &answer["shipment"];
        assert_eq!(&shipment["status"], status);
        assert_eq!(list(&shipment["timeline"]), of_shipment(&rows["shipment_timeline"], id));
        assert_eq!(list(&shipment["milestones"]), of_shipment(&rows["milestones"], id));
        assert_eq!(list(&shipment["exceptions"]), of_shipment(&rows["exceptions"], id), "{id}");
        assert_eq!(list(&shipment["unbilled"]), of_shipment(&rows["unbilled_charges"], id));
        let alone: Vec<Value> = list(&shipment["charges"]).into_iter().filter(|row| row["shipment_id"] == id).collect();
        assert_eq!(alone, of_shipment(&rows["freight_charges"], id));
        let holds = shipment["holds"].as_array().unwrap().len() as u64;
        assert_eq!(holds, status["open_holds"].as_u64().unwrap(), "{id}");
        assert_eq!(
            shipment["exceptions"].as_array().unwrap().len() as u64,
            status["open_exceptions"].as_u64().unwrap()
        );
    }
}

#[test]
fn charges_for_several_shipments_are_shown_at_each() {
    let (served, tables) = Served::with_business(80, 500);
    let mut shown: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
    for row in tables.shipment_status.values() {
        let answer = served.json(&format!("/api/v1/shipments/{}", encoded(&row.shipment_id)));
        for charge in answer["shipment"]["charges"].as_array().unwrap() {
            let name = format!("{}/{}/{}", charge["issuer"], charge["invoice_no"], charge["line_no"]);
            *shown.entry(name).or_default() += 1;
        }
    }
    let shared = tables.freight_charges.values().filter(|row| row.shipments > 0);
    let mut several = 0;
    for row in shared {
        let name = format!("\"{}\"/\"{}\"/{}", row.issuer, row.invoice_no, row.line_no);
        assert_eq!(shown.get(&name).copied().unwrap_or_default(), row.shipments, "{name}");
        several += u32::from(row.shipments > 1);
    }
    assert!(several > 0, "the business has charges for several shipments");
}

#[test]
fn any_number_leads_to_the_shipments_it_stands_for() {
    let (served, tables) = Served::with_business(80, 500);
    let snapshot = served.store.current();
    let mut tried = 0;
    for row in tables.shipment_status.values() {
        let doc = snapshot.documents.shipment(&row.shipment_id).unwrap();
        for identifier in &doc.document().identifiers {
            let answer = served.get(&format!("/api/v1/shipments/{}", encoded(&identifier.value)));
            assert!(matches!(answer.status, 200 | 300), "{}", answer.text());
            let found = answer.json();
            let shipments = found["shipments"].as_array().unwrap();
            let is_among = shipments.contains(&Value::from(row.shipment_id.as_str()));
            // Another shipment may have exactly this id; and a junk number stands for none.
            assert!(is_among || snapshot.documents.shipment(&identifier.value).is_some(), "{identifier:?}: {found}");
            tried += 1;
        }
    }
    assert!(tried > 50);
    // A line that resolves to one shipment is found by the number of its invoice.
    let line = tables.freight_charges.values().find(|row| !row.shipment_id.is_empty()).unwrap();
    let answer = served.get(&format!("/api/v1/shipments/{}/timeline", encoded(&line.invoice_no))).json();
    assert!(answer["shipments"].as_array().unwrap().contains(&Value::from(line.shipment_id.as_str())));
    let detail = served.get("/api/v1/shipments/NOBODY-KNOWS-THIS").problem(404);
    assert!(detail.contains("search"), "{detail}");
}

#[test]
fn every_document_in_force_is_shown_with_its_record() {
    let (served, _) = Served::with_business(30, 500);
    let snapshot = served.store.current();
    let documents: Vec<(&DocumentKey, &AnyDoc)> =
        snapshot.documents.from(DocumentKey::Order(Text::default())).collect();
    assert!(documents.len() > 100);
    for (key, doc) in documents.into_iter().step_by(7) {
        let parts: Vec<String> = key_parts(key).iter().map(|part| encoded(part)).collect();
        let kind = doc.document_type().as_str();
        let shown = served.json(&format!("/api/v1/documents/{kind}/{}", parts.join("/")));
        assert_eq!(shown["event_id"], doc.provenance().event_id.as_str());
        assert_eq!((&shown["type"], &shown["origin"]), (&Value::from(kind), &Value::from("generated")));
        assert_eq!(shown["offset"], doc.provenance().record.offset);
        assert_eq!(shown["tick"], snapshot.tick);
    }
    served.get("/api/v1/documents/order/none").problem(404);
    served.get("/api/v1/documents/novel/1").problem(404);
}

#[test]
fn orders_have_their_landed_cost() {
    let (served, tables) = Served::with_business(60, 500);
    let rows = expected(&tables);
    let order = rows["landed_cost"][0]["order_id"].as_str().unwrap();
    let answer = served.json(&format!("/api/v1/orders/{}/landed-cost", encoded(order)));
    let of_order =
        |view: &str| -> Vec<Value> { rows[view].iter().filter(|row| row["order_id"] == order).cloned().collect() };
    assert_eq!(list(&answer["components"]), of_order("landed_cost"));
    assert_eq!(list(&answer["lines"]), of_order("landed_cost_lines"));
    served.get("/api/v1/orders/none/landed-cost").problem(404);
}

#[test]
fn search_finds_by_the_beginning_whatever_the_case() {
    let (served, tables) = Served::with_business(60, 500);
    let id = tables.shipment_status.values().next().unwrap().shipment_id.to_lowercase();
    let answer = served.json(&format!("/api/v1/search?q={}", encoded(&id)));
    let results = answer["results"].as_array().unwrap();
    assert!(results.iter().any(|found| found["kind"] == "shipment"), "{answer}");
    assert!(results.len() <= 50);
    for found in results.iter().take(5) {
        let status = served.get(found["href"].as_str().unwrap()).status;
        assert!(matches!(status, 200 | 300), "{found}");
    }
    served.get("/api/v1/search?q=").problem(400);
    assert_eq!(served.json("/api/v1/search?q=%22%3Cscript%3E")["results"].as_array().unwrap().len(), 0);
}

#[test]
fn where_no_view_is_served_documents_are_refused_and_it_says_why() {
    let served = Served::try_serving(&[], local_settings(), Window::default()).unwrap();
    for path in
        ["shipments/SHP-1", "shipments/SHP-1/timeline", "orders/PO-1/landed-cost", "documents/partner/C", "search?q=C"]
    {
        let answer = served.get(&format!("/api/v1/{path}"));
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("`served_views`"), "{path}: {}", answer.text());
    }
    assert_eq!(served.json("/api/v1/status")["views"], serde_json::json!([]));
}
