//! Every field of every type, as its contract says: absent, null, blank, of another type, out of range, twice.

mod common;

use common::{full, outcome, outcome_of, set, with};
use landfall_schemas::contract::{ENVELOPE, Field, Holds, Presence, Range, Shape, shape_of};
use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json::{decode, encode};
use serde_json::{Value, json};

/// A field where it stands in the full event of a type.
struct Place {
    document_type: DocumentType,
    field: &'static Field,
    pointer: String,
    path: String,
}

impl Place {
    fn outcome_with(&self, value: Value) -> String {
        outcome(&with(self.document_type, &self.pointer, value))
    }

    fn assert_outcome(&self, value: Value, code: &str) {
        let expected = format!("{code} {}", self.path);
        assert_eq!(self.outcome_with(value.clone()), expected, "{} with {value}", self.document_type.as_str());
    }
}

fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for document_type in DocumentType::ALL {
        add_places(*document_type, &ENVELOPE, "", "", &mut places);
        add_places(*document_type, shape_of(*document_type), "/data", "data.", &mut places);
    }
    places
}

fn add_places(document_type: DocumentType, shape: &'static Shape, pointer: &str, path: &str, places: &mut Vec<Place>) {
    for field in shape.fields {
        let pointer = format!("{pointer}/{}", field.name);
        let path = format!("{path}{}", field.name);
        places.push(Place { document_type, field, pointer: pointer.clone(), path: path.clone() });
        match field.holds {
            Holds::Object(inner) => add_places(document_type, inner, &pointer, &format!("{path}."), places),
            Holds::List(inner) => {
                add_places(document_type, inner, &format!("{pointer}/0"), &format!("{path}[0]."), places);
            }
            _ => {}
        }
    }
}

#[test]
fn the_full_events_have_every_field_and_keep_it() {
    for place in places() {
        let event = full(place.document_type);
        assert!(event.pointer(&place.pointer).is_some(), "no {} in the full event", place.path);
        let decoded = decode(event.to_string().as_bytes()).unwrap();
        let encoded: Value = serde_json::from_str(&encode(&decoded)).unwrap();
        // False is the default of `retracted`.
        let kept = encoded.pointer(&place.pointer).is_some() || place.pointer == "/retracted";
        assert!(kept, "{} of {} is lost: {encoded}", place.path, place.document_type.as_str());
    }
}

#[test]
fn fields_not_given_are_missing_where_they_are_required() {
    for place in places() {
        let mut absent = full(place.document_type);
        let (parent, name) = place.pointer.rsplit_once('/').unwrap();
        absent.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        let mut events = vec![absent];
        for nothing in [Value::Null, json!(""), json!(" \t\u{2003}\u{a0}")] {
            events.push(with(place.document_type, &place.pointer, nothing));
        }
        for event in events {
            let expected = match place.field.presence {
                Presence::Optional => "ok".to_owned(),
                Presence::Key | Presence::Required => format!("missing_field {}", place.path),
            };
            assert_eq!(outcome(&event), expected, "{event}");
        }
    }
}

#[test]
fn other_json_types_than_due_are_wrong() {
    for place in places() {
        let wrong = match place.field.holds {
            Holds::Text | Holds::Time | Holds::Date | Holds::Currency | Holds::OneOf(_) => {
                vec![json!(true), json!(12), json!([]), json!({})]
            }
            Holds::Boolean => vec![json!("true"), json!(1), json!([]), json!({})],
            Holds::Revision | Holds::LineNo => {
                vec![json!("1"), json!(1.5), json!(1.0), json!(1e30), json!(true), json!([1]), json!({})]
            }
            Holds::Number(_) | Holds::Amount => vec![json!(true), json!([]), json!({})],
            Holds::Object(_) => vec![json!("x"), json!(1), json!(true), json!([])],
            Holds::List(_) => vec![json!("x"), json!(1), json!(false), json!({})],
        };
        for value in wrong {
            place.assert_outcome(value, "wrong_type");
        }
        if let Holds::List(_) = place.field.holds {
            assert_eq!(place.outcome_with(json!([1])), format!("wrong_type {}[0]", place.path));
            assert_eq!(place.outcome_with(json!([null])), format!("missing_field {}[0]", place.path));
            assert_eq!(place.outcome_with(json!([" "])), format!("missing_field {}[0]", place.path));
        }
    }
}

