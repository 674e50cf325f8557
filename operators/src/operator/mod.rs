//! Generic operators.

pub mod ambient;
pub mod bag;
pub mod components;
pub mod dossier;
pub mod resolve;
pub mod routing;
pub mod upsert;
pub mod variants;
pub mod winner;
pub mod world;
