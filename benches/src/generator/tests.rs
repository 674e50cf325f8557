//! What the generator promises: determinism, proportions, completeness of kinds, order, memory, speed.

use std::collections::{BTreeSet, HashMap, HashSet};

use landfall_schemas::event::{Body, CustomsStatusKind, Document, DocumentType, MilestoneKind, PostingKind};
use landfall_schemas::format::json;
use landfall_schemas::{IdentifierKey, Stream, Timestamp};

use super::stream::Events;
use super::{Config, Faults, GeneratedEvent, Payload, generate, generate_part};

/// Speed is measured with the allocator of the binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn business(shipments: u64, faults: Faults) -> Config {
    Config { shipments, seed: 11, faults, ..Config::default() }
}

fn documents(config: &Config) -> impl Iterator<Item = Document> + use<> {
    generate(config).filter_map(|record| match record.payload {
        Payload::Event(event) => match event.body {
            Body::Document(document) => Some(document),
            Body::Retraction(_) => None,
        },
        Payload::Bad { .. } => None,
    })
}

#[test]
fn the_same_configuration_gives_the_same_events() {
    for config in [business(200, Faults::default()), Config::for_tests(3, 12)] {
        let once: Vec<GeneratedEvent> = generate(&config).collect();
        assert!(generate(&config).eq(once.iter().cloned()));
        let other = Config { seed: config.seed + 1, ..config };
        assert!(generate(&other).ne(once));
    }
}

#[test]
fn a_shipment_has_fifteen_events_on_average() {
    for seed in 1..3 {
        let config = Config { shipments: 20_000, seed, ..Config::default() };
        let events = generate(&config).filter(|record| record.stream != Stream::Reference).count();
        assert!((294_000..=306_000).contains(&events), "{events} events of 20000 shipments with seed {seed}");
    }
}

#[test]
fn shipments_are_as_many_as_asked_for() {
    for shipments in [0, 1, 7, 8, 9, 100] {
        let ids: BTreeSet<_> = documents(&business(shipments, Faults::NONE))
            .filter_map(|document| match document {
                Document::Shipment(shipment) => Some(shipment.shipment_id),
                _ => None,
            })
            .collect();
        assert_eq!(ids.len() as u64, shipments);
    }
}

#[test]
fn every_kind_of_document_status_and_milestone_occurs() {
    let hostile = (0..10).flat_map(|seed| documents(&Config::for_tests(seed, 10)));
    let populations: [Vec<Document>; 2] = [documents(&business(4_000, Faults::default())).collect(), hostile.collect()];
    for population in populations {
        let (mut types, mut statuses, mut milestones) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut postings = BTreeSet::new();
        for document in population {
            types.insert(document.document_type());
            match document {
                Document::CustomsStatus(status) => _ = statuses.insert(status.status),
                Document::Milestone(milestone) => _ = milestones.insert(milestone.milestone),
                Document::Posting(posting) => _ = postings.insert(posting.kind),
                _ => {}
            }
        }
        assert!(types.iter().eq(DocumentType::ALL), "{types:?}");
        assert!(milestones.iter().eq(&MilestoneKind::ALL), "{milestones:?}");
        assert_eq!((statuses.len(), statuses.last()), (9, Some(&CustomsStatusKind::Cancelled)), "{statuses:?}");
        assert_eq!(postings.len(), 5, "{postings:?}");
        assert!(postings.contains(&PostingKind::LandedCost));
    }
}

#[test]
fn records_come_in_the_order_of_their_arrival() {
    for config in [business(500, Faults::default()), Config::for_tests(1, 20)] {
        let arrivals: Vec<Timestamp> = generate(&config).map(|record| record.arrived_at).collect();
        assert!(arrivals.is_sorted());
    }
}

#[test]
fn without_faults_nothing_repeats_and_nothing_overtakes() {
    let (mut ids, mut recorded) = (HashSet::new(), Timestamp(0));
    for record in generate(&business(2_000, Faults::NONE)) {
        let event = record.event().expect("without faults nothing is broken").clone();
        assert!(matches!(event.body, Body::Document(_)), "without faults nothing is withdrawn");
        assert!(event.envelope.recorded_at >= recorded, "{} overtakes", event.envelope.event_id);
        recorded = event.envelope.recorded_at;
        let key = (event.key(), event.envelope.revision);
        assert!(ids.insert(key), "{:?} comes twice in one revision", event.key());
    }
}

