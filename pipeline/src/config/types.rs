//! The configuration's types. Their documentation is the reference page.

use std::collections::BTreeMap;

use landfall_schemas::format::Profile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that `landfall run` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Currency of all base amounts: a code of ISO 4217. Default `EUR`.
    pub base_currency: Option<String>,
    /// What the views take as now.
    pub clock: Clock,
    /// Settings of the views by name, as in `landfall replay --set NAME=VALUE`; `landfall replay --help` lists them.
    pub settings: BTreeMap<String, Scalar>,
    /// Workers and ticks.
    pub engine: Engine,
    /// Where checkpoints and the tick log are kept.
    pub state: State,
    /// Where events come from. At least one.
    pub sources: Vec<Source>,
    /// Where changes of views go.
    pub sinks: Vec<Sink>,
    /// The HTTP server: queries, subscriptions, web page, health, metrics. Absent: none.
    pub http: Option<landfall_serve::Settings>,
    /// The SQL server (PostgreSQL protocol). Absent: none.
    pub sql: Option<landfall_sql::Settings>,
    /// Which views are kept in memory for readers (SQL, HTTP, web page); none where neither `http` nor `sql` is there. Where there are none, documents cannot be asked for either.
    pub served_views: Views,
    /// Past ticks that are kept for readers who pin a tick or resume after one; who asks for an older one is told so.
    pub window: landfall_snapshot::Window,
    /// What is told about the process.
    pub log: Log,
}

/// A text, number or truth value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Anything else, as text.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Bool(value) => write!(f, "{value}"),
            Scalar::Integer(value) => write!(f, "{value}"),
            Scalar::Text(value) => f.write_str(value),
        }
    }
}

/// What the views take as now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The machine's clock, read once a tick; it never goes back.
    #[default]
    Wall,
    /// Always this time (RFC 3339): for tests and audits.
    Fixed(String),
}

/// Workers and ticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Engine {
    /// Threads that compute. 0: one per core. With several processes: in each, and in all the same.
    pub workers: usize,
    /// Addresses of all processes, `host:port` each, in the order of their numbers: a list, one text with commas, or the name
    /// of a file with one a line. Absent: there is one process. They belong on a private network.
    pub hosts: Option<Hosts>,
    /// The number of this process, from 0. Process 0 has sources, state, sinks and servers; the others compute with it.
    pub process: usize,
    /// Processes wait so many seconds for each other before they give up.
    pub join_timeout_seconds: u64,
    /// A tick begins this long after the one before, where records wait; below 100, less often where ticks would take more than half of the time.
    pub tick_interval_ms: u64,
    /// A tick takes at most so many records.
    pub tick_records_max: usize,
    /// An orderly end (SIGTERM) takes at most so many seconds; then the process ends as it is.
    pub stop_seconds_max: u64,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine {
            workers: 0,
            hosts: None,
            process: 0,
            join_timeout_seconds: 60,
            tick_interval_ms: 100,
            tick_records_max: 500_000,
            stop_seconds_max: 30,
        }
    }
}

/// Addresses of processes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Hosts {
    /// Each of them.
    List(Vec<String>),
    /// All of them with commas, or the name of a file with one a line.
    Text(String),
}

/// Where checkpoints and the tick log are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// A folder (`file:///var/lib/landfall`) or a bucket (`s3://bucket/prefix`).
    pub url: String,
    /// Options of the store by their names in `object_store`, e.g. `aws_region`, `aws_endpoint`, `aws_access_key_id`.
    pub options: BTreeMap<String, Scalar>,
    /// Seconds between checkpoints.
    pub checkpoint_interval_seconds: u64,
    /// Complete checkpoints that are kept to fall back on.
    pub checkpoints_kept: usize,
    /// In a bucket: a process whose lease was not renewed for so many seconds has lost the state to whoever waits for it. After
    /// a crash the next start waits this long.
    pub lease_seconds: u64,
    /// Start although Kafka no longer has records that were never read. They are lost.
    pub accept_gap: bool,
}

impl Default for State {
    fn default() -> State {
        State {
            url: "file://./landfall-state".to_owned(),
            options: BTreeMap::new(),
            checkpoint_interval_seconds: 10,
            checkpoints_kept: 3,
            lease_seconds: 15,
            accept_gap: false,
        }
    }
}

/// Where events come from: exactly one of `kafka`, `file`, `stdin`, `http`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// Its name in logs and metrics.
    pub name: String,
    /// How its records are written: `json` (canonical), or a partner's format.
    pub format: Format,
    /// What has to be known about the partner; for other formats than `json`.
    #[schemars(with = "Option<BTreeMap<String, serde_json::Value>>")]
    pub profile: Option<Profile>,
    /// A jq program that turns a record into canonical events: a file. For the format `jq`, and `csv`.
    pub mapping: Option<String>,
    /// Topics of a Kafka cluster.
    pub kafka: Option<KafkaSource>,
    /// Files, of one record a line or a record each.
    pub file: Option<FileSource>,
    /// Standard input, one record a line.
    pub stdin: Option<StdinSource>,
    /// Records pushed to `POST /ingest/{stream}` of the HTTP server.
    pub http: Option<HttpSource>,
}

