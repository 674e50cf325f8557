//! `landfall replay`: results, exit codes, bad records, the summary.

use std::process::Stdio;

use crate::support::{AS_OF, Bench, EVENTS, gzip, zstd};

#[test]
fn good_events_give_every_view_and_exit_code_0() {
    let bench = Bench::new();
    let (run, files) = bench.file("events.jsonl", EVENTS).dump("out", &["events.jsonl"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(files.len(), 15);
    assert_eq!(
        files["freight_charges.csv"],
        "issuer,invoice_no,line_no,partner_code,code,component,amount,currency,issued_on,status,shipment_id,shipments,\
         expected_amount,billed_amount,variance_amount,expected_currency,base_amount\n\
         MAEU,I1,1,FRT,FRT,freight,1100.00,EUR,2026-03-05,matched,S1,1,1100.00,1100.00,0.00,EUR,1100.00\n\
         MAEU,I2,1,DOC,DOC,handling,5.00,EUR,2026-03-06,unexpected_charge,S1,1,,,,,5.00\n"
    );
    assert_eq!(files["data_errors.csv"], "origin,partition,offset,stream,error_code,field,message,event_id\n");
}

#[test]
fn compression_and_names_make_no_difference() {
    let bench = Bench::new();
    // A bad record, so that an origin stands in data_errors.
    let content = format!("{EVENTS}no event\n");
    let content = content.as_bytes();
    bench.file("plain/events.jsonl", content);
    bench.file("gzip/events.jsonl.gz", gzip(content));
    bench.file("zstd/events.jsonl.zst", zstd(content));
    bench.file("unnamed/events.jsonl", gzip(content));
    bench.file("misnamed/events.jsonl.gz", zstd(content));
    let (run, plain) = bench.dump("out-plain", &["plain/events.jsonl"]);
    assert_eq!(run.code, 3);
    assert_eq!(plain["freight_charges.csv"].lines().count(), 3);
    for file in ["gzip/events.jsonl.gz", "zstd/events.jsonl.zst", "unnamed/events.jsonl", "misnamed/events.jsonl.gz"] {
        let out = format!("out-{}", file.replace('/', "-"));
        let (run, files) = bench.dump(&out, &[file]);
        assert_eq!((run.code, &files), (3, &plain), "{file}");
    }
    for (out, input) in [("stdin", content.to_vec()), ("stdin-gzip", gzip(content)), ("stdin-zstd", zstd(content))] {
        let run = bench.run_with_input(&["replay", "-", "--as-of", AS_OF, "--out", out], &input);
        assert_eq!(run.code, 3);
        let files = crate::support::files(&bench.path(out));
        for (name, text) in &plain {
            assert_eq!(files[name], text.replace("events.jsonl", "stdin"), "{name} from {out}");
        }
    }
}

#[test]
fn ticks_workers_and_clock_make_no_difference() {
    let bench = Bench::new();
    let content = format!("no event\n{EVENTS}no event\n");
    bench.file("events.jsonl", &content);
    let (_, whole) = bench.dump("whole", &["events.jsonl"]);
    assert_eq!(whole["freight_charges.csv"].lines().count(), 3);
    let ways: [&[&str]; 5] = [
        &["--step", "1"],
        &["--workers", "1"],
        &["--workers", "2", "--step", "3"],
        &["--clock", "events"],
        &["--clock", "events", "--step", "1", "--workers", "2"],
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let (run, files) = bench.dump(&format!("way-{number}"), &[&["events.jsonl"], way].concat());
        assert_eq!((run.code, &files), (3, &whole), "{way:?}");
    }
}

#[test]
fn several_files_are_one_set_of_events() {
    let bench = Bench::new();
    bench.file("all.jsonl", EVENTS);
    let (_, whole) = bench.dump("whole", &["all.jsonl"]);
    assert_eq!(whole["freight_charges.csv"].lines().count(), 3);
    let lines: Vec<&str> = EVENTS.lines().collect();
    bench.file("late.jsonl", lines[2..].join("\n")).file("early.jsonl.gz", gzip(lines[..2].join("\n").as_bytes()));
    let (run, parts) = bench.dump("parts", &["late.jsonl", "early.jsonl.gz"]);
    assert_eq!(run.code, 0);
    // Only the timeline names origins where there are no data errors.
    for (name, text) in whole.iter().filter(|(name, _)| *name != "shipment_timeline.csv") {
        assert_eq!(&parts[name], text, "{name}");
    }
}

#[test]
fn bad_records_are_listed_by_line_and_give_exit_code_3() {
    let bench = Bench::new();
    let mut content = b"\n  \t\r\nno event\n\xff\n".to_vec();
    content.extend_from_slice(EVENTS.as_bytes());
    content.extend_from_slice(format!("{{\"event_id\":\"{}\"}}\n", "x".repeat(3 << 20)).as_bytes());
    content.extend_from_slice(b"[1]");
    let (run, files) = bench.file("bad.jsonl", content).dump("out", &["bad.jsonl"]);
    assert_eq!(run.code, 3);
    let starts: Vec<String> = files["data_errors.csv"]
        .lines()
        .skip(1)
        .map(|line| line.split(',').take(5).collect::<Vec<_>>().join(","))
        .collect();
    let expected = [
        "bad.jsonl,0,3,unknown,not_json",
        "bad.jsonl,0,4,unknown,not_utf8",
        "bad.jsonl,0,9,unknown,too_large",
        "bad.jsonl,0,10,unknown,not_json",
    ];
    assert_eq!(starts, expected);
    assert_eq!(files["freight_charges.csv"].lines().count(), 3, "good records count beside bad ones");
    for line in ["not_json 2", "too_large 1"] {
        assert!(words(&run.stdout).contains(&line.to_owned()), "{line} in {}", run.stdout);
    }
}

#[test]
fn a_record_of_the_future_is_held_and_listed() {
    let bench = Bench::new();
    let file = bench.file("events.jsonl", EVENTS);
    let run = file.run(&["replay", "events.jsonl", "--as-of", "2026-03-05", "--set", "max_future_skew=1d"]);
    assert_eq!(run.code, 3);
    assert!(words(&run.stdout).contains(&"future_dated (held until their time) 1".to_owned()), "{}", run.stdout);
    let run = file.run(&["replay", "events.jsonl", "--as-of", "2026-03-05", "--set", "max_future_skew=2d"]);
    assert_eq!(run.code, 0);
}

#[test]
fn the_clock_of_the_events_ends_at_the_newest() {
    let bench = Bench::new();
    let run = bench.file("events.jsonl", EVENTS).run(&["replay", "events.jsonl", "--clock", "events"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("4 records read, reconciled as of 2026-03-06T10:00:00Z; amounts in EUR\n"));
}

#[test]
fn the_summary_tells_what_became_of_the_money() {
    let bench = Bench::new();
    let run = bench.file("events.jsonl", EVENTS).run(&["replay", "events.jsonl", "--as-of", AS_OF]);
    assert_eq!(run.code, 0);
    let lines = words(&run.stdout);
    for expected in [
        "4 records read, reconciled as of 2026-03-20T00:00:00Z; amounts in EUR",
        "Records received in force superseded retracted held dead lettered",
        "invoices 2 2 0 0 0 0",
        "total 4 4 0 0 0 0",
        "Charge lines of invoices lines EUR",
        "matched 1 1,100.00",
        "unexpected charge 1 5.00",
        "total 2 1,105.00",
        "over the estimate 1 1,025.00",
        "under the estimate 0 0.00",
        "No views were written; --out DIR keeps them.",
    ] {
        assert!(lines.contains(&expected.to_owned()), "{expected} in\n{}", run.stdout);
    }
}

#[test]
fn base_currency_and_settings_take_effect() {
    let bench = Bench::new();
    let rate = r#"{"event_id":"9","type":"fx_rate","source":"bank","occurred_at":"2026-03-04T10:00:00Z","data":{"date":"2026-03-04","base":"EUR","quote":"USD","rate":"1.1"}}"#;
    bench.file("events.jsonl", format!("{EVENTS}{rate}\n"));
    for base in [&["--base", "USD"], &["--set", "base_currency=USD"]] {
        let run = bench.run(&[&["replay", "events.jsonl", "--as-of", AS_OF], &base[..]].concat());
        assert!(words(&run.stdout).contains(&"matched 1 1,210.00".to_owned()), "{}", run.stdout);
    }
    let run = bench.run(&["replay", "events.jsonl", "--as-of", AS_OF, "--base=USD", "--set=fx_max_age_days=0"]);
    assert!(words(&run.stdout).contains(&"matched 1 0.00".to_owned()), "{}", run.stdout);
}

#[test]
fn an_empty_input_gives_empty_views() {
    let bench = Bench::new();
    let (run, files) = bench.file("none.jsonl", "").dump("out", &["none.jsonl"]);
    assert_eq!((run.code, files.len()), (0, 15));
    assert!(files["control_totals.csv"].contains("records,orders,received,0,\n"));
    assert!(run.stdout.starts_with("0 records read"));
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let bench = Bench::new();
    bench.file("events.jsonl", EVENTS);
    let mut command = bench.command(&["replay", "events.jsonl", "--as-of", AS_OF]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

/// The lines with their blanks made one.
fn words(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
