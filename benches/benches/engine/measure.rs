//! The engine with every view on, from decoded events or from JSON lines.

use std::fmt;
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, GeneratedEvent, generate};
use landfall_engine::{Arrival, Engine};
use landfall_operators::settings::Settings;
use landfall_schemas::event::{Body, Classifier, Document};
use landfall_schemas::format::json;
use landfall_schemas::{Event, Origin, RecordId};

/// Events in one tick while catching up, unless told otherwise: what a tick of `landfall run` takes at most.
pub const TICK_EVENTS: usize = 500_000;

/// Corrections, one a tick; the second half of them counts.
const CHANGES: usize = 4_000;

/// Before memory is read, for so long nothing happens: the allocator keeps what was given back for ten seconds.
const REST: Duration = Duration::from_secs(15);

/// One line of the table.
pub struct Figures {
    /// Events taken in.
    pub events: usize,
    /// Time of each tick.
    pub ticks: Vec<Duration>,
    /// Median time of a tick with one change.
    pub one_change: Option<Duration>,
    /// Resident memory at most, bytes.
    pub peak: u64,
    /// Resident memory at the end less that before the start, bytes.
    pub grown: u64,
    /// Shipments in the population.
    pub shipments: u64,
}

/// The q-th of 100 parts of the times.
pub fn percentile(times: &[Duration], q: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * q / 100).min(sorted.len() - 1)]
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: Duration = self.ticks.iter().sum();
        let rate = self.events as u128 * 1_000_000 / total.as_micros().max(1);
        let change = self.one_change.map_or_else(|| "-".to_owned(), |time| time.as_micros().to_string());
        write!(
            f,
            "| {rate} | {} | {} | {} | {change} | {} | {} |",
            percentile(&self.ticks, 50).as_millis(),
            percentile(&self.ticks, 99).as_millis(),
            percentile(&self.ticks, 100).as_millis(),
            self.peak >> 20,
            self.grown / self.shipments
        )
    }
}

/// A line of `/proc/self/status` in bytes: `VmHWM` (peak) or `VmRSS` (now).
pub fn resident(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells a process its memory");
    let value = status.lines().find_map(|text| text.strip_prefix(line)).expect("the line is there");
    let kibibytes: u64 = value.trim_matches([':', ' ', '\t', 'k', 'B']).parse().expect("a number of kB");
    kibibytes << 10
}

/// The population: realistic events without faults that are not decoded.
pub fn population(shipments: u64) -> (Config, impl Iterator<Item = GeneratedEvent>) {
    let config = Config { shipments, ..Config::default() };
    let events = generate(&config);
    (config, events)
}

/// Events as they come from a source, from this offset on.
pub fn arrivals(batch: &[GeneratedEvent], from: u64) -> Vec<Arrival> {
    let origin = Origin::named("bench");
    let events = batch.iter().zip(from..);
    events
        .map(|(generated, offset)| Arrival {
            record: RecordId { origin, partition: 0, offset },
            outcome: Ok(generated.event().expect("no broken records").clone()),
        })
        .collect()
}

/// Runs the engine over a population.
pub fn run(shipments: u64, workers: usize, tick_events: usize, from_json: bool) -> Figures {
    let (config, mut events) = population(shipments);
    let clock = config.when_all_count();
    let before = resident("VmRSS");
    let mut engine = Engine::start(workers, Settings::default()).expect("workers start");
    let (mut ticks, mut taken, mut changes) = (Vec::new(), 0, Vec::new());
    loop {
        let batch: Vec<GeneratedEvent> = events.by_ref().take(tick_events).collect();
        if batch.is_empty() {
            break;
        }
        // Every seventh, so that they are of shipments from all over the batch.
        changes.extend(batch.iter().rev().filter_map(actual_milestone).step_by(7).take(CHANGES));
        // No more than are used: they are none of the engine's memory.
        changes.drain(..changes.len().saturating_sub(CHANGES));
        let lines: Vec<Vec<u8>> =
            if from_json { batch.iter().map(GeneratedEvent::to_json_line).collect() } else { Vec::new() };
        let mut decoded = if from_json { Vec::new() } else { arrivals(&batch, taken as u64) };
        let start = Instant::now();
        if from_json {
            let origin = Origin::named("bench");
            decoded = lines
                .iter()
                .zip(taken as u64..)
                .map(|(line, offset)| Arrival {
                    record: RecordId { origin, partition: 0, offset },
                    outcome: json::decode(line),
                })
                .collect();
        }
        taken += batch.len();
        let mut closed = engine.tick(clock, decoded).expect("no worker stops");
        closed.extend(engine.settle().expect("no worker stops"));
        ticks.push(start.elapsed());
        // Whoever reads the views has their rows now; that they go is none of the engine's time.
        drop(closed);
    }
    // The generator keeps what it is going to say; that is none of the engine's memory.
    drop(events);
    let one_change = (!from_json).then(|| one_change(&mut engine, &config, changes));
    std::thread::sleep(REST);
    let grown = resident("VmRSS").saturating_sub(before);
    engine.finish().expect("no worker stops");
    Figures { events: taken, ticks, one_change, peak: resident("VmHWM"), grown, shipments }
}

fn actual_milestone(generated: &GeneratedEvent) -> Option<Event> {
    let event = generated.event()?;
    match &event.body {
        Body::Document(Document::Milestone(milestone)) if milestone.classifier == Classifier::Actual => {
            Some(event.clone())
        }
        _ => None,
    }
}

/// The median time of a tick that corrects one milestone: a newer revision, an hour later. As many others go before, so that
/// what the load left to merge is merged.
fn one_change(engine: &mut Engine, config: &Config, events: Vec<Event>) -> Duration {
    let origin = Origin::named("corrections");
    let mut times = Vec::new();
    for (mut event, offset) in events.into_iter().zip(1..) {
        event.envelope.revision += 1_000;
        if let Body::Document(Document::Milestone(milestone)) = &mut event.body {
            milestone.at = milestone.at.plus_ms(3_600_000);
        }
        let arrival = Arrival { record: RecordId { origin, partition: 0, offset }, outcome: Ok(event) };
        let start = Instant::now();
        engine.tick(config.when_all_count(), vec![arrival]).expect("no worker stops");
        engine.settle().expect("no worker stops");
        times.push(start.elapsed());
    }
    percentile(&times[times.len() / 2..], 50)
}
