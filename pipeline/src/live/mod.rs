//! The live process: sources to ticks to views to sinks and readers, and back to where it was after a crash.
//!
//! One thread, the [`ticker`](self), owns the engine, the tick log and the positions of all sources. Everything else talks to
//! it through bounded channels: each partition's own thread, the sinks, the writer of checkpoints.

mod error;
mod follow;
mod health;
mod inputs;
mod outputs;
mod publisher;
mod routes;
mod serving;
mod start;
mod ticker;

pub use error::LiveError;
pub use health::{Health, Phase};
pub use inputs::decoder;
pub use start::run;
