//! What every operator with dossiers needs besides its facts: the clock, the reference data, and a gauge for its size; and
//! which views are read, for those that make rows.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use landfall_schemas::Timestamp;
use serde::{Deserialize, Serialize};
use timely::dataflow::StreamVec;

use crate::Tick;
use crate::audience::Audience;
use crate::settings::Settings;
use crate::tables::{ReferenceDoc, ReferenceTables};

/// A change of the clock or of the reference data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AmbientChange {
    /// The clock of the tick; every tick has one.
    Clock(Timestamp),
    /// A reference document comes into force or goes.
    Reference(ReferenceDoc, isize),
}

/// Changes of clock and reference data, the same on every worker.
#[derive(Clone)]
pub struct Ambient<'scope> {
    changes: StreamVec<'scope, Tick, AmbientChange>,
    settings: Settings,
    gauges: Gauges,
    audience: Audience,
}

impl<'scope> Ambient<'scope> {
    /// From a stream that carries, on every worker, each tick's clock and every reference change.
    pub fn new(
        changes: StreamVec<'scope, Tick, AmbientChange>,
        settings: Settings,
        gauges: Gauges,
        audience: Audience,
    ) -> Ambient<'scope> {
        Ambient { changes, settings, gauges, audience }
    }

    /// The stream of changes.
    pub fn changes(&self) -> StreamVec<'scope, Tick, AmbientChange> {
        self.changes.clone()
    }

    /// Empty tables to apply them to.
    pub fn tables(&self) -> ReferenceTables {
        ReferenceTables::new(self.settings.clone())
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which views are read.
    pub fn audience(&self) -> Audience {
        self.audience.clone()
    }

    /// A gauge for the operator with this name.
    pub fn gauge(&self, name: &'static str) -> Gauge {
        self.gauges.gauge(name)
    }
}

/// How many entries an operator keeps.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Rc<Cell<usize>>);

impl Gauge {
    /// Sets the number.
    pub fn set(&self, entries: usize) {
        self.0.set(entries);
    }
}

/// The gauges of one worker's operators.
#[derive(Clone, Debug, Default)]
pub struct Gauges(Rc<RefCell<Vec<(&'static str, Gauge)>>>);

impl Gauges {
    /// A new gauge.
    pub fn gauge(&self, name: &'static str) -> Gauge {
        let gauge = Gauge::default();
        self.0.borrow_mut().push((name, gauge.clone()));
        gauge
    }

    /// Every operator with the number of entries it keeps.
    pub fn read(&self) -> Vec<(&'static str, usize)> {
        self.0.borrow().iter().map(|(name, gauge)| (*name, gauge.0.get())).collect()
    }
}
