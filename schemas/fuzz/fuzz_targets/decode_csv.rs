//! Any bytes give events or errors, twice the same: tables by columns.
#![no_main]

mod adapt;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| adapt::check("csv", &[
    ("type", "milestone"),
    ("field.occurred_at", "Time"),
    ("field.data.milestone_id", "No"),
    ("field.data.ref.type", "=pro"),
    ("field.data.ref.value", "Pro"),
    ("field.data.milestone", "Status"),
    ("field.data.classifier", "=actual"),
    ("field.data.at", "Time"),
], None, record));
