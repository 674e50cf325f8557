//! Serves the views over HTTP: queries, subscriptions, exports, the web page.

mod settings;

pub use settings::Settings;
