//! Serves the views over the PostgreSQL protocol: read-only SQL, each statement at one tick.
//!
//! ```text
//! connection  (server, auth, session)      protocol, password, transaction; on the caller's runtime
//!   -> guard                               questions and small talk pass, all else is refused
//!   -> engine                              plans and runs on threads of its own, within limits
//!   -> table, range, scan, source          filters on the key become ranges of the snapshot's ordered maps
//! ```
//!
//! A statement takes the newest snapshot (in a transaction: the transaction's) before it is planned, and all its tables
//! and functions read that one. A plan names no snapshot, so a prepared statement sees a new tick every time it is run.

mod auth;
mod bounded;
mod catalog;
mod catalog_schema;
mod cursor;
mod descriptions;
mod engine;
mod error;
mod fault;
mod functions;
mod further;
mod guard;
mod handler;
mod idioms;
mod information;
mod keys;
mod memory;
mod parameters;
mod pin;
mod primary_keys;
mod privilege;
mod range;
mod rewrite;
mod routines;
mod scan;
mod server;
mod service;
mod session;
mod settings;
mod source;
mod system;
mod table;
mod talk;
mod tls;
mod types;
mod yields;

pub use error::SqlError;
pub use server::{Running, Server};
pub use settings::{Settings, Tls, User};
