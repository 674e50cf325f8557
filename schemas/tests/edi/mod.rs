//! What the tests of EDI formats share: decoding a text, and outcomes as JSON.
#![allow(dead_code, reason = "every test file uses its part")]

use landfall_schemas::format::edifact::Edifact;
use landfall_schemas::format::json::encode;
use landfall_schemas::format::x12::X12;
use landfall_schemas::format::{Decoder, Outcome, Profile, Record};
use serde_json::{Value, json};

/// The profile by which the sample files of X12 are read.
pub const X12_PROFILE: &str = r#"{"source":"carrier:sample","region":"NA","time_zone":"America/New_York",
    "options":{"currency":"USD","incoterm":"FOB"}}"#;
/// The profile by which the sample files of EDIFACT are read.
pub const EDIFACT_PROFILE: &str = r#"{"source":"carrier:sample","region":"EU","time_zone":"America/New_York"}"#;

/// A profile written as JSON.
pub fn profile(text: &str) -> Profile {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A decoder of X12 by a profile.
pub fn x12(text: &str) -> X12 {
    X12::new(profile(text)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A decoder of EDIFACT by a profile.
pub fn edifact(text: &str) -> Edifact {
    Edifact::new(profile(text)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// What a decoder makes of a record.
pub fn outcomes(decoder: &impl Decoder, value: &[u8]) -> Vec<Outcome> {
    let record = Record { value, key: None, origin: "test", partition: 0, offset: 1, headers: &[] };
    let mut outcomes = Vec::new();
    decoder.decode(&record, &mut outcomes);
    outcomes
}

/// An outcome as JSON: the canonical event, or code, field and message of the error.
pub fn shown(outcome: &Outcome) -> Value {
    match outcome {
        Ok(event) => serde_json::from_str(&encode(event)).expect("events are JSON"),
        Err(error) => json!({ "error_code": error.code.as_str(), "field": error.field, "message": error.message }),
    }
}

/// What a decoder makes of a text, as JSON.
pub fn read(decoder: &impl Decoder, text: &str) -> Vec<Value> {
    outcomes(decoder, text.as_bytes()).iter().map(shown).collect()
}

/// An interchange of X12 with these sets, each written as its segments behind ST and ahead of SE.
pub fn interchange(sets: &[(&str, &str)]) -> String {
    let isa =
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260301*1015*U*00401*000000007*0*P*>~";
    let mut text = format!("{isa}GS*IM*SENDER*RECEIVER*20260301*1015*7*X*004010~");
    for (number, (id, body)) in sets.iter().enumerate() {
        let segments = body.split('~').filter(|segment| !segment.trim().is_empty()).count() + 2;
        text.push_str(&format!("ST*{id}*{:04}~{body}SE*{segments}*{:04}~", number + 1, number + 1));
    }
    text.push_str(&format!("GE*{}*7~IEA*1*000000007~", sets.len()));
    text
}

/// An interchange of EDIFACT with these messages, each written as its segments behind UNH and ahead of UNT.
pub fn unb(messages: &[(&str, &str)]) -> String {
    let mut text = "UNB+UNOC:3+SENDER:ZZZ+RECEIVER:ZZZ+260301:1015+7'".to_owned();
    for (number, (kind, body)) in messages.iter().enumerate() {
        let segments = body.replace("?'", "").split('\'').filter(|segment| !segment.trim().is_empty()).count() + 2;
        text.push_str(&format!("UNH+{0}+{kind}:D:00B:UN'{body}UNT+{segments}+{0}'", number + 1));
    }
    text.push_str(&format!("UNZ+{}+7'", messages.len()));
    text
}