/// The name of a format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Format(pub String);

impl Default for Format {
    fn default() -> Format {
        Format("json".to_owned())
    }
}

/// How to reach a Kafka cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSecurity {
    /// Encrypt the connection.
    pub tls: Option<KafkaTls>,
    /// Sign on.
    pub sasl: Option<KafkaSasl>,
    /// Further properties of librdkafka by their names there. They win over everything else but what exactness needs.
    pub properties: BTreeMap<String, Scalar>,
}

/// TLS to a Kafka cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaTls {
    /// File with the certificates of the authorities to trust (PEM). Absent: the system's.
    pub ca_file: Option<String>,
    /// File with our certificate (PEM), where the brokers ask for one.
    pub certificate_file: Option<String>,
    /// File with its key (PEM).
    pub key_file: Option<String>,
    /// Password of that key.
    pub key_password: Option<String>,
}

/// Signing on to a Kafka cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSasl {
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`.
    pub mechanism: String,
    /// User name, for PLAIN and SCRAM.
    pub username: Option<String>,
    /// Password, for PLAIN and SCRAM.
    pub password: Option<String>,
    /// Where to get tokens, for OAUTHBEARER: the token endpoint of an OAuth 2.0 server, asked with client credentials. `https`,
    /// or a loopback address. Absent: `properties` say where tokens come from.
    pub token_url: Option<String>,
    /// File with the certificates of the authorities to trust at `token_url` (PEM), besides the system's. Absent: those of
    /// `tls.ca_file`.
    pub token_ca_file: Option<String>,
    /// Client id, for `token_url`.
    pub client_id: Option<String>,
    /// Client secret, for `token_url`.
    pub client_secret: Option<String>,
    /// Scope to ask for at `token_url`.
    pub scope: Option<String>,
}

impl KafkaSasl {
    /// Whether it signs on with tokens.
    pub fn is_oauthbearer(&self) -> bool {
        self.mechanism.eq_ignore_ascii_case("OAUTHBEARER")
    }
}

/// Topics of a Kafka cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSource {
    /// Brokers to begin with: `host:port,host:port`.
    pub brokers: String,
    /// Topics to read, from their beginning.
    pub topics: Vec<String>,
    /// Group under which offsets are committed, for lag tools only; where to go on is in the checkpoint.
    pub group: Option<String>,
    /// How to reach the cluster.
    pub security: KafkaSecurity,
}

/// Files of one record a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FileSource {
    /// Files, plain or compressed with gzip or Zstandard. They must not change while the state exists.
    pub paths: Vec<String>,
    /// A file is one record, as interchanges and tables are, and not one record a line.
    pub whole: bool,
}

/// Standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StdinSource {}

/// Records pushed over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSource {
    /// A request's body has at most so many bytes.
    pub body_bytes_max: usize,
}

impl Default for HttpSource {
    fn default() -> HttpSource {
        HttpSource { body_bytes_max: 8 << 20 }
    }
}

/// Where changes of views go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sink {
    /// Its name in logs, metrics and its progress record; also its transactional id. It must stay the same.
    pub name: String,
    /// Topics of a Kafka cluster.
    pub kafka: Option<KafkaSink>,
}

/// Topics of a Kafka cluster, one for each view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSink {
    /// Brokers to begin with: `host:port,host:port`.
    pub brokers: String,
    /// Topics are named by this and the view: `landfall.` and `exceptions`.
    pub prefix: String,
    /// Which views: `all`, or a list.
    pub views: Views,
    /// Partitions of a topic that is created.
    pub partitions: i32,
    /// Replicas of a topic that is created. -1: the cluster's default.
    pub replication: i32,
    /// Also write dead letters, with the original bytes, to the topic named by the prefix and `dead_letters`.
    pub dead_letters: bool,
    /// A transaction begins at least so long after the one before. 0: as soon as a tick has closed and the one before is done.
    pub transaction_interval_ms: u64,
    /// How to reach the cluster.
    pub security: KafkaSecurity,
}

impl Default for KafkaSink {
    fn default() -> KafkaSink {
        KafkaSink {
            brokers: String::new(),
            prefix: "landfall.".to_owned(),
            views: Views::All,
            partitions: 1,
            replication: -1,
            dead_letters: true,
            transaction_interval_ms: 0,
            security: KafkaSecurity::default(),
        }
    }
}

/// Which views.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// Every view.
    #[default]
    All,
    /// These.
    #[serde(untagged)]
    Named(Vec<String>),
}

/// What is told about the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,landfall::sink=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Log {
        Log { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}
