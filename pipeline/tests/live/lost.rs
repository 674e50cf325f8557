//! Brokers that lose what they had confirmed, as one does that is stopped in order while it commits and has the only replica: a
//! sink finds it out when a transaction fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use landfall::checkpoint::{Positions, TickRecord};
use landfall::config::KafkaSink;
use landfall::sink::{KafkaSinkHandle, Outgoing, Progress};
use landfall::telemetry::{Alarms, Metrics};
use landfall_benches::generator::{Config, GeneratedEvent, generate};
use landfall_engine::{Arrival, ClosedTick, Engine};
use landfall_operators::rows::Tables;
use landfall_operators::settings::Settings;
use landfall_schemas::format::json;
use landfall_schemas::{Origin, RecordId, Timestamp};

use super::kafka::{OwnBroker, Topics};
use super::process::assert_holds;

/// Longer than a sink waits for brokers that take nothing before it gives a transaction up.
const OUTAGE: Duration = Duration::from_secs(18);
const NAME: &str = "out";

/// A sink with topics of its own.
struct Sink {
    topics: Topics,
    kafka: KafkaSink,
}

impl Sink {
    fn new(own: &OwnBroker, test: &str) -> Sink {
        let topics = Topics::at(&own.address(), test);
        let kafka = KafkaSink { brokers: own.address(), prefix: topics.prefix.clone(), ..KafkaSink::default() };
        Sink { topics, kafka }
    }

    fn start(&self) -> KafkaSinkHandle {
        let alarms = Arc::<Alarms>::default();
        KafkaSinkHandle::start(NAME, &self.kafka, 0, Arc::new(Metrics::new(Arc::clone(&alarms))), alarms).unwrap()
    }

    /// Takes back everything that the topics hold, as they are where no tick was ever written.
    fn forget(&self) {
        for view in self.kafka.written() {
            for key in self.topics.table(view.as_str()).into_keys() {
                self.topics.send_tombstone(view.as_str(), key.as_bytes());
            }
        }
        let nothing = Progress::at(&record(0));
        self.topics.send("progress", NAME.as_bytes(), &serde_json::to_vec(&nothing).unwrap());
        self.topics.flush();
    }
}

fn record(tick: u64) -> TickRecord {
    TickRecord { tick, clock_ms: 0, positions: Positions::new() }
}

fn send(sink: &KafkaSinkHandle, closed: &Arc<ClosedTick>) {
    let (record, dead_letters) = (Arc::new(record(closed.tick)), Arc::default());
    sink.send(Outgoing::Tick { closed: Arc::clone(closed), record, dead_letters, commit: true }).unwrap();
}

fn wait_for(sink: &KafkaSinkHandle, topics: &Topics, tick: u64) {
    let (committed, deadline) = (sink.committed(), Instant::now() + Duration::from_secs(120));
    while committed.load(Ordering::Acquire) < tick || !topics.are_settled() {
        assert!(Instant::now() < deadline, "tick {tick} is written");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two ticks, and what is there after them.
fn two_ticks() -> ([Arc<ClosedTick>; 2], Tables) {
    let config = Config::for_tests(26, 10);
    let events: Vec<GeneratedEvent> = generate(&config).collect();
    let mut engine = Engine::start(1, Settings::default()).unwrap();
    let mut closed = Vec::new();
    for (half, events) in events.chunks(events.len().div_ceil(2)).enumerate() {
        let arrivals = events.iter().enumerate().map(|(offset, event)| Arrival {
            record: RecordId { origin: Origin::named("events"), partition: half as u32, offset: offset as u64 },
            outcome: json::decode(&event.to_json_line()),
        });
        let clock: Timestamp = config.as_of();
        closed.extend(engine.tick(clock, arrivals.collect()).unwrap());
        closed.extend(engine.settle().unwrap());
    }
    let mut tables = Tables::default();
    closed.iter().flat_map(|tick| tick.changes.clone()).for_each(|changes| tables.apply(changes));
    (<[ClosedTick; 2]>::try_from(closed).unwrap().map(Arc::new), tables)
}

#[test]
fn what_brokers_lose_after_they_confirmed_it_is_written_again_or_told() {
    let own = OwnBroker::start(50);
    let (ticks, tables) = two_ticks();
    let [knowing, unknowing] = ["knowing", "unknowing"].map(|test| Sink::new(&own, test));
    // One sink still knows what it wrote; of the other, an earlier process wrote it.
    let knows = knowing.start();
    let earlier = unknowing.start();
    for (sink, of) in [(&knows, &knowing), (&earlier, &unknowing)] {
        send(sink, &ticks[0]);
        wait_for(sink, &of.topics, 1);
    }
    earlier.finish().unwrap();
    let does_not_know = unknowing.start();
    assert_eq!(does_not_know.progress.as_ref().map(|progress| progress.tick), Some(1));
    for sink in [&knowing, &unknowing] {
        sink.forget();
    }
    own.script("stop");
    for sink in [&knows, &does_not_know] {
        send(sink, &ticks[1]);
    }
    std::thread::sleep(OUTAGE);
    own.script("start");
    wait_for(&knows, &knowing.topics, 2);
    assert_holds(&knowing.topics, &tables);
    knows.finish().unwrap();
    let told = does_not_know.finish().unwrap_err().to_string();
    let expected =
        "the brokers confirmed everything up to tick 1, but its topics hold no more than tick 0: start again";
    assert!(told.contains(expected), "{told}");
}
