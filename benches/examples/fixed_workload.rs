//! A small fixed workload for counting instructions: the engine with every view on, one worker, 300 shipments in ticks
//! of 1,000 events, then 50 ticks that each correct one milestone. `benches/guard.sh` runs it under callgrind.

use landfall_benches::generator::{Config, GeneratedEvent, generate};
use landfall_engine::{Arrival, Engine, EngineError};
use landfall_operators::rows::Changes;
use landfall_operators::settings::Settings;
use landfall_schemas::event::{Body, Document};
use landfall_schemas::{Event, Origin, RecordId};

/// The allocator of the product's binary.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn arrival(event: Event, offset: u64) -> Arrival {
    Arrival { record: RecordId { origin: Origin::named("fixed"), partition: 0, offset }, outcome: Ok(event) }
}

/// A newer revision of a milestone event, an hour later.
fn corrected(event: &Event) -> Option<Event> {
    let mut event = event.clone();
    event.envelope.revision += 1_000;
    let Body::Document(Document::Milestone(milestone)) = &mut event.body else { return None };
    milestone.at = milestone.at.plus_ms(3_600_000);
    Some(event)
}

fn main() -> Result<(), EngineError> {
    let config = Config { shipments: 300, ..Config::default() };
    let generated = generate(&config);
    let events: Vec<Event> = generated.filter_map(|generated: GeneratedEvent| generated.event().cloned()).collect();
    let corrections: Vec<Event> = events.iter().rev().filter_map(corrected).take(50).collect();
    let mut engine = Engine::start(1, Settings::default())?;
    let (mut offset, mut rows) = (0, 0);
    for tick in events.chunks(1_000).chain(corrections.chunks(1)) {
        let arrivals = tick.iter().cloned().zip(offset..).map(|(event, offset)| arrival(event, offset)).collect();
        offset += tick.len() as u64;
        engine.tick(config.as_of(), arrivals)?;
        let closed = engine.settle()?;
        rows += closed.iter().flat_map(|closed| &closed.changes).map(Changes::len).sum::<usize>();
    }
    engine.finish()?;
    println!("{rows} changes of rows");
    Ok(())
}
