//! From a configuration as written to one that makes sense.

use std::collections::BTreeSet;
use std::path::Path;

use landfall_operators::rows::View;
use landfall_operators::settings::Settings;
use landfall_schemas::Timestamp;
use landfall_serve::ServeError;
use landfall_sql::SqlError;

use super::{
    Clock, ClusterPlan, Config, ConfigError, FileSource, HttpSource, KafkaSource, Sink, Source, Views, security,
};
use crate::cli::{settings, values};
use crate::source::origin_name;

/// A configuration that makes sense. What only the outside can tell (brokers, topics, permissions) is not known yet.
#[derive(Clone, Debug)]
pub struct Plan {
    /// As it was written.
    pub config: Config,
    /// Settings of the views.
    pub settings: Settings,
    /// What the views take as now.
    pub clock: ClockPlan,
    /// Threads that compute.
    pub workers: usize,
    /// The other processes that compute, where there are any.
    pub cluster: Option<ClusterPlan>,
    /// Where events come from.
    pub sources: Vec<SourcePlan>,
    /// Views that are kept for readers.
    pub served: Vec<View>,
}

/// What the views take as now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockPlan {
    /// The machine's clock.
    Wall,
    /// Always this time.
    Fixed(Timestamp),
}

/// One source.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// As it was written.
    pub source: Source,
    /// Its kind.
    pub kind: SourceKind,
}

/// The kinds of sources.
#[derive(Clone, Debug)]
pub enum SourceKind {
    /// Topics of a Kafka cluster.
    Kafka(KafkaSource),
    /// Files.
    File(FileSource),
    /// Standard input.
    Stdin,
    /// Pushed over HTTP.
    Http(HttpSource),
}

impl Plan {
    /// Checks a configuration.
    ///
    /// # Errors
    /// The first thing that makes no sense.
    pub fn new(config: Config) -> Result<Plan, ConfigError> {
        let mut settings = Settings::default();
        if let Some(currency) = &config.base_currency {
            settings::set(&mut settings, "base_currency", currency).map_err(|error| wrong("base_currency", error))?;
        }
        for (name, value) in &config.settings {
            settings::set(&mut settings, name, &value.to_string())
                .map_err(|error| wrong(&format!("settings.{name}"), error))?;
        }
        let clock = match &config.clock {
            Clock::Wall => ClockPlan::Wall,
            Clock::Fixed(text) => ClockPlan::Fixed(values::time(text).map_err(|error| wrong("clock.fixed", error))?),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = if config.engine.workers == 0 { cores } else { config.engine.workers };
        in_range("engine.workers", workers, 1, 64)?;
        let cluster = ClusterPlan::new(&config.engine)?;
        in_range("engine.tick_interval_ms", config.engine.tick_interval_ms, 1, 60_000)?;
        in_range("engine.tick_records_max", config.engine.tick_records_max, 1, 2_000_000)?;
        in_range("engine.stop_seconds_max", config.engine.stop_seconds_max, 1, 3_600)?;
        in_range("state.lease_seconds", config.state.lease_seconds, 3, 3_600)?;
        in_range("state.checkpoint_interval_seconds", config.state.checkpoint_interval_seconds, 1, 86_400)?;
        in_range("state.checkpoints_kept", config.state.checkpoints_kept, 2, 1_000)?;
        let sources = sources(&config)?;
        sinks(&config.sinks)?;
        let mut served = views("served_views", &config.served_views)?;
        if config.http.is_none() && config.sql.is_none() {
            // Nobody can read them.
            served.clear();
        }
        if let Some(http) = &config.http {
            http.check().map_err(|error| wrong("http", with_hint(&error)))?;
        }
        if let Some(sql) = &config.sql {
            sql.check().map_err(|error| match error {
                SqlError::Setting { setting, reason } => wrong(&setting, reason),
                other => wrong("sql", other),
            })?;
        }
        Ok(Plan { settings, clock, workers, cluster, sources, served, config })
    }
}

/// What is wrong, and what may help.
fn with_hint(error: &ServeError) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}: {hint}"))
}

/// The views that are meant.
///
/// # Errors
/// When one of them does not exist.
pub(super) fn views(path: &str, views: &Views) -> Result<Vec<View>, ConfigError> {
    let Views::Named(names) = views else {
        return Ok(View::ALL.to_vec());
    };
    let known: Vec<String> = View::ALL.iter().map(|view| view.as_str().to_owned()).collect();
    let view = |name: &String| {
        View::ALL.iter().copied().find(|view| view.as_str() == name).ok_or_else(|| {
            let nearest = super::load::nearest(name, known.iter()).unwrap_or_else(|| known.join(", "));
            wrong(path, format!("there is no view `{name}`; did you mean {nearest}?"))
        })
    };
    names.iter().map(view).collect()
}

