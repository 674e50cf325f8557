//! Any bytes decode to events and errors, the same ones each time, and every event survives being written and read again.
#![no_main]

use std::sync::LazyLock;

use landfall_schemas::format::json::{decode, encode};
use landfall_schemas::format::x12::X12;
use landfall_schemas::format::{Decoder, Profile, Record};
use libfuzzer_sys::fuzz_target;

static PARTNER: LazyLock<X12> = LazyLock::new(|| {
    let mut profile = Profile { source: "fuzz".into(), region: "NA".into(), ..Profile::default() };
    profile.time_zone = "America/New_York".into();
    profile.options.insert("currency".into(), "USD".into());
    profile.options.insert("base_invoice".into(), "^(.+)R[0-9]$".into());
    X12::new(profile).expect("the profile is good")
});

fuzz_target!(|value: &[u8]| {
    let record = Record { value, key: None, origin: "fuzz", partition: 0, offset: 1, headers: &[] };
    let (mut outcomes, mut again) = (Vec::new(), Vec::new());
    PARTNER.decode(&record, &mut outcomes);
    PARTNER.decode(&record, &mut again);
    assert_eq!(outcomes, again);
    for event in outcomes.iter().flatten() {
        assert_eq!(decode(encode(event).as_bytes()).as_ref(), Ok(event));
    }
});
