//! What the command line refuses, how it says so, and that it leaves nothing behind.

use crate::support::{Bench, EVENTS, Run, gzip, zstd};

fn refused(run: &Run, code: i32, messages: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for message in messages {
        assert!(run.stderr.contains(message), "{message} in {}", run.stderr);
    }
    assert_eq!(run.stdout, "");
}

#[test]
fn a_wrong_command_line_gives_exit_code_2() {
    let bench = Bench::new();
    bench.file("events.jsonl", EVENTS);
    let cases: [(&[&str], &str); 13] = [
        (&[], "Usage: landfall <COMMAND>"),
        (&["play"], "unrecognized subcommand 'play'"),
        (&["replay"], "<FILE>..."),
        (&["replay", "events.jsonl", "--asof", "2026-03-20"], "unexpected argument '--asof'"),
        (&["replay", "events.jsonl", "--as-of", "today"], "bad value `today` for --as-of: not a time"),
        (&["replay", "events.jsonl", "--set", "include_taxes=true"], "did you mean `include_tax`?"),
        (&["replay", "events.jsonl", "--set", "include_tax"], "bad value `include_tax` for --set: write NAME=VALUE"),
        (&["replay", "events.jsonl", "--set", "max_group=none"], "bad value for the setting `max_group`"),
        (&["replay", "events.jsonl", "--base", "EURO"], "`EURO` is no currency of ISO 4217"),
        (&["replay", "events.jsonl", "--base=USD", "--set=base_currency=JPY"], "contradict each other"),
        (&["replay", "events.jsonl", "--workers", "0"], "bad value `0` for --workers: from 1 to 256"),
        (&["replay", "events.jsonl", "--step", "0"], "bad value `0` for --step"),
        (&["replay", "events.jsonl", "--format", "jsonl"], "--out <DIR>"),
    ];
    for (arguments, message) in cases {
        refused(&bench.run(arguments), 2, &[message]);
    }
}

#[test]
fn two_files_with_one_origin_are_refused() {
    let bench = Bench::new();
    bench.file("a/events.jsonl", EVENTS).file("b/events.jsonl.gz", gzip(EVENTS.as_bytes()));
    let run = bench.run(&["replay", "a/events.jsonl", "b/events.jsonl.gz", "--out", "out"]);
    refused(
        &run,
        2,
        &["a/events.jsonl and b/events.jsonl.gz have the same origin `events.jsonl`", "hint: an origin is"],
    );
    refused(&bench.run(&["replay", "-", "-"]), 2, &["the same origin `stdin`"]);
    assert!(!bench.path("out").exists());
}

#[test]
fn inputs_that_cannot_be_read_give_exit_code_1() {
    let bench = Bench::new();
    bench.file("events.jsonl", EVENTS).file("folder/events.jsonl", EVENTS);
    refused(&bench.run(&["replay", "events.jsonl", "missing.jsonl"]), 1, &["cannot open missing.jsonl: No such file"]);
    refused(&bench.run(&["replay", "folder"]), 1, &["folder is a folder, not a file", "hint: name the files in it"]);
}

#[test]
fn a_damaged_file_is_named_with_its_line_and_leaves_no_output() {
    let bench = Bench::new();
    // Enough records for several batches, so that the engine has some of them when the damage shows.
    let content = EVENTS.repeat(5_000);
    let gzipped = gzip(content.as_bytes());
    let zstandard = zstd(content.as_bytes());
    bench.file("cut.jsonl.gz", &gzipped[..gzipped.len() / 2]);
    bench.file("cut.jsonl.zst", &zstandard[..zstandard.len() - 4]);
    bench.file("empty.jsonl.gz", "");
    let mut flipped = gzipped;
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff;
    bench.file("flipped.jsonl.gz", flipped);
    for (file, message) in [
        ("cut.jsonl.gz", "cannot read cut.jsonl.gz past line "),
        ("cut.jsonl.zst", "cannot read cut.jsonl.zst past line "),
        ("flipped.jsonl.gz", "cannot read flipped.jsonl.gz past line 20000: "),
        ("empty.jsonl.gz", "cannot read empty.jsonl.gz past line 0: a compressed file is never empty"),
    ] {
        refused(&bench.run(&["replay", file, "--out", "out"]), 1, &[message, "hint: the file may be damaged"]);
        assert!(!bench.path("out").exists(), "{file}");
    }
}

#[test]
fn an_older_dump_survives_a_failed_run() {
    let bench = Bench::new();
    bench.file("out/kpis.csv", "older").file("empty.jsonl.zst", "");
    refused(&bench.run(&["replay", "empty.jsonl.zst", "--out", "out"]), 1, &["empty.jsonl.zst"]);
    assert_eq!(crate::support::files(&bench.path("out"))["kpis.csv"], "older");
    assert_eq!(crate::support::files(&bench.path("out")).len(), 1);
}

#[test]
fn an_output_that_is_no_folder_is_refused_before_any_work() {
    let bench = Bench::new();
    bench.file("events.jsonl", EVENTS).file("taken", "");
    refused(&bench.run(&["replay", "events.jsonl", "--out", "taken"]), 1, &["cannot write to the folder taken: "]);
}

#[test]
fn processes_that_make_no_sense_are_refused_before_anything_starts() {
    let bench = Bench::new();
    bench.file("landfall.yaml", "sources: [{name: a, stdin: {}}]\n").file("hosts", "# both\na:2101\na:2101\n");
    let cases: [(&[&str], &str); 5] = [
        (&["run", "--hosts", "a:2101,b:2101", "--process", "2"], "`engine.process`: there is no process 2"),
        (&["run", "--process", "1"], "engine.hosts names no process but this one"),
        (&["run", "--hosts", "hosts"], "`engine.hosts`: `a:2101` stands there twice"),
        (&["run", "--hosts", "missing"], "`missing` is no list host:port,host:port, and as a file: No such file"),
        (&["validate", "--offline", "--set", "engine.hosts=a:2101,b"], "`engine.hosts`: `b` is not host:port"),
    ];
    for (arguments, message) in cases {
        let run = bench.run(&[arguments, &["--config", "landfall.yaml"]].concat());
        refused(
            &run,
            1,
            &["error[config]: landfall.yaml: ", message, "hint: docs/configuration.md lists every option"],
        );
    }
    assert!(!bench.path("landfall-state").exists());
}

#[test]
fn help_names_every_setting_and_the_exit_codes() {
    let run = Bench::new().run(&["replay", "--help"]);
    assert_eq!(run.code, 0);
    for setting in landfall::cli::settings::SETTINGS {
        assert!(run.stdout.contains(setting.name), "{}", setting.name);
    }
    assert!(run.stdout.contains("Exit codes: 0 done, 3 done but some records have data errors"));
    assert!(run.stdout.contains("Examples:"));
    let run = Bench::new().run(&["--version"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, concat!("landfall ", env!("CARGO_PKG_VERSION"), "\n")));
}
