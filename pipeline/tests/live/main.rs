//! The live process beside a real Kafka: what its topics hold equals what the same records give at once, whatever happens on
//! the way.
//!
//! The broker comes from `scripts/kafka.sh start`, or is named by `LANDFALL_TEST_KAFKA=host:port`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
#![allow(clippy::float_arithmetic, reason = "metrics, never money")]

mod bucket;
mod cluster;
mod crash;
mod dead_letters;
mod failures;
mod gate;
mod kafka;
mod lost;
mod oauth;
mod operations;
mod partners;
mod plateau;
mod process;
mod refusals;
mod security;
mod tokens;
