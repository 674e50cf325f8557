//! The conformance sets: every line of the good ones decodes, and the bad one gives exactly the errors it says.
//!
//! Skipped, with a word, where the sets are not beside the workspace.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use landfall_schemas::format::json::{decode, encode};
use landfall_schemas::{DataError, Stream};

fn conformance_set(name: &str) -> Option<PathBuf> {
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance").join(name);
    if !set.is_dir() {
        println!("skipped: no conformance set {name}");
        return None;
    }
    Some(set)
}

/// The lines of a set's events with their numbers, from 1.
fn events(set: &Path) -> Vec<(usize, Vec<u8>)> {
    let file = std::fs::File::open(set.join("events.jsonl.gz")).expect("a set has events");
    let lines = BufReader::new(GzDecoder::new(file)).split(b'\n');
    lines
        .enumerate()
        .map(|(index, line)| (index + 1, line.expect("the set is whole")))
        .filter(|(_, line)| !line.is_empty())
        .collect()
}

fn expected_row(offset: usize, error: &DataError) -> String {
    let stream = error.stream.map_or("unknown", Stream::as_str);
    format!("events.jsonl,0,{offset},{stream},{},{},{}", error.code.as_str(), error.field, error.event_id)
}

#[test]
fn bad_events_give_the_errors_of_the_bad_set() {
    let Some(set) = conformance_set("bad") else { return };
    let found: BTreeMap<usize, String> = events(&set)
        .into_iter()
        .filter_map(|(offset, line)| decode(&line).err().map(|error| (offset, expected_row(offset, &error))))
        .collect();
    let expected: BTreeMap<usize, String> = std::fs::read_to_string(set.join("expect/data_errors.csv"))
        .unwrap()
        .lines()
        .skip(1)
        // Whether a record is of the future is decided against the clock, not by decoding.
        .filter(|row| !row.contains(",future_dated,"))
        .map(|row| (row.split(',').nth(2).unwrap().parse().unwrap(), row.to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn good_events_decode_and_survive_encoding() {
    for name in ["seed-1", "seed-2", "scms"] {
        let Some(set) = conformance_set(name) else { continue };
        for (offset, line) in events(&set) {
            let event = decode(&line).unwrap_or_else(|error| panic!("{name}, line {offset}: {error}"));
            let encoded = encode(&event);
            assert_eq!(decode(encoded.as_bytes()).as_ref(), Ok(&event), "{name}, line {offset}: {encoded}");
        }
    }
}
