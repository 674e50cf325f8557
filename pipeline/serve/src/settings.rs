//! The configuration section `http`.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::server::ServeError;

/// The HTTP server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port to listen on. Any address but a loopback one demands authentication.
    pub listen: String,
    /// Who may read and act. None: everybody who reaches a loopback address.
    pub tokens: Vec<Token>,
    /// Encrypt connections.
    pub tls: Option<Tls>,
    /// Origins (`https://host:port`) whose web pages may read the API. None: only our own page.
    pub cors_origins: Vec<String>,
    /// Host names under which the server is asked where it needs no token, besides `localhost` and loopback addresses.
    pub hosts: Vec<String>,
    /// What one reader, and all together, may ask for.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: "127.0.0.1:8080".to_owned(),
            tokens: Vec::new(),
            tls: None,
            cors_origins: Vec::new(),
            hosts: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Checks all that can be checked without the network and without files.
    ///
    /// # Errors
    /// What would keep the server from starting.
    pub fn check(&self) -> Result<(), ServeError> {
        let (name, port) = self.listen.rsplit_once(':').unwrap_or((&self.listen, ""));
        if name.is_empty() || port.parse::<u16>().is_err() {
            let reason = "write an address and a port, as in 127.0.0.1:8080".to_owned();
            return Err(ServeError::Listen { address: self.listen.clone(), reason: std::io::Error::other(reason) });
        }
        // What a name stands for is known when it is listened on; a name is taken for this machine until then.
        let address = self.listen.parse().unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Access::new(self, address).map(drop)
    }
}

/// A bearer token, of which only the hash is written down: `printf %s TOKEN | sha256sum`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    /// Whose it is, for the audit log.
    pub name: String,
    /// SHA-256 of the token as 64 hexadecimal digits.
    pub sha256: String,
    /// What it allows.
    pub role: Role,
}

/// What somebody may do; each may do what those before may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read everything.
    #[default]
    Viewer,
    /// Push records.
    Operator,
    /// Whatever there is.
    Admin,
}

/// TLS of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// File with the certificate and those that vouch for it (PEM).
    pub certificate_file: String,
    /// File with its key (PEM).
    pub key_file: String,
}

/// Limits of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections at a time.
    pub connections_max: usize,
    /// Queries that compute at a time; further ones wait.
    pub queries_max: usize,
    /// Subscriptions at a time.
    pub subscriptions_max: usize,
    /// A request's head has at most so many bytes. At least 8192.
    pub head_bytes_max: usize,
    /// A request's body has at most so many bytes.
    pub body_bytes_max: usize,
    /// A request's head is read within so many milliseconds, or the connection is closed.
    pub head_timeout_ms: u64,
    /// An answer begins within so many milliseconds.
    pub request_timeout_ms: u64,
    /// A reader that takes nothing for so many milliseconds is cut off.
    pub write_timeout_ms: u64,
    /// A subscriber that is so many ticks behind is cut off.
    pub subscriber_lag_ticks_max: u64,
    /// A subscriber to whom nothing was to be told hears the closed tick this often, in milliseconds.
    pub heartbeat_ms: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 1_024,
            queries_max: 8,
            subscriptions_max: 512,
            head_bytes_max: 16 << 10,
            body_bytes_max: 8 << 20,
            head_timeout_ms: 10_000,
            request_timeout_ms: 30_000,
            write_timeout_ms: 30_000,
            subscriber_lag_ticks_max: 600,
            heartbeat_ms: 1_000,
        }
    }
}
