//! The SQL server as a client sees it: every test asks through the real `psql`.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod answers;
mod client;
mod hostile;
mod limits;
mod recipes;
mod refusals;
mod scripts;
mod tools;
mod world;
