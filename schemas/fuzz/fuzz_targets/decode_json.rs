//! Any bytes decode to an event or an error, and an event survives being written and read again.
#![no_main]

use landfall_schemas::format::json::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| {
    if let Ok(event) = decode(record) {
        assert_eq!(decode(encode(&event).as_bytes()), Ok(event));
    }
});