#[test]
fn event_ids_are_unique_within_their_source() {
    let mut seen = HashSet::new();
    for record in generate(&business(2_000, Faults::NONE)) {
        let envelope = record.event().expect("without faults nothing is broken").envelope.clone();
        assert!(seen.insert((envelope.source, envelope.event_id)));
    }
}

#[test]
fn identity_numbers_belong_to_one_shipment_but_for_a_few() {
    let mut owners: HashMap<IdentifierKey, HashSet<_>> = HashMap::new();
    for document in documents(&business(20_000, Faults::NONE)) {
        if let Document::Shipment(shipment) = document {
            for identifier in shipment.identifiers.iter().filter(|it| it.kind.names_one_shipment()) {
                owners.entry(identifier.key()).or_default().insert(shipment.shipment_id.clone());
            }
        }
    }
    let shared = owners.values().filter(|owners| owners.len() > 1).count();
    assert!((1..200).contains(&shared), "{shared} of {} identity numbers are shared", owners.len());
}

#[test]
fn ten_million_shipments_begin_at_once_and_stay_small() {
    let config = business(10_000_000, Faults::default());
    assert_eq!(generate(&config).take(1_000).count(), 1_000);
    let mut events = Events::new(&config, 0, 1);
    let late = events.by_ref().nth(400_000).expect("ten million shipments have more events");
    assert!(late.arrived_at.0 - config.start.0 < 40 * 86_400_000, "40 days of 3000 shipments are more");
    assert!(events.underway() < 60_000, "{} records under way", events.underway());
}

#[test]
fn parts_together_are_the_whole() {
    let config = business(300, Faults::default());
    let mut whole: Vec<String> = generate(&config).map(|record| format!("{record:?}")).collect();
    let parts = (0..3).flat_map(|part| generate_part(&config, part, 3));
    let mut together: Vec<String> = parts.map(|record| format!("{record:?}")).collect();
    whole.sort();
    together.sort();
    assert!(whole == together);
}

#[test]
fn events_decode_to_what_was_generated() {
    let hostile = (0..5).flat_map(|seed| generate(&Config::for_tests(seed, 20)));
    for record in generate(&business(500, Faults::default())).chain(hostile) {
        let line = record.to_json_line();
        assert_eq!(json::decode(&line).as_ref().ok(), record.event(), "{}", String::from_utf8_lossy(&line));
    }
}

#[test]
fn broken_records_are_refused_with_their_code() {
    let faults = Faults { bad_pct: 50.0, ..Faults::default() };
    let mut codes = BTreeSet::new();
    for record in generate(&business(400, faults)) {
        if let Payload::Bad { bytes, code } = &record.payload {
            let refused = json::decode(bytes).expect_err("a broken record does not decode");
            assert_eq!(refused.code, *code, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(400)]));
            assert!(!bytes.contains(&b'\n'));
            codes.insert(code.as_str());
        }
    }
    assert_eq!(codes.len(), 15, "every code of a dead letter occurs: {codes:?}");
}

/// `cargo test --release -p landfall-benches -- --ignored --nocapture`
#[test]
#[ignore = "measures; on a machine with nothing else to do"]
fn half_a_million_events_a_second() {
    let config = business(300_000, Faults::default());
    let begun = std::time::Instant::now();
    let count = generate(&config).map(std::hint::black_box).count();
    let per_second = count as u128 * 1000 / begun.elapsed().as_millis();
    println!("{count} events, {per_second} a second");
    let begun = std::time::Instant::now();
    let bytes: usize = generate(&config).map(|record| record.to_json_line().len()).sum();
    println!("{bytes} bytes of JSON, {} events a second", count as u128 * 1000 / begun.elapsed().as_millis());
    assert!(per_second >= 500_000, "{per_second} events a second");
}
