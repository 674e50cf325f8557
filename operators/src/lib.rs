//! The views of Landfall, kept current incrementally, and the same views computed naively.
//!
//! Knows timely and differential dataflow; no I/O, no configuration files, no wall clock.

pub mod reference;
pub mod rows;
pub mod settings;
