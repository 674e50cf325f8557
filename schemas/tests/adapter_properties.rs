//! Whatever the bytes, an adapter gives events or errors: it neither panics nor runs away, and says the same again.

mod adapters;

use adapters::{decode, line, profile, with_options};
use landfall_schemas::format::{Profile, json};
use proptest::prelude::*;

const OCEAN: &str = r#"{"events":[{"eventID":"e-1","eventDateTime":"2026-01-16T11:30:00Z","eventUpdatedDateTime":"2026-01-16T12:00:00Z","eventLocation":{"UNLocationCode":"GBSOU"},"eventClassification":{"eventTypeCode":"TRANSPORT","eventClassifierCode":"ACT","transportEventTypeCode":"DEPA"},"shipmentDetails":{"documentReference":{"typeCode":"BKG","reference":"B1"},"additionalDocumentReferences":[{"typeCode":"TRD","reference":"T1"}]},"transportDetails":{"transportCall":{"modeOfTransport":"VESSEL"}}},{"eventID":"3cecb101-7a1a-43a4-9d62-e88a131651e3","eventCreatedDateTime":"2021-01-23T12:34:56Z","eventType":"EQUIPMENT","eventClassifierCode":"PLN","eventDateTime":"2019-11-12T07:41:00+08:30","equipmentEventTypeCode":"GTOT","emptyIndicatorCode":"LADEN","equipmentReference":"APZU4812090"},{"eventID":"e-1","isRetracted":true}]}"#;
const NOTICE: &str = r#"<m:MetaData xmlns:m="urn:x"><Response><FunctionCode>13</FunctionCode><FunctionalReferenceID>r1</FunctionalReferenceID><IssueDateTime><DateTimeString formatCode="304">20210719145802Z</DateTimeString></IssueDateTime><Declaration><FunctionalReferenceID>L1</FunctionalReferenceID><ID>21GB7X8M7S6NG8N6R0</ID><VersionID>2</VersionID><GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity><DutyTaxFee><AdValoremTaxBaseAmount currencyID="GBP">100.00</AdValoremTaxBaseAmount><TypeCode>A00</TypeCode><Payment><PaymentAmount currencyID="GBP">2.00</PaymentAmount></Payment></DutyTaxFee></Commodity></GovernmentAgencyGoodsItem></GoodsShipment></Declaration></Response></m:MetaData>"#;
const FILED: &str = r#"<MetaData><Declaration><FunctionCode>9</FunctionCode><FunctionalReferenceID>L1</FunctionalReferenceID><TypeCode>IMA</TypeCode><GoodsShipment><Consignment><TransportEquipment><ID>AD12345</ID></TransportEquipment></Consignment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><PreviousDocument><ID>BL1</ID><TypeCode>705</TypeCode></PreviousDocument><Commodity><Classification><ID>85109000</ID></Classification><InvoiceLine><ItemChargeAmount currencyID="GBP">10.5</ItemChargeAmount></InvoiceLine></Commodity><Origin><CountryCode>US</CountryCode></Origin></GovernmentAgencyGoodsItem></GoodsShipment></Declaration></MetaData>"#;
const RATES: &str = "Date,USD,CYP,JPY,\n2026-04-13,1.1684,N/A,186.75,\n13 April 2026,1.2,0.58,N/A,\n";
const ROWS: &str = "No;Pro;Status;Time\n1;P-1;departed;2026-07-31 18:00\n\"2\";P-2;arrived;2026-07-31T19:00:00Z\n";
const RECEIPT: &str = r#"{"id":"1","order":"PO1","line":1,"qty":"5","at":"2026-03-01 10:00","lots":[{"a":1},{"a":2}]}"#;
const PROGRAM: &str = r#"(.lots[]? // {a: 0}) as $lot | { event_id: "\(.id)/\($lot.a)", type: "receipt", source: "wms",
    occurred_at: (.at | zoned), data: { receipt_id: .id, order_id: .order, line_no: .line, quantity: .qty,
    received_at: (.at | zoned) } }"#;

fn columns() -> Profile {
    let options = [
        ("type", "milestone"),
        ("delimiter", "semicolon"),
        ("field.occurred_at", "Time"),
        ("field.data.milestone_id", "No"),
        ("field.data.ref.type", "=pro"),
        ("field.data.ref.value", "Pro"),
        ("field.data.milestone", "Status"),
        ("field.data.classifier", "=actual"),
        ("field.data.at", "Time"),
    ];
    Profile { time_zone: "Europe/Berlin".into(), ..with_options("carrier:X", &options) }
}

/// Formats with a profile, a mapping and a message that is right.
fn formats() -> Vec<(&'static str, Profile, Option<&'static str>, &'static str)> {
    let zoned = Profile { time_zone: "Europe/London".into(), ..profile("p") };
    vec![
        ("dcsa", zoned.clone(), None, OCEAN),
        ("wco", zoned.clone(), None, NOTICE),
        ("wco", with_options("p", &[("declaration_id", "mrn"), ("quantity", "packages")]), None, FILED),
        ("ecb", profile("p"), None, RATES),
        ("csv", columns(), None, ROWS),
        ("jq", zoned, Some(PROGRAM), RECEIPT),
    ]
}

/// Every outcome is an event that survives being written and read again, or an error that can be shown; and the same
/// record says the same again.
fn check(format: &str, profile: &Profile, mapping: Option<&str>, record: &[u8]) {
    let outcomes = decode(format, profile, mapping, record);
    for outcome in &outcomes {
        match outcome {
            Ok(event) => assert_eq!(json::decode(json::encode(event).as_bytes()).as_ref(), Ok(event)),
            Err(fault) => assert!(!fault.message.is_empty() && !line(outcome).contains('\n')),
        }
    }
    assert_eq!(decode(format, profile, mapping, record), outcomes);
}

#[test]
fn the_messages_themselves_are_right() {
    for (format, profile, mapping, message) in formats() {
        let outcomes = decode(format, &profile, mapping, message.as_bytes());
        assert!(!outcomes.is_empty(), "{format}");
        assert!(outcomes.iter().all(Result::is_ok), "{format}: {outcomes:?}");
        check(format, &profile, mapping, message.as_bytes());
    }
}

/// A change of a message: where, what is cut out, what is put in.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let put_in = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "<", ">", "&lt;", "\"", "{", "}", "[", "]", ",", "null", "-", "9", "é", "\0", "1e9", "\n"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (any::<prop::sample::Index>(), 0_usize..40, put_in)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_give_events_or_errors(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for (format, profile, mapping, _) in formats() {
            check(format, &profile, mapping, &bytes);
        }
    }

    #[test]
    fn changed_messages_give_events_or_errors(changes in prop::collection::vec(change(), 1..6)) {
        for (format, profile, mapping, message) in formats() {
            let mut bytes = message.as_bytes().to_vec();
            for (at, length, put_in) in &changes {
                let from = at.index(bytes.len() + 1);
                let to = (from + length).min(bytes.len());
                bytes.splice(from..to, put_in.iter().copied());
            }
            check(format, &profile, mapping, &bytes);
        }
    }
}
