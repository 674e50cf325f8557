//! What ends a command, and the exit code that tells of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use super::settings::SettingError;
use crate::config::ConfigError;
use crate::live::LiveError;
use crate::source::SourceError;
use landfall_dump::DumpError;
use landfall_engine::EngineError;
use landfall_schemas::format::ProfileError;
use landfall_serve::ServeError;

/// How a command ends. The codes are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Nothing, or not everything, was done.
    Failure,
    /// The command line is wrong; nothing was tried.
    Usage,
    /// Done, but some records have data errors.
    DataErrors,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::DataErrors => 3,
        })
    }
}

/// Why a command stops.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is wrong.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The input fails.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The dump fails.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The engine fails.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The configuration is refused.
    #[error("{}: {reason}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: ConfigError,
    },
    /// The live process cannot start or go on.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The server cannot start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The system refuses threads.
    #[error("cannot start threads: {reason}")]
    Runtime {
        /// What the system said.
        reason: io::Error,
    },
    /// An output that is no dump fails.
    #[error("cannot write to {output}: {reason}")]
    Output {
        /// The output: a file, or standard output.
        output: String,
        /// What the system said.
        reason: io::Error,
    },
}

/// What is wrong with the command line, beyond what its grammar tells.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A time that is none.
    #[error("bad value `{value}` for {option}: {reason}")]
    Value {
        /// The option.
        option: &'static str,
        /// The value as it was given.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting that is none.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// `--set` without a value.
    #[error("bad value `{0}` for --set: write NAME=VALUE")]
    SettingShape(String),
    /// Two base currencies.
    #[error("--base {base} and --set base_currency={setting} contradict each other")]
    TwoBases {
        /// That of `--base`.
        base: String,
        /// That of `--set`.
        setting: String,
    },
    /// Two inputs whose records could not be told apart.
    #[error(
        "{} and {} have the same origin `{origin}`, so their records could not be told apart",
        first.display(),
        second.display()
    )]
    SameOrigin {
        /// The name that both would have in `data_errors`.
        origin: String,
        /// One input.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// `adapt` without a format.
    #[error("which format? give --format, or --config and --source")]
    NoFormat,
    /// A configuration without this source.
    #[error("{} has no source `{name}`: expected one of {known}", config.display())]
    UnknownSource {
        /// The configuration.
        config: PathBuf,
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A file that is not the YAML that is due.
    #[error("{}: {problem}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A profile or mapping that makes no decoder.
    #[error("{}{problem}", path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
    Profile {
        /// The file, where there is one.
        path: Option<PathBuf>,
        /// What is wrong with it.
        problem: ProfileError,
    },
    /// A folder without partners.
    #[error("{} is no partner's folder and has none: expected profile.yaml, samples/ and expect/", dir.display())]
    NoPartner {
        /// The folder.
        dir: PathBuf,
    },
}

impl CliError {
    /// The code to exit with.
    pub fn exit(&self) -> Exit {
        match self {
            CliError::Usage(_) => Exit::Usage,
            _ => Exit::Failure,
        }
    }

    /// A stable code for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            CliError::Usage(_) => "usage",
            CliError::Source(error) => error.code(),
            CliError::Dump(error) => error.code(),
            CliError::Engine(_) => "engine",
            CliError::Config { .. } => "config",
            CliError::Live(error) => error.code(),
            CliError::Serve(_) => "serve",
            CliError::Runtime { .. } => "runtime",
            CliError::Output { .. } => "output",
        }
    }

    /// What may help, if anything is known to.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            CliError::Source(error) => error.hint(),
            CliError::Serve(error) => error.hint(),
            CliError::Usage(UsageError::SameOrigin { .. }) => {
                Some("an origin is the file name without folders and without .gz or .zst; rename one of the files")
            }
            CliError::Live(LiveError::Engine(EngineError::Lost { .. })) => {
                Some("start every process again, as a supervisor does: they go on where the state is")
            }
            CliError::Config { .. } => Some("docs/configuration.md lists every option"),
            CliError::Usage(UsageError::Setting(_)) => Some("`landfall replay --help` lists the settings"),
            _ => None,
        }
    }
}
