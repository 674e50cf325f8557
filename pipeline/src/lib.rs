//! The binary's parts: the only crate that touches the world.

mod budget;
pub mod checkpoint;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod failpoint;
pub mod live;
pub mod sink;
pub mod source;
pub mod telemetry;
