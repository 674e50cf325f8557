//! Serves the views over the PostgreSQL protocol.

mod settings;

pub use settings::Settings;
