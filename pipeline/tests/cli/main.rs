//! The command line, tried on the real binary.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod adapt;
mod formats;
mod generate;
mod refusals;
mod replay;
mod support;
