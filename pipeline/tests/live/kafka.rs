//! A broker, topics of a test's own, records in them, and what can be read from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use landfall_kafka_native::add_brokers;
use landfall_operators::rows::View;
use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

const ANSWER: Duration = Duration::from_secs(60);

/// The address of the broker; starts one unless the environment names another.
pub fn broker() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        if let Ok(address) = std::env::var("LANDFALL_TEST_KAFKA") {
            return address;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/kafka.sh");
        let started = Command::new(script).arg("start").output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        String::from_utf8(started.stdout).unwrap().lines().last().unwrap().trim().to_owned()
    })
}

/// A broker that only one test uses, because it restarts it.
pub struct OwnBroker {
    port: u16,
    data: PathBuf,
}

impl OwnBroker {
    /// Starts it so many ports above the one of all tests.
    pub fn start(above: u16) -> OwnBroker {
        let shared: u16 = broker().rsplit_once(':').unwrap().1.parse().unwrap();
        let port = shared.checked_add(above).unwrap();
        let own = OwnBroker { port, data: std::env::temp_dir().join(format!("landfall-kafka-{port}-restarted")) };
        own.script("start");
        own
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn script(&self, verb: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/kafka.sh");
        let mut command = Command::new(script);
        command.arg(verb).env("LANDFALL_KAFKA_PORT", self.port.to_string()).env("LANDFALL_KAFKA_DATA", &self.data);
        let output = command.env("LANDFALL_KAFKA_JAVA", "-Xmx384m").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.data.join("broker.log")).unwrap_or_default();
            eprintln!("the broker's log:\n{log}");
        }
        self.script("reset");
    }
}

/// A record as it was read.
#[derive(Clone, Debug)]
pub struct Read {
    pub partition: u32,
    pub offset: u64,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
    pub headers: BTreeMap<String, String>,
}

/// Topics of one test, told apart from those of others by a prefix.
pub struct Topics {
    pub broker: String,
    pub prefix: String,
    producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext>,
    admin: AdminClient<DefaultClientContext>,
}

impl Topics {
    pub fn new(test: &str) -> Topics {
        Topics::at(broker(), test)
    }

    pub fn at(broker: &str, test: &str) -> Topics {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", broker);
        config.set("partitioner", "murmur2_random").set("message.max.bytes", "16000000");
        Topics {
            broker: broker.to_owned(),
            prefix: format!("{test}-{}-{now}.", std::process::id()),
            producer: config.create().unwrap(),
            admin: config.create().unwrap(),
        }
    }

    pub fn name(&self, topic: &str) -> String {
        format!("{}{topic}", self.prefix)
    }

    pub fn create(&self, topic: &str, partitions: i32) -> &Topics {
        let name = self.name(topic);
        let new = NewTopic::new(&name, partitions, TopicReplication::Fixed(1));
        let made = futures::executor::block_on(self.admin.create_topics(&[new], &AdminOptions::new())).unwrap();
        made.into_iter().for_each(|result| drop(result.unwrap()));
        self
    }

    /// Lets a topic take larger records than Kafka's default.
    pub fn allow(&self, topic: &str, bytes: usize) {
        let (name, bytes) = (self.name(topic), bytes.to_string());
        let limit = AlterConfig::new(ResourceSpecifier::Topic(&name)).set("max.message.bytes", &bytes);
        let altered = futures::executor::block_on(self.admin.alter_configs([&limit], &AdminOptions::new())).unwrap();
        altered.into_iter().for_each(|result| drop(result.unwrap()));
    }

