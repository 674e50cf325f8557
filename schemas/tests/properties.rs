//! Properties of decoding: no bytes make it panic, and what it decodes it also encodes.

mod common;

use common::{full, generated};
use landfall_schemas::ErrorCode;
use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json::{decode, encode};
use proptest::prelude::*;

fn document_type() -> impl Strategy<Value = DocumentType> {
    proptest::sample::select(DocumentType::ALL)
}

/// A change to the bytes of a record: at a place, some bytes taken out and others put in.
fn edit() -> impl Strategy<Value = (usize, usize, Vec<u8>)> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        proptest::sample::select(vec![
            "null",
            "\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\\",
            "\\ud800",
            "-",
            "1e9",
            "0.0000001",
            "true",
            " ",
            "\u{2003}",
            "\"\"",
            "9999999999999999",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (any::<usize>(), 0_usize..6, piece)
}

fn edited(mut record: Vec<u8>, edits: Vec<(usize, usize, Vec<u8>)>) -> Vec<u8> {
    for (at, taken, put) in edits {
        let begin = at % (record.len() + 1);
        let end = (begin + taken).min(record.len());
        record.splice(begin..end, put);
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn no_edit_of_an_event_makes_decoding_panic(
        document_type in document_type(),
        edits in proptest::collection::vec(edit(), 1..4),
    ) {
        let record = edited(full(document_type).to_string().into_bytes(), edits);
        if let Ok(event) = decode(&record) {
            prop_assert_eq!(decode(encode(&event).as_bytes()), Ok(event));
        }
    }

    /// serde_json agrees on what JSON is, but for numbers beyond a float and nesting beyond its limit.
    #[test]
    fn json_is_what_others_call_json(
        document_type in document_type(),
        edits in proptest::collection::vec(edit(), 1..3),
    ) {
        let record = edited(full(document_type).to_string().into_bytes(), edits);
        let theirs = serde_json::from_slice::<serde_json::Value>(&record);
        let ours = decode(&record);
        match (&theirs, ours.as_ref().map_err(|error| error.code)) {
            (Err(error), _) if error.to_string().contains("out of range") => {}
            (Err(_), outcome) => prop_assert!(matches!(outcome, Err(ErrorCode::NotJson | ErrorCode::NotUtf8))),
            (Ok(value), Err(ErrorCode::NotJson)) => {
                let twice = ours.is_err_and(|error| error.message.contains("given twice"));
                prop_assert!(twice || !value.is_object());
            }
            (Ok(_), outcome) => prop_assert_ne!(outcome, Err(ErrorCode::NotUtf8)),
        }
    }

    #[test]
    fn events_survive_encoding(document_type in document_type(), seed in any::<u64>()) {
        let record = generated::event(document_type, seed).to_string();
        let event = decode(record.as_bytes());
        prop_assert!(event.is_ok(), "{:?}: {}", event, record);
        let encoded = event.as_ref().map(encode).unwrap_or_default();
        prop_assert_eq!(decode(encoded.as_bytes()), event, "{}", encoded);
    }
}
