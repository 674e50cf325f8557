//! The views of Landfall, kept current incrementally, and the same views computed naively.
//!
//! Knows timely and differential dataflow; no I/O, no configuration files, no wall clock.

pub mod audience;
pub mod change;
pub mod dataflow;
pub mod document;
pub mod identity;
pub mod inputs;
pub mod operator;
pub mod outputs;
pub mod reference;
pub mod rows;
pub mod settings;
pub mod shared;
pub mod stage;
pub mod tables;
pub mod views;

/// Engine time: the number of a tick. The clock of a tick is data (ARCHITECTURE.md, time).
pub type Tick = u64;