#[test]
fn values_outside_their_range_are_bad() {
    for place in places() {
        let numbers = ["12,50", "abc", "1 000", "0x10", "NaN", "1e", "--1", "1.2.3", "٣", "1_000", "-"];
        let bad = |values: &[Value], code| values.iter().for_each(|value| place.assert_outcome(value.clone(), code));
        match place.field.holds {
            Holds::Time => {
                let texts =
                    ["2026-03-01T10:00:00", "2026-03-01", "soon", "1969-12-31T23:59:59Z", "9999-01-01T00:00:00Z"];
                bad(&texts.map(|text| json!(text)), "bad_time");
            }
            Holds::Date => {
                let texts = ["2026-02-30", "2026-3-1", "20260301", "2026-03-01T00:00:00Z", "1969-12-31", "9999-01-01"];
                bad(&texts.map(|text| json!(text)), "bad_value");
            }
            Holds::Currency => bad(&["EURO", "eur", "XXX", "XAU", "ZZZ", "€"].map(|text| json!(text)), "bad_value"),
            Holds::OneOf(_) => bad(&["teleported", "OPEN ", "Bol"].map(|text| json!(text)), "bad_value"),
            Holds::Revision => bad(&[json!(-1)], "bad_value"),
            Holds::LineNo => bad(&[json!(0), json!(-1), json!(1_000_000), json!(u64::MAX)], "bad_value"),
            Holds::Number(range) => {
                bad(&numbers.map(|text| json!(text)), "bad_value");
                let is_limit = place.field.name.ends_with("_abs");
                if !is_limit {
                    bad(&[json!("1e12"), json!(-1_000_000_000_000_i64), json!("1e999999999999")], "bad_value");
                    bad(&[json!("0.00000000001"), json!("1e-11"), json!("1e-999999999999")], "amount_precision");
                }
                match range {
                    Range::Any => assert_eq!(place.outcome_with(json!(-1)), "ok"),
                    Range::NotNegative => {
                        bad(&[json!(-1), json!("-0.01")], "bad_value");
                        assert_eq!(place.outcome_with(json!(0)), "ok");
                    }
                    Range::Positive => bad(&[json!(-1), json!("0"), json!(0.0)], "bad_value"),
                }
            }
            Holds::Amount => {
                bad(&numbers.map(|text| json!(text)), "bad_value");
                bad(&[json!("0.001"), json!(0.001), json!("1e-3")], "amount_precision");
                bad(&[json!("10000000000000.01"), json!("-1e16"), json!("1e999")], "amount_range");
            }
            Holds::Text | Holds::Boolean | Holds::Object(_) | Holds::List(_) => {}
        }
    }
}

#[test]
fn faults_are_reported_in_the_order_of_the_contract() {
    for document_type in DocumentType::ALL {
        let mut event = full(*document_type);
        for place in places().iter().rev().filter(|place| place.document_type == *document_type) {
            let wrong = if let Holds::Boolean = place.field.holds { json!("x") } else { json!(true) };
            set(&mut event, &place.pointer, wrong);
            assert_eq!(outcome(&event), format!("wrong_type {}", place.path), "{event}");
        }
    }
}

#[test]
fn a_known_key_twice_is_not_json_whatever_else_is_wrong() {
    for place in places() {
        let mut event = full(place.document_type);
        let value = event.pointer(&place.pointer).unwrap().clone();
        set(&mut event, &format!("{}-twin", place.pointer), value);
        let twice = |event: &Value| event.to_string().replace("-twin\"", "\"");
        assert_eq!(outcome_of(&twice(&event)), "not_json", "{}", place.path);

        event["source"] = json!(false);
        let error = decode(twice(&event).as_bytes()).unwrap_err();
        assert_eq!(
            (error.stream, error.event_id.as_str(), error.code.as_str()),
            (None, "", "not_json"),
            "{}",
            place.path
        );

        // Of a retraction only the key is read.
        event["source"] = json!("erp:eu");
        event["retracted"] = json!(true);
        let read = !place.path.starts_with("data.") || place.field.presence == Presence::Key;
        // The twin of `retracted` itself stays false, and still there are two.
        assert_eq!(outcome_of(&twice(&event)), if read { "not_json" } else { "ok" }, "{}", place.path);
    }
}

#[test]
fn a_retraction_needs_its_key_alone() {
    for document_type in DocumentType::ALL {
        let mut event = full(*document_type);
        event["retracted"] = json!(true);
        let document = decode(full(*document_type).to_string().as_bytes()).unwrap();
        for field in shape_of(*document_type).fields {
            let pointer = format!("/data/{}", field.name);
            let mut broken = event.clone();
            set(&mut broken, &pointer, json!([false]));
            let expected = match field.presence {
                Presence::Key => format!("wrong_type data.{}", field.name),
                Presence::Required | Presence::Optional => "ok".to_owned(),
            };
            assert_eq!(outcome(&broken), expected);
        }
        let retraction = decode(event.to_string().as_bytes()).unwrap();
        assert_eq!(retraction.key(), document.key());
        assert_eq!(decode(encode(&retraction).as_bytes()).unwrap(), retraction);
    }
}
