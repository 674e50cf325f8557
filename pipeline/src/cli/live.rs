//! `landfall run`, `landfall validate`, `landfall checkpoint` and `landfall config-reference`.

use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use rdkafka::consumer::Consumer;

use super::error::{CliError, Exit};
use super::print;
use crate::checkpoint::{Depth, Objects, inspect};
use crate::config::{self, ConfigError, Plan, SourceKind};
use crate::live::{self, LiveError};
use crate::source::kafka::{
    ANSWER_TIMEOUT, ClientError, FETCH_WAIT, KafkaSourceError, consumer, partitions, unanswered,
};
use crate::telemetry::start_logs;

/// Raw arguments of `run`.
#[derive(Debug, Args)]
pub struct RawRun {
    /// The configuration
    #[command(flatten)]
    pub config: RawConfig,

    /// Threads that compute; wins over `engine.workers`
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,

    /// Addresses of all processes, `host:port,host:port`, or a file with one a line; wins over `engine.hosts`
    #[arg(long, value_name = "HOSTS")]
    pub hosts: Option<String>,

    /// Which of them this process is, from 0; wins over `engine.process`
    #[arg(long, value_name = "I")]
    pub process: Option<usize>,
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub struct RawConfig {
    /// The configuration file (YAML); docs/configuration.md lists what it may say
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,

    /// Set an option, e.g. `engine.workers=2`; wins over file and environment; may be given several times
    #[arg(long = "set", value_name = "OPTION=VALUE")]
    pub set: Vec<String>,
}

/// Raw arguments of `validate`.
#[derive(Debug, Args)]
pub struct RawValidate {
    /// The configuration
    #[command(flatten)]
    pub config: RawConfig,

    /// Do not contact brokers and the store
    #[arg(long)]
    pub offline: bool,
}

/// Raw arguments of `checkpoint`.
#[derive(Debug, Args)]
pub struct RawCheckpoint {
    /// What to do.
    #[command(subcommand)]
    pub command: CheckpointCommand,
}

/// What to do with checkpoints.
#[derive(Debug, Subcommand)]
pub enum CheckpointCommand {
    /// List the checkpoints with their ticks, clocks, sizes and positions
    List(RawConfig),
    /// Read every segment of every checkpoint and check that it is whole
    Verify(RawConfig),
}

impl RawConfig {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn plan(&self, flags: &[(String, String)]) -> Result<Plan, ConfigError> {
        let mut all = Vec::new();
        for option in &self.set {
            let (path, value) = option.split_once('=').ok_or_else(|| ConfigError::Value {
                path: option.clone(),
                line: None,
                reason: "write --set OPTION=VALUE".to_owned(),
            })?;
            all.push((path.to_owned(), value.to_owned()));
        }
        all.extend_from_slice(flags);
        Plan::new(config::load(&self.config, &all)?)
    }

    /// The error with the file that it is in.
    pub fn error(&self, error: ConfigError) -> CliError {
        CliError::Config { path: self.config.clone(), reason: error }
    }
}

/// `landfall run`.
///
/// # Errors
/// Whatever stops the process.
pub fn run(raw: &RawRun) -> Result<Exit, CliError> {
    let flags = [
        ("engine.workers", raw.workers.map(|workers| workers.to_string())),
        ("engine.hosts", raw.hosts.clone()),
        ("engine.process", raw.process.map(|process| process.to_string())),
    ];
    let flags: Vec<_> = flags.into_iter().filter_map(|(option, value)| Some((option.to_owned(), value?))).collect();
    let plan = raw.config.plan(&flags).map_err(|error| raw.config.error(error))?;
    start_logs(&plan.config.log).map_err(|error| raw.config.error(error))?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), workers = plan.workers, "landfall starts");
    live::run(&plan)?;
    Ok(Exit::Done)
}

/// `landfall validate`.
///
/// # Errors
/// When the outcome cannot be printed.
pub fn validate(raw: &RawValidate) -> Result<Exit, CliError> {
    let plan = raw.config.plan(&[]).map_err(|error| raw.config.error(error))?;
    for source in &plan.sources {
        live::decoder(source)?;
    }
    if raw.offline {
        print("the configuration is valid; brokers and store were not asked\n")?;
        return Ok(Exit::Done);
    }
    let checks = [store(&plan), hosts(&plan), sources(&plan), sinks(&plan)];
    let mut exit = Exit::Done;
    for (line, outcome) in checks.into_iter().flatten() {
        match outcome {
            Ok(()) => print(&format!("ok       {line}\n"))?,
            Err(Trouble::Wrong(reason)) => {
                print(&format!("wrong    {line}: {reason}\n"))?;
                exit = Exit::Failure;
            }
            Err(Trouble::Unknown(reason)) => {
                print(&format!("unknown  {line}: {reason}\n"))?;
                if exit == Exit::Done {
                    exit = Exit::Usage;
                }
            }
        }
    }
    Ok(exit)
}

enum Trouble {
    /// It is wrong.
    Wrong(String),
    /// Nobody answered, so it cannot be told.
    Unknown(String),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Trouble {
        match &error {
            ClientError::Token(token) if token.may_pass() => Trouble::Unknown(error.to_string()),
            _ => Trouble::Wrong(error.to_string()),
        }
    }
}

type Check = (String, Result<(), Trouble>);

