//! Health, metrics, pushes, new partitions, an orderly end.

use landfall_benches::generator::{Config, generate};

use super::process::{Setup, files};

fn setup(test: &str, seed: u64, shipments: u64) -> (Setup, Vec<landfall_benches::generator::GeneratedEvent>) {
    let config = Config::for_tests(seed, shipments);
    (Setup::new(test, config.as_of(), 1), generate(&config).collect())
}

#[test]
fn it_becomes_ready_tells_metrics_and_ends_in_order() {
    let (setup, events) = setup("ready", 3, 30);
    for event in &events {
        setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
    }
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    setup.wait_until_done(&mut process);
    assert_eq!(setup.get("/health/live").map(|(status, _)| status), Some(200));
    let (_, metrics) = setup.get("/metrics").unwrap();
    for name in [
        "landfall_records_total",
        "landfall_ticks_total",
        "landfall_tick_duration_seconds_bucket",
        "landfall_checkpoints_total",
        "landfall_sink_transactions_total",
        "landfall_resident_memory_bytes",
        "landfall_ready_state 1",
    ] {
        assert!(metrics.contains(name), "{name} is told:\n{metrics}");
    }
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
    assert!(!files(&setup.state().join("manifests")).is_empty(), "an orderly end leaves a checkpoint");
    let list = setup.command(&["checkpoint", "verify"]).output().unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stdout));
    setup.check_topics();
}

#[test]
fn partitions_that_are_added_are_read() {
    let (setup, events) = setup("added", 4, 20);
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    setup.topics.add_partitions("orders", 2);
    for event in &events {
        let partition = i32::from(event.stream.as_str() == "orders");
        // The client of the test has to hear of the new partition too.
        std::thread::sleep(std::time::Duration::from_millis(u64::from(partition == 1)));
        setup.topics.send_to_partition(event.stream.as_str(), partition, &event.to_json_line());
    }
    setup.wait_until_done(&mut process);
    setup.check_topics();
}

#[test]
fn pushed_records_are_durable_when_accepted() {
    let (setup, events) = setup("pushed", 5, 10);
    setup.configure("");
    let mut text = std::fs::read_to_string(setup.config()).unwrap();
    text = text.replace("sources: [", "sources: [{name: pushed, http: {}}, ");
    std::fs::write(setup.config(), text).unwrap();
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    let body: Vec<u8> = events.iter().flat_map(|event| [event.to_json_line(), b"\n".to_vec()].concat()).collect();
    let body = String::from_utf8_lossy(&body).into_owned();
    let request = format!(
        "POST /ingest/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = setup.request(&request).unwrap();
    assert_eq!(status, 202, "{answer}");
    assert!(answer.contains(&format!("\"accepted\":{}", events.len())), "{answer}");
    process.kill();
    let mut process = setup.start(2, None);
    process.wait_for("the pushed records to be written out", || {
        let progress = setup.topics.table("progress").into_values().next().unwrap_or_default();
        progress.contains(&format!("\"http/0\":{}", events.len()))
    });
    let totals = setup.topics.table("control_totals");
    let received: u64 = totals
        .iter()
        .filter(|(key, _)| key.contains("\"received\""))
        .map(|(_, row)| serde_json::from_str::<serde_json::Value>(row).unwrap()["count"].as_u64().unwrap())
        .sum();
    assert_eq!(received, events.len() as u64);
}
