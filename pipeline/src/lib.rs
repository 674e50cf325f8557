//! The binary's parts: the only crate that touches the world.

pub mod cli;
pub mod dump;
pub mod snapshot;
pub mod source;
