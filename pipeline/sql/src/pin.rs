//! The tick that a statement sees.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ExtensionOptions};
use datafusion::common::config_err;
use datafusion::error::Result;
use datafusion::prelude::SessionConfig;
use landfall_operators::Tick;

use super::types::micros;
use landfall_snapshot::Snapshot;

/// The snapshot that every table of a statement is read from.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    /// Every view at one tick.
    pub snapshot: Arc<Snapshot>,
}

impl Pin {
    /// Makes a statement's tables and functions see this tick.
    pub fn apply(&self, config: &mut SessionConfig) {
        let Snapshot { tick, clock, .. } = *self.snapshot;
        config.set_extension(Arc::new(self.clone()));
        config.options_mut().extensions.insert(PinnedTick { tick, clock_micros: micros(clock) });
    }
}

/// The tick and its clock, where functions find them.
#[derive(Clone, Debug)]
pub(super) struct PinnedTick {
    /// The tick.
    pub tick: Tick,
    /// Its clock; none before the first tick.
    pub clock_micros: Option<i64>,
}

impl ConfigExtension for PinnedTick {
    const PREFIX: &'static str = "landfall";
}

impl ExtensionOptions for PinnedTick {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> Result<()> {
        config_err!("landfall.{key} cannot be set")
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        Vec::new()
    }
}