impl super::KafkaSink {
    /// The views that are written.
    pub fn written(&self) -> Vec<View> {
        views("sinks", &self.views).unwrap_or_default()
    }
}

fn sources(config: &Config) -> Result<Vec<SourcePlan>, ConfigError> {
    if config.sources.is_empty() {
        return Err(wrong("sources", "none is given: nothing would ever be read"));
    }
    let mut names = BTreeSet::new();
    let mut origins = BTreeSet::new();
    let mut plans = Vec::new();
    for (index, source) in config.sources.iter().enumerate() {
        let at = format!("sources[{index}]");
        named(&at, &source.name, &mut names)?;
        let kind = source_kind(&at, source)?;
        for origin in origins_of(&kind) {
            if !origins.insert(origin.clone()) {
                return Err(wrong(&at, format!("{origin} is read twice; a topic or file belongs to one source")));
            }
        }
        if matches!(kind, SourceKind::Http(_)) && config.http.is_none() {
            return Err(wrong(&at, "records can only be pushed where `http: {listen: …}` is given"));
        }
        plans.push(SourcePlan { source: source.clone(), kind });
    }
    Ok(plans)
}

fn source_kind(at: &str, source: &Source) -> Result<SourceKind, ConfigError> {
    let kinds = [
        source.kafka.clone().map(SourceKind::Kafka),
        source.file.clone().map(SourceKind::File),
        source.stdin.clone().map(|_| SourceKind::Stdin),
        source.http.clone().map(SourceKind::Http),
    ];
    let mut given = kinds.into_iter().flatten();
    let (Some(kind), None) = (given.next(), given.next()) else {
        return Err(wrong(at, "exactly one of `kafka`, `file`, `stdin` and `http` says where the records come from"));
    };
    match &kind {
        SourceKind::Kafka(kafka) if kafka.brokers.trim().is_empty() => {
            Err(wrong(&format!("{at}.kafka.brokers"), "is missing: host:port of one broker or more"))
        }
        SourceKind::Kafka(kafka) if kafka.topics.is_empty() => {
            Err(wrong(&format!("{at}.kafka.topics"), "is missing: the topics to read"))
        }
        SourceKind::File(files) if files.paths.is_empty() => {
            Err(wrong(&format!("{at}.file.paths"), "is missing: the files to read"))
        }
        SourceKind::Kafka(kafka) => {
            security::check(&format!("{at}.kafka.security"), &kafka.security)?;
            Ok(kind)
        }
        _ => Ok(kind),
    }
}

/// Under which origins a source's records are known.
fn origins_of(kind: &SourceKind) -> Vec<String> {
    match kind {
        SourceKind::Kafka(kafka) => kafka.topics.clone(),
        SourceKind::File(files) => files.paths.iter().map(|path| origin_name(Path::new(path))).collect(),
        SourceKind::Stdin => vec!["stdin".to_owned()],
        SourceKind::Http(_) => vec!["http".to_owned()],
    }
}

fn sinks(sinks: &[Sink]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    for (index, sink) in sinks.iter().enumerate() {
        let at = format!("sinks[{index}]");
        named(&at, &sink.name, &mut names)?;
        let Some(kafka) = &sink.kafka else {
            return Err(wrong(&at, "`kafka` is missing: it says where the changes go"));
        };
        if kafka.brokers.trim().is_empty() {
            return Err(wrong(&format!("{at}.kafka.brokers"), "is missing: host:port of one broker or more"));
        }
        security::check(&format!("{at}.kafka.security"), &kafka.security)?;
        in_range(&format!("{at}.kafka.partitions"), kafka.partitions, 1, 10_000)?;
        views(&format!("{at}.kafka.views"), &kafka.views)?;
    }
    Ok(())
}

fn named(at: &str, name: &str, names: &mut BTreeSet<String>) -> Result<(), ConfigError> {
    let path = format!("{at}.name");
    if name.trim().is_empty() {
        return Err(wrong(&path, "is missing"));
    }
    if !names.insert(name.to_owned()) {
        return Err(wrong(&path, format!("`{name}` is the name of another one too")));
    }
    Ok(())
}

pub(super) fn in_range<T: PartialOrd + std::fmt::Display>(
    path: &str,
    value: T,
    min: T,
    max: T,
) -> Result<(), ConfigError> {
    if value < min || value > max {
        return Err(wrong(path, format!("{value} is not from {min} to {max}")));
    }
    Ok(())
}

pub(super) fn wrong(path: &str, reason: impl std::fmt::Display) -> ConfigError {
    ConfigError::Value { path: path.to_owned(), line: None, reason: reason.to_string() }
}
