//! `landfall replay`: files in, views out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use landfall_operators::rows::Tables;
use landfall_operators::settings::Settings;
use landfall_schemas::{Origin, Timestamp};

use super::args::{RawClock, RawReplay};
use super::error::{CliError, Exit, UsageError};
use super::progress::Progress;
use super::summary::Summary;
use super::{in_range, option_value, print, settings, values};
use crate::source::{FileInput, FileReader, decoders_for};
use landfall_dump::Dump;
use landfall_engine::{Arrival, ClosedTick, Engine, EngineError};

/// More engine workers than this are a slip of the pen.
const WORKERS_MAX: usize = 256;

/// Validated arguments of `replay`.
pub struct Replay {
    inputs: Vec<FileInput>,
    clock: Clock,
    dump: Option<Dump>,
    workers: usize,
    settings: Settings,
    records_per_tick: usize,
}

/// What the clock shows at each tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// Always this.
    Fixed(Timestamp),
    /// The greatest `recorded_at` so far, but nothing later than `until`, which the last tick has.
    Events {
        /// 1970 before the first event.
        latest: Timestamp,
        until: Option<Timestamp>,
    },
}

impl Clock {
    fn of(kind: RawClock, as_of: Option<Timestamp>) -> Clock {
        match kind {
            RawClock::Fixed => Clock::Fixed(as_of.unwrap_or_else(values::now)),
            RawClock::Events => Clock::Events { latest: Timestamp(0), until: as_of },
        }
    }

    fn see(&mut self, arrival: &Arrival) {
        if let (Clock::Events { latest, .. }, Ok(event)) = (self, &arrival.outcome) {
            *latest = (*latest).max(event.envelope.recorded_at);
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Clock::Fixed(at) => at,
            Clock::Events { latest, until } => until.map_or(latest, |until| latest.min(until)),
        }
    }

    /// The clock of the last tick. The views there are the same as with a clock fixed at this time.
    fn last(self) -> Timestamp {
        match self {
            Clock::Events { until: Some(until), .. } => until,
            clock => clock.now(),
        }
    }
}

impl Replay {
    /// Checks the arguments, and that inputs and output are there, before any work is done.
    ///
    /// # Errors
    /// What is wrong with the command line, or which file or folder cannot be used.
    pub fn validated(raw: RawReplay) -> Result<Replay, CliError> {
        let as_of = raw.as_of.map(|text| option_value("--as-of", &text, values::time)).transpose()?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = in_range("--workers", raw.workers.unwrap_or(cores.min(WORKERS_MAX)), WORKERS_MAX)?;
        let records_per_tick = in_range("--step", raw.step, usize::MAX)?;
        let settings = settings_of(raw.base, &raw.settings)?;
        let inputs = inputs_of(&raw.files)?;
        let dump = raw.out.map(|folder| Dump::planned(&folder, raw.format)).transpose()?;
        Ok(Replay { inputs, clock: Clock::of(raw.clock, as_of), dump, workers, settings, records_per_tick })
    }

    /// Reads, computes, writes the views and prints the summary.
    ///
    /// # Errors
    /// When an input is damaged, the output takes no more or the engine stops; then no view is written.
    pub fn run(self) -> Result<Exit, CliError> {
        let base = self.settings.base_currency;
        let bytes_total = self.inputs.iter().map(FileInput::bytes).sum();
        let progress = Progress::begin(bytes_total);
        let mut feed = Feed::start(self.workers, self.settings, self.clock, self.records_per_tick)?;
        let mut reader = FileReader::start(self.inputs, decoders_for(self.workers))?;
        while let Some(arrivals) = reader.next() {
            feed.take(arrivals?)?;
            progress.reached(reader.bytes_read(), feed.records);
        }
        progress.now("computing");
        let finished = feed.finish()?;
        if let Some(dump) = &self.dump {
            progress.now("writing the views");
            dump.write(&finished.tables)?;
        }
        drop(progress);
        let Finished { tables, clock, records } = &finished;
        let summary = Summary { tables, clock: *clock, base, records: *records, dump: self.dump.as_ref() };
        print(&summary.text())?;
        let exit = if tables.data_errors.is_empty() { Exit::Done } else { Exit::DataErrors };
        // The process ends: its memory goes back as a whole.
        std::mem::forget(finished);
        Ok(exit)
    }
}

/// Cuts arrivals into ticks and keeps the views that come out.
struct Feed {
    engine: Engine,
    clock: Clock,
    records_per_tick: usize,
    waiting: Vec<Arrival>,
    /// The clock of the last tick.
    ticked: Option<Timestamp>,
    tables: Tables,
    records: u64,
}

/// What is left when everything is read and computed.
struct Finished {
    tables: Tables,
    clock: Timestamp,
    records: u64,
}

impl Feed {
    fn start(workers: usize, settings: Settings, clock: Clock, records_per_tick: usize) -> Result<Feed, EngineError> {
        let engine = Engine::start(workers, settings)?;
        let (waiting, tables) = (Vec::new(), Tables::default());
        Ok(Feed { engine, clock, records_per_tick, waiting, ticked: None, tables, records: 0 })
    }

    fn take(&mut self, arrivals: Vec<Arrival>) -> Result<(), EngineError> {
        for arrival in arrivals {
            self.records += 1;
            self.clock.see(&arrival);
            self.waiting.push(arrival);
            if self.waiting.len() == self.records_per_tick {
                self.tick(self.clock.now())?;
            }
        }
        Ok(())
    }

    fn tick(&mut self, clock: Timestamp) -> Result<(), EngineError> {
        let closed = self.engine.tick(clock, std::mem::take(&mut self.waiting))?;
        apply(&mut self.tables, closed);
        self.ticked = Some(clock);
        Ok(())
    }

    /// The last ticks: what still waits at its own clock, then the last clock. One tick at least, because some rows
    /// exist without any event.
    fn finish(mut self) -> Result<Finished, EngineError> {
        if !self.waiting.is_empty() {
            self.tick(self.clock.now())?;
        }
        let clock = self.clock.last();
        if self.ticked != Some(clock) {
            self.tick(clock)?;
        }
        apply(&mut self.tables, self.engine.leave()?);
        Ok(Finished { tables: self.tables, clock, records: self.records })
    }
}

fn apply(tables: &mut Tables, closed: Vec<ClosedTick>) {
    closed.into_iter().flat_map(|tick| tick.changes).for_each(|changes| tables.apply(changes));
}

fn settings_of(base: Option<String>, pairs: &[String]) -> Result<Settings, UsageError> {
    let mut result = Settings::default();
    let mut base_set = None;
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| UsageError::SettingShape(pair.clone()))?;
        settings::set(&mut result, name.trim(), value)?;
        if name.trim() == "base_currency" {
            base_set = Some(result.base_currency);
        }
    }
    if let Some(base) = base {
        settings::set(&mut result, "base_currency", &base)?;
        if let Some(setting) = base_set.filter(|setting| *setting != result.base_currency) {
            return Err(UsageError::TwoBases { base, setting: setting.to_string() });
        }
    }
    Ok(result)
}

fn inputs_of(files: &[PathBuf]) -> Result<Vec<FileInput>, CliError> {
    let mut by_origin: BTreeMap<Origin, &Path> = BTreeMap::new();
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        let input = FileInput::named(file)?;
        if let Some(first) = by_origin.insert(input.origin(), file) {
            let origin = input.origin().name().to_owned();
            return Err(UsageError::SameOrigin { origin, first: first.to_owned(), second: file.clone() }.into());
        }
        inputs.push(input);
    }
    Ok(inputs)
}
