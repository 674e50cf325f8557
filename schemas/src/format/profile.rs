//! What has to be known about a partner to read its messages: data, not code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What one partner's messages mean where their standard leaves it open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// `source` of the events made, e.g. `carrier:UPSN`. Required by every adapter.
    pub source: String,
    /// The partner's code in Landfall: carrier, broker or issuer. Where empty, the one in the message.
    pub partner: String,
    /// Region of the documents made, where messages have none.
    pub region: String,
    /// Zone of times without one: an IANA name (`America/New_York`) or an offset (`+02:00`). Where empty, a time
    /// without a zone is an error.
    pub time_zone: String,
    /// What the partner's codes mean.
    pub codes: CodeMaps,
    /// Switches of one format, by name; an adapter refuses those that it does not know.
    pub options: BTreeMap<String, String>,
}

/// A partner's codes: code → ours. A code that is not listed falls back to the format's built-in map, and then is
/// kept as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeMaps {
    /// Status code → milestone (`departed`), or `ignore`.
    pub milestones: BTreeMap<String, String>,
    /// Charge code → canonical code (`FRT`).
    pub charges: BTreeMap<String, String>,
    /// Unit of measure → ours.
    pub units: BTreeMap<String, String>,
    /// Place code → place as shown.
    pub places: BTreeMap<String, String>,
    /// Customs status code → customs status (`hold`), or `ignore`.
    pub customs_statuses: BTreeMap<String, String>,
}
