//! The HTTP server over real connections: answers against the tables of the same ticks, subscriptions, hostile input,
//! access, the description of the API.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod access;
mod answers;
mod description;
mod documents;
mod exports;
mod hostile;
mod past;
mod recipes;
mod subscriptions;
mod support;
