//! The binary's parts: the only crate that touches the world.

pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod dump;
pub mod failpoint;
pub mod serve;
pub mod snapshot;
pub mod source;
pub mod sql;
