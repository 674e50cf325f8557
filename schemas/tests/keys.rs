//! Keys of objects: in any order, among unknown ones, and none that is known twice, wherever its twin stands.

mod common;

use common::full;
use landfall_schemas::Event;
use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json::{decode, encode};
use serde_json::Value;

/// JSON with the members of each object as `arrange` leaves them: it gets keys and values as they are written.
fn written(value: &Value, arrange: &dyn Fn(&mut Vec<(String, String)>)) -> String {
    match value {
        Value::Object(object) => {
            let member = |(key, value): (&String, &Value)| (format!("\"{key}\""), written(value, arrange));
            let mut members: Vec<_> = object.iter().map(member).collect();
            arrange(&mut members);
            let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(list) => {
            let elements: Vec<_> = list.iter().map(|element| written(element, arrange)).collect();
            format!("[{}]", elements.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn decoded(text: &str) -> Event {
    decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_order_of_keys_makes_no_difference_and_neither_do_unknown_ones() {
    for document_type in DocumentType::ALL {
        let event = full(*document_type);
        let expected = decoded(&event.to_string());
        for turns in 0..12 {
            let turned = |members: &mut Vec<(String, String)>| {
                let middle = turns % members.len();
                members.rotate_left(middle);
            };
            let reversed = |members: &mut Vec<(String, String)>| {
                turned(members);
                members.reverse();
            };
            let among_unknown = |members: &mut Vec<(String, String)>| {
                turned(members);
                for value in ["[{\"type\":1,\"type\":2}]", "null"] {
                    members.insert(turns % members.len(), ("\"unknown\"".into(), value.into()));
                }
            };
            assert_eq!(decoded(&written(&event, &turned)), expected);
            assert_eq!(decoded(&written(&event, &reversed)), expected);
            assert_eq!(decoded(&written(&event, &among_unknown)), expected);
        }
    }
}

/// Where the object around a place in a text begins or ends; the strings of the text have no braces.
fn brace(places: impl Iterator<Item = (usize, char)>, towards: char, away: char) -> usize {
    let mut depth = 0;
    for (at, character) in places {
        match character {
            _ if character == towards && depth == 0 => return at,
            _ if character == towards => depth -= 1,
            _ if character == away => depth += 1,
            _ => {}
        }
    }
    panic!("no object is around")
}

#[test]
fn a_twin_is_found_wherever_it_stands() {
    for document_type in DocumentType::ALL {
        // Written by the encoder, so that every key is known and stands where it is read.
        let text = encode(&decoded(&full(*document_type).to_string()));
        for (end, _) in text.match_indices("\":") {
            let begin = text[..end].rfind('"').expect("a key begins with a quote");
            let name = &text[begin + 1..end];
            let first = brace(text[..begin].char_indices().rev(), '{', '}') + 1;
            let last = end + brace(text[end..].char_indices(), '}', '{');
            let escaped = format!("\\u{:04x}{}", u32::from(name.as_bytes()[0]), &name[1..]);
            for key in [name, &escaped] {
                for (at, twin) in [(first, "KEY:null,"), (begin, "KEY:null,"), (last, ",KEY:null")] {
                    let mut twice = text.clone();
                    twice.insert_str(at, &twin.replace("KEY", &format!("\"{key}\"")));
                    let error = decode(twice.as_bytes()).expect_err(&twice);
                    assert_eq!((error.code.as_str(), error.field.as_str()), ("not_json", ""), "{twice}");
                    let expected = format!("{name}\" is given twice: expected it once");
                    assert!(error.message.ends_with(&expected), "{}: {twice}", error.message);
                }
            }
        }
    }
}
