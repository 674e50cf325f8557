//! What the acceptance tests share: records, a run of the engine tick by tick, and the comparison of tables.

use std::io::Read;
use std::path::{Path, PathBuf};

use landfall_benches::generator::{Config, generate};
use landfall_engine::{Arrival, Engine, EngineError};
use landfall_operators::reference;
use landfall_operators::rows::{Table, TableVisitor, Tables, View, ViewRow};
use landfall_operators::settings::Settings;
use landfall_schemas::format::json;
use landfall_schemas::{DataError, Event, Origin, RecordId, Timestamp};

/// A record with its place.
pub type Record = (RecordId, Result<Event, DataError>);

/// The conformance sets, where they are beside the project.
pub fn conformance_sets() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there are no conformance sets at {}", folder.display());
    None
}

/// The records of a file, gzip or plain; blank lines count in the offset but are none.
pub fn read_records(path: &Path) -> Vec<Record> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text).expect("the set is a good gzip file");
    } else {
        text = bytes;
    }
    let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
    records_of_lines(name.trim_end_matches(".gz"), text.split(|byte| *byte == b'\n'))
}

fn records_of_lines<'a>(origin: &str, lines: impl Iterator<Item = &'a [u8]>) -> Vec<Record> {
    let origin = Origin::named(origin);
    lines
        .zip(1..)
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, offset)| (RecordId { origin, partition: 0, offset }, json::decode(line)))
        .collect()
}

/// Generated records in the order of their arrival; broken ones are decoded like any other.
pub fn generated_records(config: &Config) -> Vec<Record> {
    let origin = Origin::named("generated");
    generate(config)
        .zip(1..)
        .map(|(generated, offset)| (RecordId { origin, partition: 0, offset }, generated.outcome()))
        .collect()
}

/// An engine and the tables that its changes make.
pub struct Run {
    engine: Engine,
    /// The tables after the last tick.
    pub tables: Tables,
}

impl Run {
    /// Starts an engine.
    pub fn start(workers: usize, settings: &Settings) -> Run {
        let engine = Engine::start(workers, settings.clone()).expect("worker threads can be started");
        Run::of(engine)
    }

    /// Runs an engine that has been started.
    pub fn of(engine: Engine) -> Run {
        Run { engine, tables: Tables::default() }
    }

    /// Why it has stopped; waits until it has.
    pub fn failure(mut self) -> EngineError {
        loop {
            if let Err(error) = self.engine.settle() {
                return error;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Ends it in order.
    pub fn finish(self) {
        self.engine.finish().expect("no worker stops");
    }

    /// One tick, up to its end.
    pub fn tick(&mut self, clock: Timestamp, records: &[Record]) {
        let arrivals =
            records.iter().map(|(record, outcome)| Arrival { record: *record, outcome: outcome.clone() }).collect();
        let mut closed = self.engine.tick(clock, arrivals).expect("no worker stops");
        closed.extend(self.engine.settle().expect("no worker stops"));
        for changes in closed.into_iter().flat_map(|tick| tick.changes) {
            self.tables.apply(changes);
        }
    }

    /// How many entries each operator keeps.
    pub fn sizes(&self) -> std::collections::BTreeMap<&'static str, usize> {
        self.engine.sizes()
    }
}

/// What the reference says about these records at this clock.
pub fn expected(records: &[Record], clock: Timestamp, settings: &Settings) -> Tables {
    reference::views(records, clock, settings)
}

/// Fails with the first rows that differ, view by view.
pub fn assert_same(found: &Tables, expected: &Tables, context: &str) {
    if found == expected {
        return;
    }
    let mut text = Rendered::default();
    let Ok(()) = found.visit(&mut text);
    let found = std::mem::take(&mut text.lines);
    let Ok(()) = expected.visit(&mut text);
    let missing = text.lines.iter().filter(|line| !found.contains(line)).take(8);
    let excess = found.iter().filter(|line| !text.lines.contains(line)).take(8);
    let missing: Vec<&String> = missing.collect();
    let excess: Vec<&String> = excess.collect();
    panic!("{context}: the views differ\n  expected but missing: {missing:#?}\n  found but wrong: {excess:#?}");
}

#[derive(Default)]
struct Rendered {
    lines: Vec<String>,
}

impl TableVisitor for Rendered {
    type Error = std::convert::Infallible;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Self::Error> {
        self.lines.extend(rows.values().map(|row| format!("{} {row:?}", view.as_str())));
        Ok(())
    }
}

/// Every control total must be the sum of its parts.
pub fn assert_balanced(tables: &Tables, context: &str) {
    let totals = &tables.control_totals;
    let whole = |status: &str| matches!(status, "total" | "received");
    let mut sums = std::collections::BTreeMap::new();
    for row in totals.values() {
        let sign = if whole(&row.status) { 1 } else { -1 };
        let (count, amount) = sums.entry((row.kind, row.name.clone())).or_insert((0_i128, 0_i128));
        *count += sign * i128::from(row.count);
        *amount += sign * row.base_amount.map_or(0, |amount| amount.minor);
    }
    for ((kind, name), sum) in sums {
        assert_eq!(sum, (0, 0), "{context}: control total {} {name} does not balance", kind.as_str());
    }
}
