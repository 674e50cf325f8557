//! Generic operators.

pub mod ambient;
mod arrived;
mod asked;
pub mod bag;
pub mod components;
pub mod dossier;
pub mod index;
pub mod keyed;
pub mod lookup;
pub mod resolve;
pub mod restoring;
pub mod routing;
pub mod slab;
pub mod sums;
pub mod table;
pub mod upsert;
pub mod variants;
pub mod winner;
pub mod world;
