//! Who may connect: SCRAM-SHA-256 (RFC 5802, RFC 7677), as PostgreSQL speaks it.

mod scram;
mod startup;

pub(super) use scram::Verifier;
pub(super) use startup::{Admission, Startup};