    pub fn add_partitions(&self, topic: &str, partitions: usize) {
        let name = self.name(topic);
        let more = NewPartitions::new(&name, partitions);
        futures::executor::block_on(self.admin.create_partitions(&[more], &AdminOptions::new())).unwrap();
        let deadline = Instant::now() + ANSWER;
        let known = || {
            let metadata = self.admin.inner().fetch_metadata(Some(&name), ANSWER).unwrap();
            metadata.topics()[0].partitions().len()
        };
        // The broker takes a moment to tell of them.
        while known() < partitions {
            assert!(Instant::now() < deadline, "{name} gets {partitions} partitions");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn delete(&self, topic: &str) {
        futures::executor::block_on(self.admin.delete_topics(&[&self.name(topic)], &AdminOptions::new())).unwrap();
    }

    /// Removes the records before an offset, as retention does.
    pub fn expire(&self, topic: &str, before: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.name(topic), 0, Offset::Offset(before)).unwrap();
        futures::executor::block_on(self.admin.delete_records(&list, &AdminOptions::new())).unwrap();
    }

    pub fn send(&self, topic: &str, key: &[u8], value: &[u8]) {
        let name = self.name(topic);
        let mut record = BaseRecord::to(&name).key(key).payload(value);
        while let Err((error, again)) = self.producer.send(record) {
            assert_eq!(error, KafkaError::MessageProduction(rdkafka::types::RDKafkaErrorCode::QueueFull));
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn send_tombstone(&self, topic: &str, key: &[u8]) {
        let name = self.name(topic);
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&name).key(key);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }

    /// With headers, as a partner's gateway adds them.
    pub fn send_with_headers(&self, topic: &str, key: &[u8], value: &[u8], headers: &[(&str, &str)]) {
        let name = self.name(topic);
        let headers = headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(*value) }));
        let record = BaseRecord::to(&name).key(key).payload(value).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }

    pub fn send_to_partition(&self, topic: &str, partition: i32, value: &[u8]) {
        let name = self.name(topic);
        let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&name).partition(partition).payload(value);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }

    pub fn flush(&self) {
        let deadline = Instant::now() + ANSWER;
        while let Err(error) = self.producer.flush(Duration::from_secs(2)) {
            assert!(Instant::now() < deadline, "{} takes what is sent: {error}", self.broker);
            add_brokers(self.producer.client(), &self.broker);
        }
    }

    /// Whether every transaction in the topics that the sink writes has its end. Brokers write it in one partition after the other:
    /// what is committed in one topic may come a moment later in another. The progress is written all the time.
    pub fn are_settled(&self) -> bool {
        let [committed, all] = ["read_committed", "read_uncommitted"].map(|isolation| {
            let mut config = ClientConfig::new();
            config.set("bootstrap.servers", &self.broker).set("group.id", "test").set("isolation.level", isolation);
            config.create::<BaseConsumer>().unwrap()
        });
        let metadata = all.fetch_metadata(None, ANSWER).unwrap();
        let written = metadata.topics().iter().filter(|topic| {
            topic
                .name()
                .strip_prefix(&self.prefix)
                .is_some_and(|name| View::ALL.iter().any(|view| view.as_str() == name) || name == "dead_letters")
        });
        let mut partitions =
            written.flat_map(|topic| topic.partitions().iter().map(|found| (topic.name(), found.id())));
        partitions.all(|(topic, partition)| {
            let [(_, committed), (_, end)] =
                [&committed, &all].map(|consumer| consumer.fetch_watermarks(topic, partition, ANSWER).unwrap());
            committed == end
        })
    }

    /// Every committed record of a topic.
    pub fn read(&self, topic: &str) -> Vec<Read> {
        let name = self.name(topic);
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.broker)
            .set("group.id", "test")
            .set("enable.partition.eof", "true")
            // The end of a partition is told when the brokers have waited for more.
            .set("fetch.wait.max.ms", "20")
            .set("isolation.level", "read_committed")
            .create()
            .unwrap();
        let metadata = consumer.fetch_metadata(Some(&name), ANSWER).unwrap();
        let partitions: Vec<i32> = metadata.topics()[0].partitions().iter().map(|found| found.id()).collect();
        let mut list = TopicPartitionList::new();
        for partition in &partitions {
            list.add_partition_offset(&name, *partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&list).unwrap();
        // The client tells of a partition's end again when its leader changes meanwhile.
        let (mut records, mut unread) = (Vec::new(), BTreeSet::from_iter(partitions));
        let deadline = Instant::now() + ANSWER;
        while !unread.is_empty() {
            assert!(Instant::now() < deadline, "{name} can be read to its end");
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(unread.remove(&partition)),
                Some(message) => records.push(read(&message.unwrap())),
            }
        }
        records
    }

    /// What a compacted topic holds.
    pub fn table(&self, topic: &str) -> BTreeMap<String, String> {
        let mut table = BTreeMap::new();
        for record in self.read(topic) {
            let key = String::from_utf8(record.key).unwrap();
            match record.value {
                Some(value) => table.insert(key, String::from_utf8(value).unwrap()),
                None => table.remove(&key),
            };
        }
        table
    }
}

fn read(message: &impl Message) -> Read {
    let headers = message.headers().map(|headers| {
        let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
    });
    Read {
        partition: message.partition().unsigned_abs(),
        offset: message.offset().unsigned_abs(),
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.unwrap_or_default(),
    }
}
