//! Runs adapters over files and compares what comes out with what is expected.
#![allow(dead_code, reason = "every test file uses its part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use landfall_schemas::format::{Outcome, Profile, Record, decoder, json};
use landfall_schemas::{DocumentKey, Event};
use serde_json::json;

/// The folder of sample files; `None` where it is not there, which the test says.
pub fn samples(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Beside the project, or beside the folder that worktrees of it are in.
    let found = ["../../shared/data", "../../../shared/data"].map(|way| root.join(way).join(folder));
    let found = found.into_iter().find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: no sample files in ../shared/data/{folder}");
    }
    found
}

/// A profile with nothing but a source.
pub fn profile(source: &str) -> Profile {
    Profile { source: source.to_owned(), ..Profile::default() }
}

/// A profile with options.
pub fn with_options(source: &str, options: &[(&str, &str)]) -> Profile {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Profile { options, ..profile(source) }
}

/// What a format makes of a record.
pub fn decode(format: &str, profile: &Profile, mapping: Option<&str>, value: &[u8]) -> Vec<Outcome> {
    let decoder = decoder(format, profile, mapping).expect("a good profile");
    let mut outcomes = Vec::new();
    let record =
        Record { value, key: Some(b"k-1"), origin: "topic", partition: 3, offset: 17, headers: &[("h", b"x")] };
    decoder.decode(&record, &mut outcomes);
    outcomes
}

/// An outcome on one line, as `landfall adapt` prints it.
pub fn line(outcome: &Outcome) -> String {
    match outcome {
        Ok(event) => json::encode(event),
        Err(fault) => {
            let error = json!({ "error_code": fault.code.as_str(), "field": fault.field, "message": fault.message });
            json!({ "error": error }).to_string()
        }
    }
}

/// The outcomes as lines.
pub fn lines(outcomes: &[Outcome]) -> Vec<String> {
    outcomes.iter().map(line).collect()
}

/// The codes of the faults, and where they are.
pub fn faults(outcomes: &[Outcome]) -> Vec<(&'static str, &str)> {
    let faults = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    faults.map(|fault| (fault.code.as_str(), fault.field.as_str())).collect()
}

/// The files in a folder, its folders included, in the order of their names.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).expect("a folder that can be read");
    for path in entries.map(|entry| entry.expect("an entry that can be read").path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Compares lines with those of `tests/expect/<name>`; with `UPDATE_EXPECT=1` in the environment it writes them there.
pub fn expect(name: &str, lines: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expect").join(name);
    let found: String = lines.iter().map(|line| format!("{line}\n")).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        fs::write(&path, &found).expect("it can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (number, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of {}", number + 1, path.display());
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "lines of {}", path.display());
}

/// The documents in force of a set of events, by the upsert rule.
pub fn in_force(outcomes: &[Outcome]) -> BTreeMap<DocumentKey, Event> {
    let mut winners: BTreeMap<DocumentKey, Event> = BTreeMap::new();
    for event in outcomes.iter().flatten() {
        let winner = winners.entry(event.key()).or_insert_with(|| event.clone());
        if rank(event) > rank(winner) {
            *winner = event.clone();
        }
    }
    winners.retain(|_, event| matches!(event.body, landfall_schemas::event::Body::Document(_)));
    winners
}

fn rank(event: &Event) -> impl Ord + '_ {
    let it = &event.envelope;
    (it.revision, it.recorded_at, &it.source, &it.event_id)
}
