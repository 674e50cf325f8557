//! Canonical JSON: one event per record.

mod customs;
mod encode;
mod envelope;
mod escape;
mod fault;
mod invoices;
mod lists;
mod orders;
mod read;
mod reference;
mod repeated;
mod scan;
mod shipments;
mod tape;
mod write;

pub use encode::encode;
pub use envelope::{RECORD_BYTES_MAX, decode};
