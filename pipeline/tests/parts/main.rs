//! The parts of the binary, each by its public interface.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod config;
mod confirmed;
mod dumps;
mod feed;
mod figures;
mod files;
mod settings;
mod values;
