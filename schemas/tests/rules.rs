//! One test for each rule of decoding that no single field tells.

mod common;

use common::{full, outcome, outcome_of, set, with};
use landfall_schemas::event::{Body, DocumentType};
use landfall_schemas::format::json::{RECORD_BYTES_MAX, decode, encode};
use landfall_schemas::{Document, Event, Stream};
use serde_json::{Value, json};

fn decoded(event: &Value) -> Event {
    decode(event.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {event}"))
}

fn document(event: &Value) -> Document {
    match decoded(event).body {
        Body::Document(document) => document,
        Body::Retraction(key) => panic!("{key:?} is withdrawn"),
    }
}

fn message(event: &Value) -> String {
    decode(event.to_string().as_bytes()).expect_err("a fault").message
}

#[test]
fn a_record_has_at_most_a_mebibyte() {
    let mut record = full(DocumentType::Partner).to_string().into_bytes();
    record.resize(RECORD_BYTES_MAX, b' ');
    assert!(decode(&record).is_ok());
    record.push(b' ');
    assert_eq!(decode(&record).unwrap_err().code.as_str(), "too_large");
    // Size is looked at first: the bytes are no text either.
    assert_eq!(decode(&vec![0xff; RECORD_BYTES_MAX + 1]).unwrap_err().code.as_str(), "too_large");
}

#[test]
fn bytes_that_are_no_text_are_not_utf8() {
    for bytes in [&b"\xff"[..], b"{\"event_id\":\"\xc3\"}", b"{} \xed\xa0\x80"] {
        let error = decode(bytes).unwrap_err();
        assert_eq!((error.code.as_str(), error.stream, error.field.as_str()), ("not_utf8", None, ""));
    }
}

#[test]
fn texts_that_are_no_object_are_not_json() {
    let texts = [
        "",
        " ",
        "null",
        "[]",
        "\"order\"",
        "12",
        "{",
        "}",
        "{}}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "[1,]",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":[}",
        "{} {}",
        "\u{feff}{}",
        "{\"a\":1 \"b\":2}",
    ];
    for text in texts {
        assert_eq!(outcome_of(text), "not_json", "{text}");
    }
}

#[test]
fn a_lone_surrogate_anywhere_is_not_json() {
    let good = full(DocumentType::Receipt).to_string();
    for string in [r"\ud800", r"\udc00", r"\ud800\ud800", r"\ud800x", r"\ud800\n", r"x\uDFFF", r"\udc00\ud800"] {
        assert_eq!(outcome_of(&good.replacen("PO1", string, 1)), "not_json");
        assert_eq!(outcome_of(&good.replacen('{', &format!("{{\"ignored\":[\"{string}\"],"), 1)), "not_json");
        assert_eq!(outcome_of(&good.replacen('{', &format!("{{\"{string}\":1,"), 1)), "not_json");
    }
    assert_eq!(outcome_of(&good.replacen("PO1", r"\ud834\udd1e", 1)), "ok");
}

#[test]
fn keys_are_compared_with_their_escapes_resolved() {
    let good = full(DocumentType::Receipt).to_string();
    assert_eq!(outcome_of(&good.replacen("\"order_id\"", r#""order\u005fid""#, 1)), "ok");
    assert_eq!(outcome_of(&good.replacen("\"order_id\"", r#""order\u005fid":"x","order_id""#, 1)), "not_json");
}

#[test]
fn unknown_fields_are_ignored_as_often_and_as_deep_as_they_come() {
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    let record = full(DocumentType::Receipt).to_string().replacen('{', &format!("{{\"x\":{deep},\"x\":1,"), 1);
    assert_eq!(outcome_of(&record), "ok");
    assert_eq!(outcome_of(&"[".repeat(RECORD_BYTES_MAX)), "not_json");
}

#[test]
fn errors_say_stream_and_id_where_they_can_be_read() {
    let says = |event: Value| {
        let error = decode(event.to_string().as_bytes()).unwrap_err();
        (error.stream, error.event_id.to_string(), error.code.as_str(), error.field)
    };
    let customs = |pointer, value| says(with(DocumentType::CustomsStatus, pointer, value));
    assert_eq!(customs("/event_id", json!(1)), (Some(Stream::Customs), String::new(), "wrong_type", "event_id".into()));
    assert_eq!(customs("/type", json!("ordr")), (None, "e-1".into(), "unknown_type", "type".into()));
    assert_eq!(customs("/type", json!(["order"])), (None, "e-1".into(), "wrong_type", "type".into()));
    assert_eq!(customs("/type", Value::Null), (None, "e-1".into(), "missing_field", "type".into()));
    assert_eq!(customs("/data", json!(7)), (Some(Stream::Customs), "e-1".into(), "wrong_type", "data".into()));
    assert_eq!(customs("/data", json!(" ")), (Some(Stream::Customs), "e-1".into(), "missing_field", "data".into()));
}

#[test]
fn of_several_faults_the_first_field_of_the_list_is_reported() {
    let mut event = full(DocumentType::Order);
    let faults = [
        ("/data/lines/0/unit", json!(1), "wrong_type data.lines[0].unit"),
        ("/data/lines/0/line_no", json!(0), "bad_value data.lines[0].line_no"),
        ("/data/region", json!(""), "missing_field data.region"),
        ("/data/order_id", json!(1), "wrong_type data.order_id"),
        ("/retracted", json!("no"), "wrong_type retracted"),
        ("/revision", json!(-1), "bad_value revision"),
        ("/recorded_at", json!("x"), "bad_time recorded_at"),
        ("/occurred_at", json!("x"), "bad_time occurred_at"),
        ("/source", json!(" "), "missing_field source"),
        ("/type", json!("ordr"), "unknown_type type"),
        ("/event_id", json!(1), "wrong_type event_id"),
    ];
    for (pointer, value, expected) in faults {
        set(&mut event, pointer, value);
        assert_eq!(outcome(&event), expected);
    }
}

#[test]
fn text_is_trimmed_by_unicode_white_space_and_by_nothing_else() {
    let event = decoded(&with(DocumentType::Partner, "/data/code", json!("\u{2003}\u{85} C 1 \u{3000}\n")));
    assert_eq!(event.key(), decoded(&with(DocumentType::Partner, "/data/code", json!("C 1"))).key());
    // A control character that other languages strip, and the zero-width space, are text.
    for text in ["\u{1f}", "\u{200b}"] {
        assert_eq!(outcome(&with(DocumentType::Partner, "/data/code", json!(text))), "ok");
    }
    assert_eq!(outcome(&with(DocumentType::Milestone, "/data/milestone", json!(" arrived\n"))), "ok");
    assert_eq!(outcome(&with(DocumentType::FxRate, "/data/rate", json!(" 1.5 "))), "ok");
    assert_eq!(outcome(&with(DocumentType::FxRate, "/type", json!(" fx_rate "))), "ok");
}

#[test]
fn recorded_at_and_revision_have_defaults() {
    let mut event = full(DocumentType::Partner);
    for field in ["recorded_at", "revision", "retracted"] {
        event.as_object_mut().unwrap().remove(field);
    }
    let envelope = decoded(&event).envelope;
    assert_eq!((envelope.recorded_at, envelope.revision), (envelope.occurred_at, 0));
}

#[test]
fn revisions_are_as_large_as_64_bits() {
    let text = full(DocumentType::Partner).to_string();
    let with_revision = |number: &str| text.replacen("\"revision\":3", &format!("\"revision\":{number}"), 1);
    assert_eq!(decode(with_revision("18446744073709551615").as_bytes()).unwrap().envelope.revision, u64::MAX);
    assert_eq!(decode(with_revision("-0").as_bytes()).unwrap().envelope.revision, 0);
    assert_eq!(outcome_of(&with_revision("18446744073709551616")), "bad_value revision");
    assert_eq!(outcome_of(&with_revision("3.0")), "wrong_type revision");
    assert_eq!(outcome_of(&with_revision("3e0")), "wrong_type revision");
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    let posting = |currency: &str, amount: Value| {
        let mut event = with(DocumentType::Posting, "/data/currency", json!(currency));
        event["data"]["amount"] = amount;
        event
    };
    for (currency, amount, minor) in [
        ("JPY", json!("12"), 12),
        ("JPY", json!("12.000"), 12),
        ("EUR", json!("1234.50"), 123_450),
        ("EUR", json!(-0.07), -7),
        ("EUR", json!("10000000000000"), 1_000_000_000_000_000),
        ("BHD", json!("-1.234"), -1234),
        ("CLF", json!("0.0001"), 1),
        ("EUR", json!("1.5e1"), 1500),
        ("EUR", json!("-0"), 0),
    ] {
        let Document::Posting(posting) = document(&posting(currency, amount)) else { panic!("a posting") };
        assert_eq!(posting.amount, minor);
    }
    for (currency, amount) in [("JPY", json!("12.5")), ("EUR", json!("100.005")), ("BHD", json!("0.0001"))] {
        assert_eq!(outcome(&posting(currency, amount)), "amount_precision data.amount");
    }
    assert_eq!(outcome(&posting("JPY", json!("1000000000000000"))), "ok");
    assert_eq!(outcome(&posting("JPY", json!("1000000000000001"))), "amount_range data.amount");
}

#[test]
fn a_number_beyond_the_reach_of_a_float_stays_exact() {
    let text = full(DocumentType::FxRate).to_string();
    let rate = text.replacen("\"1.1\"", "999999999999.9999999999", 1);
    let encoded = encode(&decode(rate.as_bytes()).unwrap());
    assert!(encoded.contains("\"999999999999.9999999999\""), "{encoded}");
}

#[test]
fn limits_of_a_tolerance_are_money_where_it_names_a_currency() {
    let tolerance = |currency: &str, limit: &str| {
        let mut event = with(DocumentType::Tolerance, "/data/currency", json!(currency));
        event["data"]["under_abs"] = json!(limit);
        outcome(&event)
    };
    assert_eq!(tolerance("EUR", "0.001"), "amount_precision data.under_abs");
    assert_eq!(tolerance("", "0.001"), "ok");
    assert_eq!(tolerance("JPY", "1000000000000001"), "amount_range data.under_abs");
    let mut yen = with(DocumentType::Tolerance, "/data/currency", json!("JPY"));
    yen["data"]["over_abs"] = json!("1000000000000000");
    yen["data"]["under_abs"] = json!("0");
    assert_eq!(decode(encode(&decoded(&yen)).as_bytes()), Ok(decoded(&yen)));
    assert_eq!(tolerance("", "1000000000000"), "bad_value data.under_abs");
    assert_eq!(tolerance("EUR", "-1"), "bad_value data.under_abs");
}

#[test]
fn an_identifier_has_a_letter_or_a_digit() {
    for value in ["--/", "№ ü", "漢字"] {
        let path = "/data/ref/value";
        assert_eq!(outcome(&with(DocumentType::Milestone, path, json!(value))), "empty_identifier data.ref.value");
        let path = "/data/lines/0/refs/0/value";
        let expected = "empty_identifier data.lines[0].refs[0].value";
        assert_eq!(outcome(&with(DocumentType::Invoice, path, json!(value))), expected);
    }
}

#[test]
fn a_link_joins_identity_types_only() {
    for kind in ["mbl", "mawb", "container", "load", "voyage", "order"] {
        for end in ["a", "b"] {
            let event = with(DocumentType::Link, &format!("/data/{end}/type"), json!(kind));
            assert_eq!(outcome(&event), format!("bad_reference data.{end}.type"));
        }
    }
    for kind in ["shipment", "tracking", "pro", "bol", "hbl", "hawb", "booking", "asn", "delivery_note"] {
        assert_eq!(outcome(&with(DocumentType::Link, "/data/a/type", json!(kind))), "ok");
    }
}

/// The event with copies of the first element of a list, changed one by one.
fn repeated(document_type: DocumentType, list: &str, changes: &[(&str, Value)]) -> Value {
    let mut event = full(document_type);
    for (field, value) in changes {
        let mut element = event["data"][list][0].clone();
        element[field] = value.clone();
        event["data"][list].as_array_mut().expect("a list").push(element);
    }
    event
}

#[test]
fn a_line_number_stands_once_in_a_document() {
    for document_type in [DocumentType::Order, DocumentType::Declaration] {
        let lines = |numbers: &[u32]| {
            let changes: Vec<_> = numbers.iter().map(|number| ("line_no", json!(number))).collect();
            outcome(&repeated(document_type, "lines", &changes))
        };
        assert_eq!(lines(&[2, 3]), "ok");
        assert_eq!(lines(&[3, 2]), "ok");
        assert_eq!(lines(&[2, 1]), "duplicate_line data.lines[2].line_no");
        assert_eq!(lines(&[5, 5, 1]), "duplicate_line data.lines[2].line_no");
    }
    let mut invoice = repeated(DocumentType::Invoice, "lines", &[("line_no", json!(1))]);
    // Ahead of the total, which is no longer the sum.
    assert_eq!(outcome(&invoice), "duplicate_line data.lines[1].line_no");
    invoice["data"]["lines"][1]["line_no"] = json!(2);
    assert_eq!(outcome(&invoice), "total_mismatch data.total");
}

#[test]
fn contents_may_name_an_order_line_twice() {
    assert_eq!(outcome(&repeated(DocumentType::Shipment, "contents", &[("quantity", json!("2"))])), "ok");
}

#[test]
fn a_milestone_stands_once_in_a_plan() {
    let plan = |milestones: &[&str]| {
        let changes: Vec<_> = milestones.iter().map(|name| ("milestone", json!(name))).collect();
        outcome(&repeated(DocumentType::Shipment, "plan", &changes))
    };
    assert_eq!(plan(&["delivered", "booked"]), "ok");
    assert_eq!(plan(&["delivered", "arrived"]), "duplicate_line data.plan[2].milestone");
}

#[test]
fn a_payee_stands_once_with_a_code_and_is_the_carrier_unless_given() {
    let charges = |payees: &[Value]| {
        let changes: Vec<_> = payees.iter().map(|payee| ("payee", payee.clone())).collect();
        outcome(&repeated(DocumentType::Shipment, "charges", &changes))
    };
    assert_eq!(charges(&[json!("C"), json!("D")]), "ok");
    assert_eq!(charges(&[json!("C"), json!(null)]), "duplicate_expected_charge data.charges[2]");
    assert_eq!(charges(&[json!(" "), json!(" C ")]), "duplicate_expected_charge data.charges[2]");
    assert_eq!(charges(&[json!(" OTHER")]), "duplicate_expected_charge data.charges[1]");
}

#[test]
fn a_payee_that_is_the_carrier_says_no_more_than_none() {
    let mut given = with(DocumentType::Shipment, "/data/charges/0/payee", json!("C"));
    let explicit = decoded(&given);
    given["data"]["charges"][0].as_object_mut().unwrap().remove("payee");
    assert_eq!(decoded(&given), explicit);
}

#[test]
fn a_total_is_the_sum_of_the_lines() {
    let with_total = |total: &str| outcome(&with(DocumentType::Invoice, "/data/total", json!(total)));
    assert_eq!(with_total("-100"), "ok");
    assert_eq!(with_total("100"), "total_mismatch data.total");
    let mut empty = with(DocumentType::Invoice, "/data/lines", json!([]));
    assert_eq!(outcome(&empty), "total_mismatch data.total");
    empty["data"]["total"] = json!(0);
    assert_eq!(outcome(&empty), "ok");
}

#[test]
fn an_invoice_does_not_replace_itself() {
    assert_eq!(outcome(&with(DocumentType::Invoice, "/data/replaces", json!(" I1 "))), "bad_value data.replaces");
    assert_eq!(outcome(&with(DocumentType::Invoice, "/data/replaces", json!("i1"))), "ok");
}

#[test]
fn amounts_and_prices_may_be_negative_but_quantities_may_not() {
    assert_eq!(outcome(&with(DocumentType::Order, "/data/lines/0/unit_price", json!("-1"))), "ok");
    assert_eq!(outcome(&with(DocumentType::Declaration, "/data/lines/0/duty", json!("-1"))), "ok");
    let contents_value = with(DocumentType::Shipment, "/data/contents/0/value", json!("-1"));
    assert_eq!(outcome(&contents_value), "bad_value data.contents[0].value");
}

#[test]
fn messages_say_what_is_wrong_with_which_value_and_what_would_be_right() {
    let order = |pointer, value| message(&with(DocumentType::Order, pointer, value));
    assert_eq!(order("/data/region", json!(" ")), "required field is blank");
    assert_eq!(order("/data/region", json!(12)), "expected a string, found a number 12");
    assert_eq!(order("/data/region", json!({ "a": 1 })), "expected a string, found an object");
    assert_eq!(
        order("/data/status", json!("opened")),
        "\"opened\" is not a known value: expected one of open, closed, cancelled"
    );
    assert_eq!(
        order("/occurred_at", json!("2026-03-01T10:00:00")),
        "\"2026-03-01T10:00:00\" is without a zone: expected RFC 3339 such as 2026-03-01T10:00:00Z"
    );
    assert_eq!(order("/data/lines/0/quantity", json!("0")), "\"0\" is not above 0");
    assert_eq!(
        order("/data/lines/0/estimates/freight", json!("1.005")),
        "\"1.005\" has more decimals than EUR has: expected at most 2"
    );
    let long = order("/data/status", json!("ü\n".repeat(1000)));
    assert!(long.starts_with("\"ü\\nü\\n") && long.contains("…\" is not"), "{long}");
}
