//! Valid events generated from the contracts, from a seed.

use landfall_schemas::contract::{ENVELOPE, Field, Holds, Presence, Range, Shape, shape_of};
use landfall_schemas::event::DocumentType;
use serde_json::{Map, Value, json};

/// A generator of pseudo-random numbers (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn one_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

/// A valid event of this type.
pub fn event(document_type: DocumentType, seed: u64) -> Value {
    let mut dice = Dice(seed);
    let mut event = object(&ENVELOPE, &mut dice);
    event["type"] = json!(document_type.as_str());
    let mut data = object(shape_of(document_type), &mut dice);
    keep_rules(document_type, &mut data);
    event["data"] = data;
    event
}

fn object(shape: &Shape, dice: &mut Dice) -> Value {
    let mut members = Map::new();
    for field in shape.fields {
        let value = match field.presence {
            Presence::Optional => match dice.below(6) {
                0 | 1 => None,
                2 => Some(dice.one_of(&[Value::Null, json!(""), json!(" \t\u{2003}")]).clone()),
                _ => Some(value(field, dice)),
            },
            Presence::Key | Presence::Required => Some(value(field, dice)),
        };
        if let Some(value) = value {
            members.insert(field.name.to_owned(), value);
        }
    }
    if dice.below(4) == 0 {
        members.insert("unknown".to_owned(), json!({ "deep": [1, null, { "er": "x" }] }));
    }
    Value::Object(members)
}

fn value(field: &Field, dice: &mut Dice) -> Value {
    match field.holds {
        Holds::Text => text(dice),
        Holds::Time => {
            let fraction = dice.one_of(&["", ".5", ".123", ".999999999999"]);
            let zone = dice.one_of(&["Z", "z", "+02:00", "-11:30", "-00:00"]);
            json!(format!(
                "{}T{:02}:{:02}:{:02}{fraction}{zone}",
                date(dice),
                dice.below(24),
                dice.below(60),
                dice.below(60)
            ))
        }
        Holds::Date => json!(date(dice)),
        Holds::Currency => json!(dice.one_of(&["EUR", "JPY", "BHD", "USD", "CLF"])),
        Holds::Boolean => json!(dice.below(2) == 1),
        Holds::Revision => json!(dice.below(1 << 50)),
        Holds::LineNo => json!(dice.below(999_999) + 1),
        Holds::Number(range) => number(range, dice),
        Holds::Amount => amount(dice),
        Holds::OneOf(names) => {
            let names = names();
            let one_of = names["oneOf"].as_array().map(|all| all.iter().map(|name| name["const"].clone()).collect());
            let choices: Vec<Value> =
                one_of.or_else(|| names["enum"].as_array().cloned()).expect("an enumeration has names");
            dice.one_of(&choices).clone()
        }
        Holds::Object(shape) => object(shape, dice),
        Holds::List(shape) => Value::Array((0..dice.below(4)).map(|_| object(shape, dice)).collect()),
    }
}

fn text(dice: &mut Dice) -> Value {
    let core = dice.one_of(&[
        "a",
        "PO 1",
        "x\"y\\z",
        "żółć1",
        "tab\there9",
        "𝄞1",
        "0",
        "a long text that is not kept inline 1",
    ]);
    let around = dice.one_of(&["", " ", "\u{a0}", "\n"]);
    json!(format!("{around}{core}{}{around}", dice.below(100)))
}

fn date(dice: &mut Dice) -> String {
    // One year inside the range on either side: a zone may move a time into the next year.
    format!("{:04}-{:02}-{:02}", 1971 + dice.below(8027), 1 + dice.below(12), 1 + dice.below(28))
}

fn number(range: Range, dice: &mut Dice) -> Value {
    let positive = ["1", "0.0000000001", "999999999999.9999999999", "12.50", "1e3", "25E-1", "+7", "007", ".5", "5."];
    let digits = match range {
        Range::Positive => *dice.one_of(&positive),
        _ if dice.below(4) == 0 => *dice.one_of(&["0", "-0", "0.000000000000000"]),
        _ => *dice.one_of(&positive),
    };
    match (range, dice.below(3)) {
        (Range::Any, 0) if !digits.starts_with(['-', '+']) => json!(format!("-{digits}")),
        (_, 1) => json!(dice.below(1_000_000) + 1),
        (_, 2) => json!([0.25, 1.5, 99.75][dice.below(3) as usize]),
        _ => json!(digits),
    }
}

/// An amount that every currency can hold: none of its decimals but trailing zeros.
fn amount(dice: &mut Dice) -> Value {
    let whole = dice.below(1_000_000_000) as i64 - 500_000_000;
    dice.one_of(&[json!(whole), json!(whole.to_string()), json!(format!("{whole}.0000")), json!(format!("{whole}e0"))])
        .clone()
}

/// The rules over several fields, which no table tells.
fn keep_rules(document_type: DocumentType, data: &mut Value) {
    let elements = |data: &mut Value, list: &str, keep: &dyn Fn(usize, &mut Value)| {
        if let Some(elements) = data.get_mut(list).and_then(Value::as_array_mut) {
            elements.iter_mut().enumerate().for_each(|(index, element)| keep(index, element));
        }
    };
    elements(data, "lines", &|index, line| line["line_no"] = json!(100 - index));
    elements(data, "plan", &|index, planned| planned["milestone"] = json!(["arrived", "booked", "departed"][index]));
    elements(data, "charges", &|index, charge| charge["code"] = json!(format!("CODE{index}")));
    if document_type == DocumentType::Link {
        data["a"]["type"] = json!("bol");
        data["b"]["type"] = json!("pro");
    }
    if document_type == DocumentType::Tolerance {
        // Money where there is a currency: without decimals it suits any.
        data["over_abs"] = json!("5.0");
    }
    if data.get("under_abs").is_some_and(|limit| !limit.is_null()) {
        data["under_abs"] = json!(7);
    }
    if document_type == DocumentType::Invoice {
        data["replaces"] = json!("another");
        data["total"] = Value::Null;
    }
}
