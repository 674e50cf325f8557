//! The configuration: one YAML file, then the environment, then flags; later ones win.
//!
//! `types` says what there is, `load` reads it, `check` decides whether it makes sense, `reference` writes the page.

mod check;
mod cluster;
mod error;
mod load;
mod reference;
mod security;
mod tree;
mod types;

pub use check::{ClockPlan, Plan, SourceKind, SourcePlan};
pub use cluster::ClusterPlan;
pub use error::ConfigError;
pub use load::{load, load_text};
pub use reference::reference;
pub use tree::Surroundings;
pub use types::*;
