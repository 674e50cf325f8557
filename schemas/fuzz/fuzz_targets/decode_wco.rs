//! Any bytes give events or errors, twice the same: customs declarations and answers.
#![no_main]

mod adapt;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| adapt::check("wco", &[], None, record));
