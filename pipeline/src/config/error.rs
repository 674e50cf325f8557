//! What can be wrong with a configuration.

use std::path::PathBuf;

/// A configuration that is refused, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// It is no YAML.
    #[error("line {line}: {reason}")]
    Yaml {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A key that does not exist.
    #[error("{}unknown key `{path}`{}", at(*line), nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownKey {
        /// Where it stands.
        path: String,
        /// The line in the file; none where it comes from the environment.
        line: Option<usize>,
        /// The known key that is written most alike.
        nearest: Option<String>,
    },
    /// A value that cannot be.
    #[error("{}`{path}`: {reason}", at(*line))]
    Value {
        /// Where it stands.
        path: String,
        /// The line in the file; none where it does not come from there.
        line: Option<usize>,
        /// What is wrong and what would be right.
        reason: String,
    },
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}
