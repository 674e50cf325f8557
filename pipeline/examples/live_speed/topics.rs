//! Topics with generated events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use landfall::sink::Progress;
use landfall_benches::generator::{Config, generate};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

pub const STREAMS: [&str; 5] = ["orders", "shipments", "customs", "invoices", "reference"];
const PARTITIONS: i32 = 2;
/// Broken records may be larger than Landfall takes, and than Kafka does unless told to.
const RECORD_BYTES_MAX: &str = "4000000";

pub struct Topics {
    pub brokers: String,
    pub prefix: String,
    pub records: u64,
    producer: ThreadedProducer<DefaultProducerContext>,
}

impl Topics {
    pub fn empty(brokers: &str) -> Topics {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("linger.ms", "5").set("queue.buffering.max.messages", "1000000");
        config.set("message.max.bytes", RECORD_BYTES_MAX);
        let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
        let topics = Topics {
            brokers: brokers.to_owned(),
            prefix: format!("speed-{now}."),
            records: 0,
            producer: config.create().unwrap(),
        };
        let names = STREAMS.map(|stream| topics.name(stream));
        let topic = |name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(1));
        let new: Vec<NewTopic<'_>> =
            names.iter().map(|name| topic(name).set("max.message.bytes", RECORD_BYTES_MAX)).collect();
        for made in futures::executor::block_on(admin.create_topics(&new, &AdminOptions::new())).unwrap() {
            made.unwrap();
        }
        topics
    }

    pub fn filled(brokers: &str, config: &Config) -> Topics {
        let mut topics = Topics::empty(brokers);
        let mut bytes = 0;
        for event in generate(config) {
            let line = event.to_json_line();
            bytes += line.len();
            topics.send(event.stream.as_str(), &line);
            topics.records += 1;
        }
        topics.flush();
        println!("{} records of {} bytes on average", topics.records, bytes as u64 / topics.records);
        topics
    }

    pub fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.prefix)
    }

    pub fn send(&self, topic: &str, value: &[u8]) {
        self.send_record(BaseRecord::to(&self.name(topic)).payload(value));
    }

    /// Sends the `number`-th record of a topic, counted from 0; returns the partition's name, as a progress record has it. All
    /// records of the topic are sent so, in order: then the record's offset is `number / PARTITIONS`.
    pub fn send_numbered(&self, topic: &str, number: usize, value: &[u8]) -> String {
        let (name, partition) = (self.name(topic), number % PARTITIONS as usize);
        self.send_record(BaseRecord::to(&name).partition(partition as i32).payload(value));
        format!("{name}/{partition}")
    }

    fn send_record(&self, mut record: BaseRecord<'_, [u8], [u8]>) {
        while let Err((error, again)) = self.producer.send(record) {
            assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::QueueFull), "{error}");
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn flush(&self) {
        self.producer.flush(Duration::from_secs(120)).unwrap();
    }

    /// A consumer of some topics from their beginning.
    pub fn consumer(&self, topics: &[String]) -> BaseConsumer {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", "speed")
            .set("enable.auto.commit", "false")
            .set("isolation.level", "read_committed")
            .set("fetch.wait.max.ms", "10")
            .set("queued.max.messages.kbytes", "16384")
            .create()
            .unwrap();
        let mut list = TopicPartitionList::new();
        for topic in topics {
            let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(20)).unwrap();
            for partition in metadata.topics()[0].partitions() {
                list.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
            }
        }
        consumer.assign(&list).unwrap();
        consumer
    }

    /// Notes when each progress record of a sink can first be read.
    pub fn watch(&self, prefix: &str) -> Watch {
        let consumer = self.consumer(&[format!("{prefix}progress")]);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut seen = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                if let Some(Ok(message)) = consumer.poll(Duration::from_millis(100))
                    && let Some(value) = message.payload()
                {
                    let progress: Progress = serde_json::from_slice(value).unwrap();
                    seen.push((Instant::now(), progress));
                }
            }
            seen
        });
        Watch { stop, thread }
    }
}

pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(Instant, Progress)>>,
}

impl Watch {
    pub fn finish(self) -> Vec<(Instant, Progress)> {
        self.stop.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}
