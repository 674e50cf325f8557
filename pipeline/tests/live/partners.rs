//! `tests/scenarios/partners`: an order, a ship notice, an ocean line's events, customs, a freight invoice and rates, each in
//! its sender's own format and all in a bad order, become the views that an auditor expects.
//!
//! `LANDFALL_BLESS=1` writes the expected rows anew; read the difference before you believe it.

use std::path::{Path, PathBuf};

use landfall_schemas::Timestamp;

use super::kafka::broker;
use super::process::Setup;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios/partners")
}

fn message(name: &str) -> Vec<u8> {
    let path = match name.strip_prefix("example/") {
        Some(rest) => Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/partners/examples").join(rest),
        None => folder().join("messages").join(name),
    };
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What arrives in which topic, latest business first.
const ARRIVALS: [(&str, &str); 10] = [
    ("invoices", "freight-invoice.edi"),
    ("customs", "example/customs-authority/samples/6-tax-notice-again.xml"),
    ("customs", "example/customs-authority/samples/5-released-all-the-same.xml"),
    ("customs", "example/customs-authority/samples/4-documents-wanted.xml"),
    ("customs", "example/customs-authority/samples/2-accepted.xml"),
    ("customs", "example/customs-authority/samples/1-declaration.xml"),
    ("shipments", "example/ocean-line/samples/booking-to-arrival.json"),
    ("reference", "rates.csv"),
    ("orders", "ship-notice.edi"),
    ("orders", "order.edi"),
];

fn configure(setup: &Setup) {
    let topic = |name: &str| setup.topics.name(name);
    let source = |name: &str, format: &str, profile: &str, topic: &str| {
        let kafka = format!("kafka: {{brokers: \"{}\", topics: [\"{topic}\"]}}", broker());
        format!("  - {{name: {name}, format: {format}, profile: {profile}, {kafka}}}\n")
    };
    let sources = [
        source("orders", "x12", "{source: \"erp:import1\", region: EU, partner: LAMPW}", &topic("orders")),
        source("ocean", "dcsa", &profile_of("ocean-line"), &topic("shipments")),
        source("customs", "wco", &profile_of("customs-authority"), &topic("customs")),
        source("carrier", "x12", "{source: \"carrier:OCNL\", partner: OCNL}", &topic("invoices")),
        source("rates", "ecb", "{source: ecb}", &topic("reference")),
    ];
    let text = std::fs::read_to_string(setup.config()).unwrap();
    let others: Vec<&str> = text.lines().filter(|line| !line.starts_with("sources:")).collect();
    std::fs::write(setup.config(), format!("{}\nsources:\n{}", others.join("\n"), sources.concat())).unwrap();
}

/// The profile of a worked example, as YAML in one line.
fn profile_of(example: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/partners/examples").join(example).join("profile.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let definition: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    definition["profile"].to_string()
}

#[test]
fn messages_of_six_partners_in_bad_order_become_the_expected_views() {
    let clock: Timestamp = "2026-04-20T00:00:00Z".parse().unwrap();
    let setup = Setup::new("partners", clock, 1);
    configure(&setup);
    let mut process = setup.start(2, None);
    for (topic, name) in ARRIVALS {
        setup.topics.send(topic, &[], &message(name));
        setup.topics.flush();
    }
    setup.wait_until_done(&mut process);
    for view in ["exceptions", "landed_cost", "shipment_timeline", "freight_charges", "data_errors"] {
        let rows: Vec<String> =
            setup.topics.table(view).into_values().map(|row| row.replace(&setup.topics.prefix, "")).collect();
        let found = rows.join("\n") + "\n";
        let path = folder().join("expect").join(format!("{view}.jsonl"));
        if std::env::var("LANDFALL_BLESS").is_ok() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, expected, "{view}");
    }
    assert!(process.terminate().0.success());
}
