//! The configuration section `sql`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The SQL server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port to listen on. Any address but a loopback one demands authentication.
    pub listen: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { listen: "127.0.0.1:5433".to_owned() }
    }
}
