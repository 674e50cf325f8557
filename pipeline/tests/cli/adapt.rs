//! `landfall adapt`: sample files of partners, and the examples of the onboarding kit.

use std::path::Path;

use crate::support::Bench;

const EVENT: &str = r#"{"eventID":"e-1","eventDateTime":"2026-01-16T11:30:00","eventUpdatedDateTime":"2026-01-16T12:00:00Z","eventClassification":{"eventTypeCode":"TRANSPORT","eventClassifierCode":"ACT","transportEventTypeCode":"DEPA"},"shipmentDetails":{"documentReference":{"typeCode":"BKG","reference":"B1"}},"transportDetails":{"transportCall":{"modeOfTransport":"VESSEL"}}}"#;
const PROFILE: &str = "source: carrier:X\ntime_zone: Asia/Shanghai\n";
const PARTNER: &str = "format: jq\nmapping: links.jq\nprofile:\n  source: crm\n";
const MAPPING: &str = r#"{ event_id: .id, type: "link", source: $profile.source, occurred_at: .at,
    data: { link_id: .id, a: { type: "bol", value: .bol }, b: { type: "booking", value: .booking } } }"#;
const LINK: &str = r#"{"id":"1","at":"2026-03-01T10:00:00Z","bol":"X1","booking":"B1"}"#;
const LINK_EVENT: &str = r#"{"event_id":"1","type":"link","source":"crm","occurred_at":"2026-03-01T10:00:00Z","data":{"link_id":"1","a":{"type":"bol","value":"X1"},"b":{"type":"booking","value":"B1"}}}"#;

#[test]
fn samples_are_printed_as_events_and_errors() {
    let bench = Bench::new();
    bench.file("a.json", EVENT).file("p.yaml", PROFILE);
    let run = bench.run(&["adapt", "--format", "dcsa", "--profile", "p.yaml", "a.json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains(r#""at":"2026-01-16T03:30:00Z""#), "{}", run.stdout);
    let run = bench.run(&["adapt", "--format", "dcsa", "a.json"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(
        run.stdout.starts_with(r#"{"error":{"#) && run.stdout.contains(r#""error_code":"bad_time""#),
        "{}",
        run.stdout
    );
}

#[test]
fn json_lines_are_a_record_a_line() {
    let bench = Bench::new();
    bench.file("links.jq", MAPPING).file("p.yaml", "source: crm\n").file("a.jsonl", format!("{LINK}\n\n{{\n"));
    let run = bench.run(&["adapt", "--format", "jq", "--profile", "p.yaml", "--mapping", "links.jq", "a.jsonl"]);
    assert_eq!(run.code, 3, "{run:?}");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], LINK_EVENT);
    assert!(lines[1].contains(r#""error_code":"not_json""#) && lines[1].contains(r#""offset":3"#), "{}", lines[1]);
}

#[test]
fn a_source_is_read_from_a_configuration() {
    let bench = Bench::new();
    let config = "kafka: { brokers: x }\nsources:\n  - name: crm\n    format: jq\n    mapping: maps/links.jq\n    \
                  kafka: { topic: t }\n    profile: { source: crm }\n";
    bench.file("landfall.yaml", config).file("maps/links.jq", MAPPING).file("a.json", LINK);
    let run = bench.run(&["adapt", "--config", "landfall.yaml", "--source", "crm", "a.json"]);
    assert_eq!((run.code, run.stdout.trim_end()), (0, LINK_EVENT), "{run:?}");
    let run = bench.run(&["adapt", "--config", "landfall.yaml", "--source", "erp", "a.json"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("has no source `erp`: expected one of crm"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_used_is_refused_before_any_record() {
    let bench = Bench::new();
    bench.file("a.json", LINK).file("bad.yaml", "source: [").file("bad.jq", "{a: 1 b: 2}");
    let cases: [(&[&str], i32, &str); 6] = [
        (&["adapt", "a.json"], 2, "--format"),
        (&["adapt", "--format", "morse", "a.json"], 2, "unknown format \"morse\""),
        (&["adapt", "--format", "dcsa", "--profile", "bad.yaml", "a.json"], 2, "bad.yaml"),
        (&["adapt", "--format", "jq", "--mapping", "bad.jq", "a.json"], 2, "bad.jq: format jq: line 1: expected"),
        (&["adapt", "--format", "dcsa", "none.json"], 1, "none.json"),
        (&["adapt", "test", "."], 2, "no partner's folder"),
    ];
    for (arguments, code, message) in cases {
        let run = bench.run(arguments);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains(message), "{message} in {}", run.stderr);
    }
}

#[test]
fn a_partners_samples_are_held_against_what_is_expected() {
    let bench = Bench::new();
    bench.file("acme/profile.yaml", PARTNER).file("acme/links.jq", MAPPING).file("acme/samples/a.json", LINK);
    let run = bench.run(&["adapt", "test", "."]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(
        run.stdout.contains("differs acme/a.json") && run.stdout.contains("a.jsonl is not there"),
        "{}",
        run.stdout
    );
    bench.file("acme/expect/a.jsonl", LINK_EVENT);
    let run = bench.run(&["adapt", "test", "."]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "ok      acme/a.json\n1 sample of 1 partner, 0 not as expected\n"));
    bench.file("acme/expect/b.jsonl", LINK_EVENT);
    let run = bench.run(&["adapt", "test", "."]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("differs acme/b.jsonl\n        is expected of no sample"), "{}", run.stdout);
    std::fs::remove_file(bench.path("acme/expect/b.jsonl")).unwrap();
    bench.file("acme/expect/a.jsonl", format!("{}\n{LINK_EVENT}\n", LINK_EVENT.replace("X1", "X2")));
    let run = bench.run(&["adapt", "test", "acme"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains(r#"line 1: data.a.value: expected "X2", found "X1""#), "{}", run.stdout);
    assert!(run.stdout.contains("line 2: expected {") && run.stdout.contains("found nothing"), "{}", run.stdout);
}

#[test]
fn the_examples_of_the_onboarding_kit_are_as_expected() {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/partners");
    for (folder, samples) in [("examples", "13 samples"), ("template", "1 sample")] {
        let run = Bench::new().run(&["adapt", "test", &kit.join(folder).to_string_lossy()]);
        assert_eq!(run.code, 0, "{}", run.stdout);
        assert!(run.stdout.contains(&format!("{samples} of ")), "{}", run.stdout);
    }
}
