//! Any bytes give events or errors, twice the same: tables by columns.
#![no_main]

mod adapt;

use std::sync::LazyLock;

use landfall_schemas::format::Decoder;
use libfuzzer_sys::fuzz_target;

const OPTIONS: &[(&str, &str)] = &[
    ("type", "milestone"),
    ("field.occurred_at", "Time"),
    ("field.data.milestone_id", "No"),
    ("field.data.ref.type", "=pro"),
    ("field.data.ref.value", "Pro"),
    ("field.data.milestone", "Status"),
    ("field.data.classifier", "=actual"),
    ("field.data.at", "Time"),
];

static PARTNER: LazyLock<Box<dyn Decoder>> = LazyLock::new(|| adapt::partner("csv", OPTIONS, None));

fuzz_target!(|record: &[u8]| adapt::check(&**PARTNER, record));
