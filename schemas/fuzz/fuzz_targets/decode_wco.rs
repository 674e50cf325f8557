//! Any bytes give events or errors, twice the same: customs declarations and answers.
#![no_main]

mod adapt;

use std::sync::LazyLock;

use landfall_schemas::format::Decoder;
use libfuzzer_sys::fuzz_target;

static PARTNER: LazyLock<Box<dyn Decoder>> = LazyLock::new(|| adapt::partner("wco", &[], None));

fuzz_target!(|record: &[u8]| adapt::check(&**PARTNER, record));
