//! A document that is kept is the document that came, whatever of it is kept as bytes.

use std::collections::BTreeMap;

use landfall_benches::generator::Config;
use landfall_operators::document::{AnyDoc, Provenance};
use landfall_schemas::event::{Body, DocumentType};
use landfall_tests::{Record, generated_records};

fn records() -> Vec<Record> {
    let business = Config { shipments: 300, seed: 11, ..Config::default() };
    let hostile = Config::for_tests(11, 300);
    [generated_records(&business), generated_records(&hostile)].concat()
}

#[test]
fn documents_come_back_as_they_came() {
    let mut kept: BTreeMap<DocumentType, usize> = BTreeMap::new();
    for (record, outcome) in records() {
        let Ok(event) = outcome else { continue };
        let Body::Document(document) = &event.body else { continue };
        let doc = AnyDoc::new(&Provenance::of(&event.envelope, record), document.clone());
        assert_eq!(doc.document(), *document);
        assert_eq!((doc.key(), doc.document_type()), (event.key(), event.document_type()));
        assert_eq!((doc.provenance().envelope(), doc.provenance().record), (event.envelope.clone(), record));
        *kept.entry(event.document_type()).or_default() += 1;
    }
    assert_eq!(kept.keys().copied().collect::<Vec<_>>(), DocumentType::ALL);
}

#[test]
fn documents_are_equal_where_all_that_is_said_is() {
    let mut docs: Vec<(AnyDoc, String)> = Vec::new();
    for (record, outcome) in records() {
        let Ok(event) = outcome else { continue };
        let Body::Document(document) = event.body else { continue };
        let said = format!("{:?} {record:?} {document:?}", event.envelope);
        let doc = AnyDoc::new(&Provenance::of(&event.envelope, record), document.clone());
        let again = AnyDoc::new(&Provenance::of(&event.envelope, record), document);
        assert!(doc == again && doc.cmp(&again).is_eq(), "{said}");
        docs.push((doc, said));
    }
    docs.sort_by(|(a, _), (b, _)| a.cmp(b));
    for [(a, a_said), (b, b_said)] in docs.array_windows() {
        assert_eq!((a == b, a.cmp(b).is_eq()), (a_said == b_said, a_said == b_said), "{a_said}, {b_said}");
    }
}
