//! The engine's part of a restart: from what a checkpoint kept of a population, decoded in memory, to every view.

use std::time::Instant;

use landfall_benches::generator::{Config, GeneratedEvent};
use landfall_engine::{Engine, Feed, ViewSet};
use landfall_operators::operator::restoring::parts;
use landfall_operators::operator::upsert::{Documents, Saved};
use landfall_operators::settings::Settings;
use landfall_schemas::{Origin, RecordId};

use crate::measure::{Figures, population, resident};

/// Restores the population's documents in parts of so many entries, for those who read these views.
pub fn run(shipments: u64, workers: usize, entries_max: usize, views: ViewSet) -> Figures {
    let (config, events) = population(shipments);
    let before = resident("VmRSS");
    let saved = saved(&config, events);
    let entries = saved.len();
    // A restart has a share for each core.
    let shares: Vec<Vec<Saved>> = saved.chunks(entries.div_ceil(workers)).map(<[Saved]>::to_vec).collect();
    drop(saved);
    let mut engine = Engine::start(workers, Settings::default()).expect("workers start");
    let start = Instant::now();
    for restored in parts(shares, entries_max) {
        let feed = Feed { tick: 1, clock: config.when_all_count(), arrivals: Vec::new(), restored, save: false, views };
        drop(engine.feed(feed).expect("no worker stops"));
    }
    drop(engine.settle().expect("no worker stops"));
    let ticks = vec![start.elapsed()];
    let (peak, grown) = (resident("VmHWM"), resident("VmRSS").saturating_sub(before));
    // Giving back its memory piece by piece is none of the engine's time.
    std::mem::forget(engine);
    Figures { events: entries, ticks, one_change: None, peak, grown, shipments }
}

/// What a checkpoint keeps of the population, in the order in which it is stored.
fn saved(config: &Config, mut events: impl Iterator<Item = GeneratedEvent>) -> Vec<Saved> {
    let origin = Origin::named("bench");
    let mut documents = Documents::new(Settings::default().max_future_skew_hours.hours_to_ms(), true);
    let mut taken = 0;
    loop {
        let batch: Vec<GeneratedEvent> = events.by_ref().take(100_000).collect();
        if batch.is_empty() {
            break;
        }
        let records = batch.iter().zip(taken..).map(|(generated, offset)| {
            let event = generated.event().expect("no broken records").clone();
            (RecordId { origin, partition: 0, offset }, event)
        });
        documents.tick(config.when_all_count(), std::iter::once(records.collect()));
        taken += batch.len() as u64;
    }
    let mut saved = documents.save();
    saved.sort_by_cached_key(Saved::key);
    saved
}
