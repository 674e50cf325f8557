//! What the brokers say of topics meanwhile: new partitions, deleted topics, ends. Asked on a thread of its own, for an answer
//! may take long and ticks must not wait for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use landfall_kafka_native::add_brokers;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::kafka_client::{KafkaSourceError, Telling, partitions};
use crate::checkpoint::PartitionId;
use crate::config::KafkaSource;

const INTERVAL: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(5);
/// A broker that has just started may not know all topics yet: one is gone when it is unknown so many times in a row.
const UNKNOWN_TIMES: u32 = 3;

/// What the brokers said last.
#[derive(Default)]
pub(super) struct Seen {
    /// Partitions of each topic.
    pub(super) partitions: BTreeMap<String, Vec<i32>>,
    /// Ends of partitions.
    pub(super) ends: BTreeMap<PartitionId, u64>,
    /// A topic that is gone.
    pub(super) gone: Option<KafkaSourceError>,
}

/// Asks the brokers every few seconds.
pub(super) struct Watch {
    consumer: Arc<BaseConsumer<Telling>>,
    name: String,
    kafka: KafkaSource,
    seen: Mutex<Seen>,
    stop: Arc<AtomicBool>,
}

impl Watch {
    pub(super) fn start(
        consumer: &Arc<BaseConsumer<Telling>>,
        name: &str,
        kafka: &KafkaSource,
        stop: &Arc<AtomicBool>,
    ) -> Arc<Watch> {
        let watch = Arc::new(Watch {
            consumer: Arc::clone(consumer),
            name: name.to_owned(),
            kafka: kafka.clone(),
            seen: Mutex::default(),
            stop: Arc::clone(stop),
        });
        let watching = Arc::clone(&watch);
        std::thread::spawn(move || watching.run());
        watch
    }

    /// What was seen last.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("nobody panics while noting what was seen")
    }

    fn run(&self) {
        let mut unknown: BTreeMap<&str, u32> = BTreeMap::new();
        while self.pause() {
            for topic in &self.kafka.topics {
                match partitions(&self.consumer, &self.name, &self.kafka, topic, TIMEOUT) {
                    Ok(found) => {
                        unknown.remove(topic.as_str());
                        self.measure(topic, &found);
                        self.seen().partitions.insert(topic.clone(), found);
                    }
                    Err(error @ KafkaSourceError::Topic { .. }) => {
                        let times = unknown.entry(topic).or_insert(0);
                        *times += 1;
                        tracing::warn!(source = self.name, %error, times, "a topic that was read cannot be read");
                        if *times >= UNKNOWN_TIMES {
                            self.seen().gone = Some(error);
                        }
                    }
                    // The brokers are away for a while, or the client has forgotten them.
                    Err(_) => {
                        add_brokers(self.consumer.client(), &self.kafka.brokers);
                        break;
                    }
                }
            }
        }
    }

    fn measure(&self, topic: &str, found: &[i32]) {
        for partition in found {
            let Ok((_, end)) = self.consumer.fetch_watermarks(topic, *partition, TIMEOUT) else {
                return;
            };
            let id = PartitionId { origin: topic.to_owned(), partition: partition.unsigned_abs() };
            self.seen().ends.insert(id, end.unsigned_abs());
        }
    }

    /// Whether to go on after a pause.
    fn pause(&self) -> bool {
        let since = Instant::now();
        while since.elapsed() < INTERVAL {
            if self.stop.load(Ordering::Acquire) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        !self.stop.load(Ordering::Acquire)
    }
}
