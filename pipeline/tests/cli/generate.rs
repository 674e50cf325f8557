//! `landfall generate`: the same seed the same events, outputs, faults, rate.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Bench;

const NO_FAULTS: [&str; 6] = [
    "--duplicates-pct=0",
    "--late-pct=0",
    "--out-of-order-pct=0",
    "--retractions-pct=0",
    "--future-dated-pct=0",
    "--conflicting-pct=0",
];

fn generated(bench: &Bench, arguments: &[&str]) -> String {
    let run = bench.run(&[&["generate", "--shipments", "20"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[test]
fn a_seed_gives_the_same_events_and_another_one_others() {
    let bench = Bench::new();
    let first = generated(&bench, &["--seed", "7"]);
    assert!(first.lines().count() > 100);
    assert_eq!(generated(&bench, &["--seed", "7"]), first);
    assert_ne!(generated(&bench, &["--seed", "8"]), first);
}

#[test]
fn a_file_has_what_standard_output_has() {
    let bench = Bench::new();
    let expected = generated(&bench, &[]);
    for name in ["e.jsonl", "e.jsonl.gz", "e.jsonl.zst"] {
        let run = bench.run(&["generate", "--shipments", "20", "--out", name]);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""));
        assert!(run.stderr.contains(&format!("events written to {name}; to see them: landfall replay {name} --as-of")));
        assert!(run.stderr.replace(',', "").starts_with(&format!("{} events", expected.lines().count())));
        let bytes = fs::read(bench.path(name)).unwrap();
        let mut text = String::new();
        match name {
            "e.jsonl.gz" => flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap(),
            "e.jsonl.zst" => zstd::Decoder::new(bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap(),
            _ => bytes.as_slice().read_to_string(&mut text).unwrap(),
        };
        assert_eq!(text, expected, "{name}");
    }
}

#[test]
fn events_without_faults_replay_without_data_errors_and_bad_ones_with() {
    let bench = Bench::new();
    bench.file("good.jsonl", generated(&bench, &NO_FAULTS));
    let run = bench.run(&["replay", "good.jsonl", "--clock", "events"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = bench.run(&[&["generate", "--shipments=20", "--bad-pct=5", "--out=bad.jsonl"], &NO_FAULTS[..]].concat());
    assert_eq!(run.code, 0);
    assert_eq!(bench.run(&["replay", "bad.jsonl", "--clock", "events"]).code, 3);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let bench = Bench::new();
    let mut command = bench.command(&["generate", "--shipments", "100000000"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_rate_spreads_the_events_over_time() {
    let bench = Bench::new();
    let mut command = bench.command(&["generate", "--shipments", "1000", "--rate", "50"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    let begun = Instant::now();
    for _ in 0..25 {
        lines.next().unwrap().unwrap();
    }
    let taken = begun.elapsed();
    drop(lines);
    assert!(child.wait().unwrap().success());
    // Half a second at 50 a second; a busy machine may take longer, but not so long as to wait for a full buffer.
    assert!((Duration::from_millis(400)..Duration::from_secs(20)).contains(&taken), "{taken:?}");
}

#[test]
fn wrong_numbers_are_refused() {
    let bench = Bench::new();
    for (arguments, message) in [
        (["--late-pct", "101"], "bad value `101` for --late-pct: from 0 to 100"),
        (["--late-pct", "NaN"], "bad value `NaN` for --late-pct"),
        (["--shipments", "0"], "bad value `0` for --shipments"),
        (["--rate", "0"], "bad value `0` for --rate"),
        (["--start", "soon"], "bad value `soon` for --start"),
    ] {
        let run = bench.run(&[&["generate"], &arguments[..]].concat());
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    let run = bench.run(&["generate", "--out", "no/such/folder/e.jsonl"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("cannot write to no/such/folder/e.jsonl: No such file"), "{}", run.stderr);
}
