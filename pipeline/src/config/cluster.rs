//! Which processes there are.

use std::collections::BTreeSet;

use super::check::{in_range, wrong};
use super::{ConfigError, Engine, Hosts};

/// More processes than these are more likely a mistake.
const PROCESSES_MAX: usize = 64;

/// Several processes that compute together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterPlan {
    /// The addresses of all, in the order of their numbers.
    pub hosts: Vec<String>,
    /// The number of this one.
    pub process: usize,
    /// How long they wait for each other.
    pub join_timeout_seconds: u64,
}

impl ClusterPlan {
    /// The processes that a configuration names; `None` where there is one.
    pub(super) fn new(engine: &Engine) -> Result<Option<ClusterPlan>, ConfigError> {
        let hosts = engine.hosts.as_ref().map(addresses).transpose()?.unwrap_or_default();
        let mut known = BTreeSet::new();
        for host in &hosts {
            is_address(host).map_err(|reason| wrong("engine.hosts", format!("`{host}` {reason}")))?;
            if !known.insert(host) {
                return Err(wrong("engine.hosts", format!("`{host}` stands there twice; each process has its own")));
            }
        }
        in_range("engine.hosts", hosts.len(), 0, PROCESSES_MAX)?;
        in_range("engine.join_timeout_seconds", engine.join_timeout_seconds, 1, 86_400)?;
        let last = hosts.len().saturating_sub(1);
        if engine.process > last {
            let names = match hosts.len() {
                0 => "engine.hosts names no process but this one".to_owned(),
                count => format!("engine.hosts names {count}: they count from 0 to {last}"),
            };
            return Err(wrong("engine.process", format!("there is no process {}: {names}", engine.process)));
        }
        let (process, join_timeout_seconds) = (engine.process, engine.join_timeout_seconds);
        Ok((hosts.len() > 1).then_some(ClusterPlan { hosts, process, join_timeout_seconds }))
    }
}

/// The addresses as they are meant.
fn addresses(hosts: &Hosts) -> Result<Vec<String>, ConfigError> {
    let text = match hosts {
        Hosts::List(list) => return Ok(list.iter().map(|host| host.trim().to_owned()).collect()),
        Hosts::Text(text) => text,
    };
    let list: Vec<String> = text.split(',').map(|host| host.trim().to_owned()).collect();
    if list.iter().any(|host| is_address(host).is_ok()) {
        return Ok(list);
    }
    let read = std::fs::read_to_string(text).map_err(|error| {
        wrong("engine.hosts", format!("`{text}` is no list host:port,host:port, and as a file: {error}"))
    })?;
    let lines = read.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

/// Whether this is `host:port`.
fn is_address(text: &str) -> Result<(), &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("is not host:port")?;
    if host.is_empty() || host.contains([' ', '/']) {
        return Err("has no host before the port");
    }
    match port.parse::<u16>() {
        Ok(0) | Err(_) => Err("has no port from 1 to 65535"),
        Ok(_) => Ok(()),
    }
}
