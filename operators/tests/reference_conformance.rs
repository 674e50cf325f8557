//! The naive reference against the conformance sets: every dump that the specification gives, byte for byte.

#![allow(clippy::unwrap_used)] // helpers of tests are no `#[test]` functions, which clippy exempts by itself

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use landfall_operators::reference::views;
use landfall_operators::rows::{Table, TableVisitor, Tables, View, ViewRow};
use landfall_operators::settings::Settings;
use landfall_schemas::format::json::decode;
use landfall_schemas::{Currency, DataError, Date, Event, Origin, RecordId, Timestamp};

/// The folder of the sets; `None`, and a note, where they are not.
fn conformance() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if !folder.is_dir() {
        println!("skipped: no conformance sets at {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

/// The lines of a file as records; blank lines are none but count in the offset.
fn records(file: &Path) -> Vec<(RecordId, Result<Event, DataError>)> {
    let mut bytes = std::fs::read(file).unwrap();
    let mut name = file.file_name().unwrap().to_str().unwrap();
    if let Some(unpacked) = name.strip_suffix(".gz") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
        name = unpacked;
    }
    let origin = Origin::named(name);
    (1..)
        .zip(bytes.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(offset, line)| (RecordId { origin, partition: 0, offset }, decode(line)))
        .collect()
}

/// Renders tables as `landfall replay` prints them.
#[derive(Default)]
struct Renderer {
    dumps: BTreeMap<&'static str, String>,
    left_out: Option<&'static str>,
}

impl TableVisitor for Renderer {
    type Error = Infallible;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Infallible> {
        let shown: Vec<bool> = R::COLUMNS.iter().map(|column| Some(column.name) != self.left_out).collect();
        let dump = self.dumps.entry(view.as_str()).or_default();
        let mut line = |cells: Vec<String>| {
            let cells = cells.into_iter().zip(&shown).filter(|(_, shown)| **shown).map(|(cell, _)| quoted(&cell));
            writeln!(dump, "{}", cells.collect::<Vec<_>>().join(",")).unwrap();
        };
        line(R::COLUMNS.iter().map(|column| column.name.to_owned()).collect());
        for row in rows.values() {
            line(row.cells().iter().map(ToString::to_string).collect());
        }
        Ok(())
    }
}

/// A field as RFC 4180 wants it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn render(tables: &Tables, left_out: Option<&'static str>) -> BTreeMap<&'static str, String> {
    let mut renderer = Renderer { left_out, ..Renderer::default() };
    let Ok(()) = tables.visit(&mut renderer);
    renderer.dumps
}

/// Shows the first lines in which two dumps differ.
fn difference(dump: &str, expected: &str) -> String {
    let (ours, theirs): (BTreeSet<_>, BTreeSet<_>) = (dump.lines().collect(), expected.lines().collect());
    let (missing, surplus): (Vec<_>, Vec<_>) = (theirs.difference(&ours).collect(), ours.difference(&theirs).collect());
    let mut text = format!("{} lines missing, {} surplus", missing.len(), surplus.len());
    for (sign, lines) in [('-', missing), ('+', surplus)] {
        lines.iter().take(5).for_each(|line| write!(text, "\n    {sign} {line}").unwrap());
    }
    text
}

/// Compares every file of `expect/` with what the reference makes of the events.
fn check(set: &str, files: &[&str], clock: Timestamp, settings: &Settings, left_out: Option<&'static str>) {
    let Some(folder) = conformance().map(|folder| folder.join(set)) else { return };
    let records: Vec<_> = files.iter().flat_map(|file| records(&folder.join(file))).collect();
    let dumps = render(&views(&records, clock, settings), left_out);
    let mut differences = Vec::new();
    let mut compared = 0;
    for file in std::fs::read_dir(folder.join("expect")).unwrap() {
        let path = file.unwrap().path();
        let view = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = std::fs::read_to_string(&path).unwrap();
        let dump = &dumps[view.as_str()];
        if *dump != expected {
            differences.push(format!("{set}/{view}: {}", difference(dump, &expected)));
        }
        compared += 1;
    }
    assert!(compared > 0, "{set} expects nothing");
    differences.sort();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

/// 2026-03-20T00:00:00Z.
fn spring_2026() -> Timestamp {
    Date(20_532).midnight()
}

#[test]
fn seed_1() {
    check("seed-1", &["events.jsonl.gz"], spring_2026(), &Settings::default(), None);
}

#[test]
fn seed_2() {
    check("seed-2", &["events.jsonl.gz"], spring_2026(), &Settings::default(), None);
}

#[test]
fn scms() {
    let usd: Currency = "USD".parse().unwrap();
    let settings = Settings { base_currency: usd, ..Settings::default() };
    let end_of_2015 = Date(16_800).midnight();
    check("scms", &["reference.jsonl", "events.jsonl.gz"], end_of_2015, &settings, None);
}

#[test]
fn bad() {
    check("bad", &["events.jsonl.gz"], spring_2026(), &Settings::default(), Some("message"));
}

/// The one law: a function of the set, whatever the order of arrival.
#[test]
fn views_do_not_depend_on_the_order_of_arrival() {
    let Some(folder) = conformance() else { return };
    let mut records = records(&folder.join("seed-1/events.jsonl.gz"));
    let forward = views(&records, spring_2026(), &Settings::default());
    records.reverse();
    let backward = views(&records, spring_2026(), &Settings::default());
    assert!(forward == backward, "the order of arrival shows");
    assert!(!forward.exceptions.is_empty());
}

#[test]
fn clocks_are_those_of_the_readme() {
    assert_eq!(spring_2026().to_string(), "2026-03-20T00:00:00Z");
    assert_eq!(Date(16_800).midnight().to_string(), "2015-12-31T00:00:00Z");
}
