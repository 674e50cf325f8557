//! What two processes tell each other first, and why one refuses the other.

use std::io::{self, Read};

use landfall_operators::settings::Settings;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::ClusterPlan;

/// What every process of a cluster must have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    version: String,
    /// What travels between workers has no format of its own: it is the same in the same build alone.
    build: String,
    hosts: Vec<String>,
    workers: usize,
    /// The settings of the views, one a line.
    settings: String,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// Ticks and reports.
    Control,
    /// Data between workers.
    Data,
}

/// The first word on a connection.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) purpose: Purpose,
    pub(super) facts: Facts,
}

/// The answer to it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    Welcome,
    Refused(String),
}

impl Facts {
    /// Those of this process.
    ///
    /// # Errors
    /// When the program's own file cannot be read.
    pub fn of(cluster: &ClusterPlan, workers: usize, settings: &Settings) -> io::Result<Facts> {
        let mut program = std::fs::File::open(std::env::current_exe()?)?;
        let (mut hasher, mut bytes) = (Sha256::new(), vec![0; 1 << 20]);
        loop {
            match program.read(&mut bytes)? {
                0 => break,
                count => hasher.update(&bytes[..count]),
            }
        }
        Ok(Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
            hosts: cluster.hosts.clone(),
            workers,
            settings: format!("{settings:#?}"),
        })
    }

    /// The first thing that another process has otherwise, as both can read it.
    pub(super) fn difference(&self, me: usize, theirs: &Facts, other: usize) -> Option<String> {
        if self.version != theirs.version {
            return Some(format!(
                "process {other} is Landfall {}, process {me} is Landfall {}",
                theirs.version, self.version
            ));
        }
        if self.build != theirs.build {
            return Some(format!(
                "processes {other} and {me} are different builds of Landfall {}: run the same file everywhere",
                self.version
            ));
        }
        if self.hosts != theirs.hosts {
            let (there, here) = (theirs.hosts.join(","), self.hosts.join(","));
            return Some(format!("process {other} has engine.hosts {there}, process {me} has {here}"));
        }
        if self.workers != theirs.workers {
            return Some(format!(
                "process {other} runs {} workers, process {me} runs {}: set engine.workers",
                theirs.workers, self.workers
            ));
        }
        if self.settings != theirs.settings {
            let mut lines = self.settings.lines().zip(theirs.settings.lines());
            let trimmed = |line: &str| line.trim().trim_end_matches(',').to_owned();
            let (here, there) = lines.find(|(here, there)| here != there).unwrap_or_default();
            return Some(format!(
                "process {other} has other settings: {}, process {me} has {}",
                trimmed(there),
                trimmed(here)
            ));
        }
        None
    }
}
