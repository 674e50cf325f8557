//! Serves the views over HTTP: queries, subscriptions, exports, the web page.
//!
//! `server` listens, `routes` leads to the endpoints (`views`, `shipments`, `records`, `search`, `export`, `changes`),
//! `query` reads rows of one snapshot, `access` decides who may.

mod access;
mod api;
mod assets;
mod changes;
mod connection;
mod dossier;
mod export;
mod frames;
pub mod openapi;
mod problem;
pub mod query;
mod records;
pub mod request;
mod routes;
mod search;
mod server;
mod settings;
mod shipments;
mod views;

pub use api::{Readiness, ServerInfo};
pub use problem::Problem;
pub use server::{ServeError, Server};
pub use settings::{Limits, Role, Settings, Tls, Token};