fn store(plan: &Plan) -> Vec<Check> {
    let line = format!("state at {}", plan.config.state.url);
    let outcome =
        tokio::runtime::Runtime::new().map_err(|error| Trouble::Unknown(error.to_string())).and_then(|runtime| {
            let objects = Objects::open(&plan.config.state, runtime.handle().clone())
                .map_err(|error| Trouble::Wrong(error.to_string()))?;
            let unknown = |error: crate::checkpoint::StoreError| Trouble::Unknown(error.to_string());
            objects.put("validate", b"landfall".to_vec()).map_err(unknown)?;
            objects.get("validate").map_err(unknown)?;
            objects.delete("validate").map_err(unknown)
        });
    vec![(line, outcome)]
}

fn hosts(plan: &Plan) -> Vec<Check> {
    let Some(cluster) = &plan.cluster else {
        return Vec::new();
    };
    let resolved = |(process, host): (usize, &String)| {
        let outcome = host.to_socket_addrs().map(drop).map_err(|error| Trouble::Unknown(error.to_string()));
        let which = if process == cluster.process { ", which is this one" } else { "" };
        (format!("process {process} at {host}{which}"), outcome)
    };
    cluster.hosts.iter().enumerate().map(resolved).collect()
}

fn sources(plan: &Plan) -> Vec<Check> {
    let mut checks = Vec::new();
    for source in &plan.sources {
        let name = &source.source.name;
        match &source.kind {
            SourceKind::Kafka(kafka) => {
                let client = match consumer(name, &kafka.brokers, kafka.group.as_deref(), &kafka.security, FETCH_WAIT) {
                    Ok(client) => client,
                    Err(error) => {
                        checks.push((format!("source {name}"), Err(Trouble::from(error))));
                        continue;
                    }
                };
                for topic in &kafka.topics {
                    let outcome = match partitions(&client, name, kafka, topic, ANSWER_TIMEOUT) {
                        Ok(found) => {
                            let timeout = Duration::from_secs(10);
                            let asked = client.fetch_watermarks(topic, found[0], timeout);
                            asked.map(drop).map_err(|error| Trouble::Unknown(error.to_string()))
                        }
                        Err(error @ KafkaSourceError::Unreachable { .. }) => Err(Trouble::Unknown(error.to_string())),
                        Err(error) => Err(Trouble::Wrong(error.to_string())),
                    };
                    // Nobody answered: further questions would only take longer.
                    let is_unknown = matches!(outcome, Err(Trouble::Unknown(_)));
                    checks.push((format!("source {name}, topic {topic}"), outcome));
                    if is_unknown {
                        break;
                    }
                }
            }
            SourceKind::File(files) => {
                for path in &files.paths {
                    let outcome = std::fs::File::open(path).map(drop);
                    let outcome = outcome.map_err(|error| Trouble::Wrong(error.to_string()));
                    checks.push((format!("source {name}, file {path}"), outcome));
                }
            }
            SourceKind::Stdin | SourceKind::Http(_) => checks.push((format!("source {name}"), Ok(()))),
        }
    }
    checks
}

fn sinks(plan: &Plan) -> Vec<Check> {
    let mut checks = Vec::new();
    for sink in &plan.config.sinks {
        let Some(kafka) = &sink.kafka else {
            continue;
        };
        let outcome = consumer(&sink.name, &kafka.brokers, None, &kafka.security, FETCH_WAIT)
            .map_err(Trouble::from)
            .and_then(|client| {
                let answer = client.fetch_metadata(None, Duration::from_secs(20));
                answer.map(drop).map_err(|error| Trouble::Unknown(unanswered(&client, &error)))
            });
        checks.push((format!("sink {}", sink.name), outcome));
    }
    checks
}

/// `landfall checkpoint list|verify`.
///
/// # Errors
/// When the store cannot be read.
pub fn checkpoint(raw: &RawCheckpoint) -> Result<Exit, CliError> {
    let (config, depth) = match &raw.command {
        CheckpointCommand::List(config) => (config, Depth::Manifests),
        CheckpointCommand::Verify(config) => (config, Depth::Entries),
    };
    let plan = config.plan(&[]).map_err(|error| config.error(error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(LiveError::from)?;
    let objects = Objects::open(&plan.config.state, runtime.handle().clone()).map_err(LiveError::from)?;
    let found = inspect(&objects, depth).map_err(LiveError::from)?;
    let mut exit = Exit::Done;
    for checkpoint in &found {
        match &checkpoint.manifest {
            Ok(manifest) => {
                let entries: u64 = manifest.segments().map(|segment| segment.entries).sum();
                let bytes: u64 = manifest.segments().map(|segment| segment.bytes).sum();
                let positions: Vec<String> =
                    manifest.positions.iter().map(|(id, offset)| format!("{id}={offset}")).collect();
                print(&format!(
                    "good   {}  tick {}  clock {}  {entries} entries, {bytes} bytes in {} segments  {}\n",
                    checkpoint.name,
                    manifest.tick,
                    manifest.clock(),
                    manifest.segments().count(),
                    positions.join(" ")
                ))?;
            }
            Err(reason) => {
                print(&format!("broken {}  {reason}\n", checkpoint.name))?;
                exit = Exit::Failure;
            }
        }
    }
    if found.is_empty() {
        print(&format!("there is no checkpoint at {}\n", plan.config.state.url))?;
    }
    Ok(exit)
}

/// `landfall config-reference`.
///
/// # Errors
/// When it cannot be printed.
pub fn config_reference() -> Result<Exit, CliError> {
    print(&config::reference())?;
    Ok(Exit::Done)
}
