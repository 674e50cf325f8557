//! Records that are no events: kept with everything they had, listed, and submitted again after a fix.

use std::process::Output;
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, generate};
use serde_json::json;

use super::process::{Process, Setup};

/// A link to an identifier without a value.
const TYPO: &[u8] = br#"{"event_id":"link-1","type":"link","source":"desk","occurred_at":"2026-01-20T10:00:00Z",
"data":{"link_id":"L-1","a":{"type":"container","value":"MSKU1234565"},"b":{"type":"container"}}}"#;

fn setup(test: &str) -> (Setup, Process) {
    let config = Config::for_tests(31, 10);
    let setup = Setup::new(test, config.as_of(), 1);
    let events: Vec<_> = generate(&config).collect();
    setup.send(&events);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    (setup, process)
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// An order as it should have been, and with a quantity that is none.
pub fn orders() -> [String; 2] {
    ["5", "five"].map(|quantity| {
        let line = json!({ "line_no": 1, "sku": "A", "quantity": quantity, "unit": "EA", "unit_price": "10.00" });
        let data = json!({
            "order_id": "PO-MENDED", "buyer": "ACME", "supplier": "S1", "incoterm": "FOB", "currency": "EUR", "ordered_on": "2026-01-10",
            "region": "EU", "status": "open", "lines": [line],
        });
        let event = json!({
            "event_id": "mended-1", "type": "order", "source": "erp", "occurred_at": "2026-01-10T00:00:00Z", "data": data,
        });
        event.to_string()
    })
}

#[test]
fn a_dead_letter_keeps_its_bytes_key_and_headers_and_says_what_is_wrong() {
    let (setup, mut process) = setup("letters");
    let before = setup.topics.table("data_errors").len();
    let headers = [("trace", "abc-123"), ("sender", "gateway 7")];
    setup.topics.send_with_headers("orders", b"key-1", b"{\"no\": json", &headers);
    setup.topics.send("customs", &[], TYPO);
    setup.wait_until_done(&mut process);
    let letters = setup.topics.read("dead_letters");
    let broken = letters.iter().find(|letter| letter.value.as_deref() == Some(b"{\"no\": json")).unwrap();
    assert_eq!(broken.key, b"key-1");
    let has = |name: &str, value: &str| assert_eq!(broken.headers.get(name).map(String::as_str), Some(value), "{name}");
    has("trace", "abc-123");
    has("sender", "gateway 7");
    has("__connect.errors.topic", &setup.topics.name("orders"));
    has("__connect.errors.partition", "0");
    has("landfall.error_code", "not_json");
    has("__connect.errors.exception.class.name", "not_json");
    let offset = broken.headers["__connect.errors.offset"].clone();
    let read = setup.topics.read("orders");
    assert_eq!(read.last().unwrap().offset.to_string(), offset);
    assert!(letters.iter().any(|letter| letter.value.as_deref() == Some(TYPO)), "{letters:?}");

    // The view tells of the same two records.
    let errors = setup.topics.table("data_errors");
    assert_eq!(errors.len(), before + 2);
    let topic = setup.topics.name("orders");
    assert!(errors.keys().any(|key| key.contains(&topic) && key.contains(&offset)), "{errors:?}");

    let list = setup.command(&["dead-letters", "list"]).output().unwrap();
    assert!(list.status.success(), "{list:?}");
    assert_eq!(text(&list).lines().count(), letters.len());
    assert!(text(&list).contains(&format!("{topic}/0@{offset}  not_json")), "{}", text(&list));
    let show = setup.command(&["dead-letters", "show", "--code", "not_json"]).output().unwrap();
    assert!(text(&show).contains("{\"no\": json") && !text(&show).contains("link-1"), "{}", text(&show));
    setup.check_topics();
}

#[test]
fn mended_records_are_submitted_again_and_twice_changes_nothing() {
    let (setup, mut process) = setup("mended");
    let [good, bad] = orders();
    setup.topics.send("orders", b"PO-MENDED", bad.as_bytes());
    setup.wait_until_done(&mut process);
    assert_eq!(setup.topics.read("dead_letters").len(), 1);
    let landed_cost_lines = || setup.topics.table("landed_cost_lines");
    let without = landed_cost_lines();

    // As it is it is still no event, and nothing is submitted.
    let replayed = setup.command(&["dead-letters", "replay"]).output().unwrap();
    assert_ne!(replayed.status.code(), Some(0), "{}", text(&replayed));
    assert!(text(&replayed).contains("still no event"), "{}", text(&replayed));

    let file = setup.folder.path().join("mended.jsonl");
    std::fs::write(&file, format!("{good}\n")).unwrap();
    let replay = || {
        let output =
            setup.command(&["dead-letters", "replay", "--from-file", file.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        text(&output)
    };
    let said = replay();
    assert!(said.contains("now order") && said.contains("1 submitted"), "{said}");
    setup.wait_until_done(&mut process);
    let with = landed_cost_lines();
    assert_ne!(with, without, "the order counts now");
    let written = setup.topics.read("landed_cost_lines").len();

    replay();
    setup.wait_until_done(&mut process);
    assert_eq!(landed_cost_lines(), with);
    assert_eq!(setup.topics.read("landed_cost_lines").len(), written, "the same event again changes nothing");
    assert_eq!(setup.topics.read("dead_letters").len(), 1);
    setup.check_topics();
    assert!(process.terminate().0.success());
}

/// Sends a record until its topic has it: a broker takes a moment to know what it was just allowed.
fn send_large(setup: &Setup, key: &[u8], value: &[u8]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while setup.topics.read("orders").last().is_none_or(|last| last.key != key) {
        assert!(Instant::now() < deadline, "the broker takes a record of {} bytes", value.len());
        setup.topics.send("orders", key, value);
        setup.topics.flush();
    }
}

#[test]
fn a_record_too_large_for_every_topic_of_the_sink_stops_nothing() {
    let (setup, mut process) = setup("large");
    setup.topics.allow("orders", 12_000_000);
    let [large, larger] = [vec![b'x'; 2 << 20], vec![b'y'; 10 << 20]];
    send_large(&setup, b"large", &large);
    send_large(&setup, b"larger", &larger);
    let [good, _] = orders();
    setup.topics.send("orders", b"PO-MENDED", good.as_bytes());
    setup.wait_until_done(&mut process);
    assert!(setup.topics.table("landed_cost_lines").keys().any(|key| key.contains("PO-MENDED")));

    // One is there whole, of the other what the topic takes.
    let letters = setup.topics.read("dead_letters");
    let value = |key: &[u8]| letters.iter().find(|letter| letter.key == key).unwrap();
    assert_eq!(value(b"large").value.as_ref(), Some(&large));
    let cut = value(b"larger");
    let length = cut.value.as_ref().unwrap().len();
    assert!((7 << 20..8 << 20).contains(&length), "{length}");
    assert_eq!(cut.headers["landfall.cut_from_bytes"], larger.len().to_string());
    let replayed = setup.command(&["dead-letters", "replay", "--code", "too_large"]).output().unwrap();
    assert!(text(&replayed).contains(&format!("has only {length} of {}", larger.len())), "{}", text(&replayed));

    // A topic of dead letters that takes no more than Kafka's default gets less.
    assert!(process.terminate().0.success());
    setup.topics.allow("dead_letters", 1 << 20);
    let mut process = setup.start(1, None);
    send_large(&setup, b"late", &large);
    setup.wait_until_done(&mut process);
    let letters = setup.topics.read("dead_letters");
    let late = letters.iter().find(|letter| letter.key == b"late").unwrap();
    assert!(late.value.as_ref().unwrap().len() < 1 << 20 && late.headers.contains_key("landfall.cut_from_bytes"));
    setup.check_topics();
}
