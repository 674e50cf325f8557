//! What changes of reference data cost: one document in a tick, that many shipments depend on.

use std::time::{Duration, Instant};

use landfall_benches::generator::GeneratedEvent;
use landfall_engine::{Arrival, ClosedTick, Engine};
use landfall_operators::settings::Settings;
use landfall_schemas::event::{Body, Document};
use landfall_schemas::{Decimal, Event, Origin, RecordId};

use crate::measure::{TICK_EVENTS, arrivals, percentile, population};

/// So often each document is changed, and changed back.
const TIMES: u64 = 4;

/// A change: its name, which document it is of, and what it does to it.
type Change = (&'static str, fn(&Document) -> bool, fn(&mut Document));

const CHANGES: [Change; 5] = [
    ("the owner of a carrier", is_carrier, |document| {
        if let Document::Partner(partner) = document {
            partner.owner = "somebody else".into();
        }
    }),
    ("the region of a carrier", is_carrier, |document| {
        if let Document::Partner(partner) = document {
            partner.region = "elsewhere".into();
        }
    }),
    (
        "the general tolerance",
        |document| matches!(document, Document::Tolerance(of) if of.issuer == "*" && of.code == "*"),
        |document| {
            if let Document::Tolerance(tolerance) = document {
                tolerance.over_pct = Some(Decimal::whole(1));
            }
        },
    ),
    (
        "the grace of a service level",
        |document| matches!(document, Document::Sla(_)),
        |document| {
            if let Document::Sla(sla) = document {
                sla.grace_hours = Some(Decimal::whole(1_000));
            }
        },
    ),
    (
        "an exchange rate",
        |document| matches!(document, Document::FxRate(_)),
        |document| {
            if let Document::FxRate(rate) = document {
                rate.rate = Decimal::whole(3);
            }
        },
    ),
];

fn is_carrier(document: &Document) -> bool {
    matches!(document, Document::Partner(partner) if partner.max_silence_hours.is_some())
}

fn document(event: &Event) -> Option<&Document> {
    match &event.body {
        Body::Document(document) => Some(document),
        _ => None,
    }
}

/// Takes a population in, then changes reference data. A line of a table for each change.
pub fn run(shipments: u64, workers: usize) -> Vec<String> {
    let (config, mut events) = population(shipments);
    let mut engine = Engine::start(workers, Settings::default()).expect("workers start");
    let mut originals: Vec<Option<Event>> = vec![None; CHANGES.len()];
    let mut taken = 0;
    loop {
        let batch: Vec<GeneratedEvent> = events.by_ref().take(TICK_EVENTS).collect();
        if batch.is_empty() {
            break;
        }
        for (original, (_, is_it, _)) in originals.iter_mut().zip(&CHANGES) {
            let found =
                || batch.iter().filter_map(GeneratedEvent::event).find(|event| document(event).is_some_and(is_it));
            *original = original.take().or_else(|| found().cloned());
        }
        engine.tick(config.when_all_count(), arrivals(&batch, taken)).expect("no worker stops");
        engine.settle().expect("no worker stops");
        taken += batch.len() as u64;
    }
    drop(events);
    let mut lines = Vec::new();
    for ((name, _, change), original) in CHANGES.iter().zip(originals) {
        let original = original.expect("the population has reference data");
        let mut changed = original.clone();
        if let Body::Document(document) = &mut changed.body {
            change(document);
        }
        let mut seen: Vec<(Duration, usize)> = Vec::new();
        for (revision, event) in (1..=TIMES).flat_map(|time| [(2 * time, &changed), (2 * time + 1, &original)]) {
            let mut event = event.clone();
            event.envelope.revision = 1_000_000 + revision;
            let record = RecordId { origin: Origin::named(name), partition: 0, offset: revision };
            let start = Instant::now();
            let arrival = Arrival { record, outcome: Ok(event) };
            let mut closed = engine.tick(config.when_all_count(), vec![arrival]).expect("no worker stops");
            closed.extend(engine.settle().expect("no worker stops"));
            seen.push((start.elapsed(), closed.iter().map(ClosedTick::changed_rows).sum()));
        }
        let rows = seen.iter().map(|(_, rows)| *rows).max().unwrap_or(0);
        let times: Vec<Duration> = seen.into_iter().map(|(time, _)| time).collect();
        let [middle, most] = [50, 100].map(|q| percentile(&times, q).as_millis());
        lines.push(format!("| {name} | {rows} | {middle} | {most} |"));
    }
    std::mem::forget(engine);
    lines
}
