//! What every adapter is held to.

use landfall_schemas::format::{Decoder, Outcome, Profile, Record, decoder, json};

/// A mapping with loops over what the record has.
#[allow(dead_code, reason = "only mappings have one")]
pub const PROGRAM: &str = r#"
    def lots: .lots[]? // {};
    if type == "array" then .[] else . end
    | . as $it | lots | { event_id: ($it.id | tostring), type: "receipt", source: "wms",
        occurred_at: ($it.at | zoned), data: { receipt_id: "\($it.id)/\(.a)", order_id: $it.order, line_no: $it.line,
        quantity: $it.qty, received_at: ($it.at | zoned) } }
"#;

/// The decoder of a partner, made once for all records.
pub fn partner(format: &str, options: &[(&str, &str)], mapping: Option<&str>) -> Box<dyn Decoder> {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let profile = Profile { source: "p".into(), time_zone: "Europe/London".into(), options, ..Profile::default() };
    decoder(format, &profile, mapping).expect("a good profile")
}

/// Decodes a record twice: the same outcomes, and events that survive being written and read again.
pub fn check(decoder: &dyn Decoder, record: &[u8]) {
    let outcomes = decode(decoder, record);
    for event in outcomes.iter().flatten() {
        assert_eq!(json::decode(json::encode(event).as_bytes()).as_ref(), Ok(event));
    }
    assert_eq!(decode(decoder, record), outcomes);
}

fn decode(decoder: &dyn Decoder, value: &[u8]) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let record = Record { value, key: None, origin: "fuzz", partition: 0, offset: 1, headers: &[] };
    decoder.decode(&record, &mut outcomes);
    outcomes
}
