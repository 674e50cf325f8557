//! Why the SQL server cannot start.

use std::io;

/// Why the SQL server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// A setting is wrong.
    #[error("{setting}: {reason}")]
    Setting {
        /// Its path in the configuration.
        setting: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("sql.listen: cannot listen on {address}: {reason}")]
    Listen {
        /// The address as it was written.
        address: String,
        /// What the system said.
        reason: io::Error,
    },
    /// A file of the TLS settings cannot be used.
    #[error("sql.tls: {file}: {reason}")]
    Tls {
        /// The file as it was named.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No thread can be started.
    #[error("cannot start a thread for queries: {0}")]
    Threads(io::Error),
    /// The query engine does not accept the catalog.
    #[error("cannot set up the catalog: {0}")]
    Catalog(#[from] datafusion::error::DataFusionError),
}

impl SqlError {
    /// A stable code for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            SqlError::Setting { .. } => "sql_setting",
            SqlError::Listen { .. } => "sql_listen",
            SqlError::Tls { .. } => "sql_tls",
            SqlError::Threads(_) => "sql_threads",
            SqlError::Catalog(_) => "sql_catalog",
        }
    }
}
