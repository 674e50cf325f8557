//! Every conformance set, byte for byte, on one, two and four workers and in several batchings.

use std::path::Path;

use landfall_dump::{Dump, Format};
use landfall_operators::settings::Settings;
use landfall_schemas::{Currency, Timestamp};
use landfall_tests::{Record, Run, assert_balanced, conformance_sets, read_records};

/// A set: folder, files, clock and base currency, as the README beside the sets says.
struct Set {
    name: &'static str,
    files: &'static [&'static str],
    clock: &'static str,
    base: &'static str,
}

const SETS: [Set; 4] = [
    Set { name: "scms", files: &["reference.jsonl", "events.jsonl.gz"], clock: "2015-12-31T00:00:00Z", base: "USD" },
    Set { name: "seed-1", files: &["events.jsonl.gz"], clock: "2026-03-20T00:00:00Z", base: "EUR" },
    Set { name: "seed-2", files: &["events.jsonl.gz"], clock: "2026-03-20T00:00:00Z", base: "EUR" },
    Set { name: "bad", files: &["events.jsonl.gz"], clock: "2026-03-20T00:00:00Z", base: "EUR" },
];

fn compare(folder: &Path, found: &Path, context: &str) {
    let files = std::fs::read_dir(folder.join("expect")).expect("a set has expected dumps");
    for file in files {
        let name = file.expect("the folder can be read").file_name();
        let read = |path: &Path| std::fs::read_to_string(path.join(&name)).expect("the dump can be read");
        let (mut found, expected) = (read(found), read(&folder.join("expect")));
        if context.starts_with("bad") {
            found = without_message(&found);
        }
        assert!(found == expected, "{context}: {} differs{}", name.display(), first_difference(&found, &expected));
    }
}

fn first_difference(found: &str, expected: &str) -> String {
    let differing = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    differing.map_or_else(
        || format!(" in length: {} lines, not {}", found.lines().count(), expected.lines().count()),
        |(expected, found)| format!("\n  expected {expected}\n  found    {found}"),
    )
}

/// The dump of `data_errors` without its column `message`, the last but one.
fn without_message(dump: &str) -> String {
    let mut without = String::new();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(dump.as_bytes());
    for record in reader.records() {
        let record = record.expect("the dump is RFC 4180");
        let kept = record.iter().enumerate().filter(|(index, _)| *index != 6).map(|(_, cell)| cell);
        without.push_str(&kept.collect::<Vec<_>>().join(","));
        without.push('\n');
    }
    without
}

fn run(workers: usize, batch: usize, reverse: bool) {
    let Some(sets) = conformance_sets() else { return };
    for set in SETS {
        let folder = sets.join(set.name);
        let mut records: Vec<Record> = set.files.iter().flat_map(|file| read_records(&folder.join(file))).collect();
        if reverse {
            records.reverse();
        }
        let base_currency: Currency = set.base.parse().expect("a known currency");
        let clock: Timestamp = set.clock.parse().expect("a time");
        let mut run = Run::start(workers, &Settings { base_currency, ..Settings::default() });
        let context = format!("{} on {workers} workers in batches of {batch}", set.name);
        for records in records.chunks(batch) {
            run.tick(clock, records);
            assert_balanced(&run.tables, &context);
        }
        let out = std::env::temp_dir().join(format!("landfall-conformance-{}-{workers}-{batch}", set.name));
        let dump = Dump::planned(&out, Format::Csv).expect("the temporary folder takes files");
        dump.write(&run.tables).expect("the dump can be written");
        compare(&folder, &out, &context);
        std::fs::remove_dir_all(&out).expect("the dump can be removed");
    }
}

#[test]
fn dumps_equal_on_one_worker_in_one_batch() {
    run(1, usize::MAX, false);
}

#[test]
fn dumps_equal_on_two_workers_backwards_in_batches() {
    run(2, 2_000, true);
}

#[test]
fn dumps_equal_on_four_workers_in_small_batches() {
    run(4, 701, false);
}
