//! The binary's parts: the only crate that touches the world.

pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod dump;
pub mod failpoint;
pub mod live;
pub mod serve;
pub mod sink;
pub mod snapshot;
pub mod source;
pub mod sql;
pub mod telemetry;
