//! What two processes tell each other first, and why one refuses the other.

use std::io;

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
        let program = std::fs::read(std::env::current_exe()?)?;
        Ok(Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: Sha256::digest(&program).iter().map(|byte| format!("{byte:02x}")).collect(),
            hosts: cluster.hosts.clone(),
            workers,
            settings: format!("{settings:#?}"),
        })
    }

    /// The first thing that another process has otherwise, seen from here.
    pub(super) fn difference(&self, theirs: &Facts) -> Option<String> {
        if self.version != theirs.version {
            return Some(format!("it is Landfall {}, here is {}", theirs.version, self.version));
        }
        if self.build != theirs.build {
            return Some(format!("it is another build of Landfall {}: run the same file everywhere", self.version));
        }
        if self.hosts != theirs.hosts {
            return Some(format!("its engine.hosts are {}, here {}", theirs.hosts.join(","), self.hosts.join(",")));
        }
        if self.workers != theirs.workers {
            return Some(format!("it runs {} workers, here {} run: set engine.workers", theirs.workers, self.workers));
        }
        if self.settings != theirs.settings {
            let mut lines = self.settings.lines().zip(theirs.settings.lines());
            let trimmed = |line: &str| line.trim().trim_end_matches(',').to_owned();
            let (here, there) = lines.find(|(here, there)| here != there).unwrap_or_default();
            return Some(format!("its settings differ: {} there, {} here", trimmed(there), trimmed(here)));
        }
        None
    }
}
