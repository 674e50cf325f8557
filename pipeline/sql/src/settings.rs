//! The configuration section `sql`.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SqlError;
use super::auth::Verifier;

/// The SQL server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port to listen on; port 0 takes a free one. Any address but a loopback one demands `users`.
    pub listen: String,
    /// Who may connect. None given: everybody who reaches the address, which must be a loopback one.
    pub users: Vec<User>,
    /// Encrypts connections. With it, connections that do not encrypt are refused.
    pub tls: Option<Tls>,
    /// Connections at once; more are refused.
    pub connections_max: usize,
    /// Threads that run queries. Connections themselves need none of them, so that a cancellation always gets through.
    pub threads: usize,
    /// A statement that takes longer is stopped, the time its reader takes included.
    pub query_timeout_ms: u64,
    /// A transaction, and a cursor, lives at most this long: it keeps its tick in memory.
    pub transaction_timeout_ms: u64,
    /// Memory that one statement may use.
    pub memory_bytes_max: usize,
    /// Memory that all statements together may use.
    pub memory_total_bytes_max: usize,
    /// Rows that one statement may return.
    pub rows_max: usize,
    /// Length of the text of a query.
    pub query_bytes_max: usize,
    /// Last day of every aging bucket but the last one, which is open.
    pub age_buckets_days: Vec<u32>,
}

/// Somebody who may connect. Exactly one of `scram_verifier` and `password`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Name to connect with.
    pub name: String,
    /// What PostgreSQL keeps of a password: `SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>`.
    pub scram_verifier: Option<String>,
    /// The password itself; write `${file:/path}` to keep it out of the configuration.
    pub password: Option<String>,
}

/// Neither password nor verifier belong into a log.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Certificate and key of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Certificate chain in PEM.
    pub certificate_file: String,
    /// Private key in PEM.
    pub key_file: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: "127.0.0.1:5433".to_owned(),
            users: Vec::new(),
            tls: None,
            connections_max: 100,
            threads: 2,
            query_timeout_ms: 30_000,
            transaction_timeout_ms: 600_000,
            memory_bytes_max: 256 << 20,
            memory_total_bytes_max: 512 << 20,
            rows_max: 10_000_000,
            query_bytes_max: 64 << 10,
            age_buckets_days: vec![30, 60, 90],
        }
    }
}

impl Settings {
    /// Checks all that can be checked without the network.
    ///
    /// # Errors
    /// Which setting is wrong, and what would be right.
    pub fn check(&self) -> Result<(), SqlError> {
        let address = self.address()?;
        if !address.ip().is_loopback() && self.users.is_empty() {
            return Err(wrong("users", "is missing: any address but a loopback one demands authentication"));
        }
        let mut names = std::collections::BTreeSet::new();
        for user in &self.users {
            if user.name.trim().is_empty() {
                return Err(wrong("users", "each needs a name"));
            }
            if !names.insert(&user.name) {
                return Err(wrong("users", format!("`{}` is there twice", user.name)));
            }
            Verifier::of(user)?;
        }
        let limits = [
            ("connections_max", self.connections_max),
            ("threads", self.threads),
            ("query_timeout_ms", usize::try_from(self.query_timeout_ms).unwrap_or(usize::MAX)),
            ("transaction_timeout_ms", usize::try_from(self.transaction_timeout_ms).unwrap_or(usize::MAX)),
            ("memory_bytes_max", self.memory_bytes_max),
            ("memory_total_bytes_max", self.memory_total_bytes_max),
            ("rows_max", self.rows_max),
            ("query_bytes_max", self.query_bytes_max),
        ];
        for (name, value) in limits {
            if value == 0 {
                return Err(wrong(name, "must be above 0"));
            }
        }
        if !self.age_buckets_days.is_sorted_by(|one, next| one < next) || self.age_buckets_days.is_empty() {
            return Err(wrong("age_buckets_days", "must be days in ascending order"));
        }
        Ok(())
    }

    /// The address to listen on.
    ///
    /// # Errors
    /// When it is none.
    pub fn address(&self) -> Result<SocketAddr, SqlError> {
        self.listen.parse().map_err(|_| wrong("listen", format!("`{}` is no address with a port", self.listen)))
    }
}

pub(super) fn wrong(setting: &str, reason: impl Into<String>) -> SqlError {
    SqlError::Setting { setting: format!("sql.{setting}"), reason: reason.into() }
}
