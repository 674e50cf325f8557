//! Any bytes give events or errors, twice the same: JSON by a mapping.
#![no_main]

mod adapt;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| adapt::check("jq", &[], Some(adapt::PROGRAM), record));
