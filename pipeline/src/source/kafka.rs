//! Topics of a Kafka cluster. Each partition has a thread of its own, which decodes. Where to go on is not Kafka's to know:
//! it stands in the checkpoint; offsets are committed for lag tools only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use landfall_schemas::format::{Decoder, Record};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::feed::{Bell, Deliverer, Feed, Stopped, feed};
use crate::checkpoint::{PartitionId, Positions};
use crate::config::{KafkaSecurity, KafkaSource, Scalar};

/// How long a broker may take to answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
const METADATA_INTERVAL: Duration = Duration::from_secs(5);

/// Why topics cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KafkaSourceError {
    /// The client library refuses the configuration.
    #[error("source {source_name}: {reason}")]
    Client {
        /// The source.
        source_name: String,
        /// What the library said.
        reason: KafkaError,
    },
    /// No broker answers.
    #[error("source {source_name}: no answer from {brokers}: {reason}")]
    Unreachable {
        /// The source.
        source_name: String,
        /// Whom was asked.
        brokers: String,
        /// What the library said.
        reason: KafkaError,
    },
    /// A topic does not exist, or may not be seen.
    #[error("source {source_name}: topic {topic} cannot be read: {reason}")]
    Topic {
        /// The source.
        source_name: String,
        /// The topic.
        topic: String,
        /// Why.
        reason: String,
    },
    /// Kafka no longer has records that were never read.
    #[error(
        "source {source_name}: {partition} begins at offset {oldest} but was read up to {position}: {lost} records are \
         gone; set `state.accept_gap: true` to go on without them"
    )]
    Gap {
        /// The source.
        source_name: String,
        /// The partition.
        partition: PartitionId,
        /// Its oldest offset.
        oldest: u64,
        /// Where reading would go on.
        position: u64,
        /// How many are gone.
        lost: u64,
    },
    /// A partition ends before what was read: it is another one with the same name.
    #[error(
        "source {source_name}: {partition} ends at offset {newest} but was read up to {position}: the topic was made anew; \
         begin with an empty state, or give the topic another name"
    )]
    Recreated {
        /// The source.
        source_name: String,
        /// The partition.
        partition: PartitionId,
        /// Its end.
        newest: u64,
        /// Where reading would go on.
        position: u64,
    },
}

/// Tells of what librdkafka has to say.
#[derive(Clone, Debug)]
pub struct Telling {
    name: String,
}

impl ClientContext for Telling {
    fn log(&self, level: RDKafkaLogLevel, _facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                tracing::error!(source = self.name, "{message}");
            }
            RDKafkaLogLevel::Warning => tracing::warn!(source = self.name, "{message}"),
            _ => tracing::debug!(source = self.name, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(source = self.name, %error, "{reason}");
    }
}

impl ConsumerContext for Telling {}

/// Puts how to reach a cluster into a client's configuration.
pub fn reach(config: &mut ClientConfig, brokers: &str, security: &KafkaSecurity) {
    config.set("bootstrap.servers", brokers);
    let protocol = match (&security.tls, &security.sasl) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    };
    config.set("security.protocol", protocol);
    let mut set = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            config.set(name, value);
        }
    };
    if let Some(tls) = &security.tls {
        set("ssl.ca.location", &tls.ca_file);
        set("ssl.certificate.location", &tls.certificate_file);
        set("ssl.key.location", &tls.key_file);
        set("ssl.key.password", &tls.key_password);
    }
    if let Some(sasl) = &security.sasl {
        set("sasl.mechanisms", &Some(sasl.mechanism.clone()));
        set("sasl.username", &sasl.username);
        set("sasl.password", &sasl.password);
        if sasl.mechanism.eq_ignore_ascii_case("OAUTHBEARER") {
            set("sasl.oauthbearer.method", &Some("oidc".to_owned()));
            set("sasl.oauthbearer.token.endpoint.url", &sasl.token_url);
            set("sasl.oauthbearer.client.id", &sasl.client_id);
            set("sasl.oauthbearer.client.secret", &sasl.client_secret);
            set("sasl.oauthbearer.scope", &sasl.scope);
        }
    }
    for (name, value) in &security.properties {
        config.set(
            name,
            match value {
                Scalar::Text(text) => text.clone(),
                other => other.to_string(),
            },
        );
    }
}

/// A consumer of a cluster that keeps no offsets of its own.
///
/// # Errors
/// When the client library refuses the configuration.
pub fn consumer(
    name: &str,
    brokers: &str,
    group: Option<&str>,
    security: &KafkaSecurity,
) -> Result<BaseConsumer<Telling>, KafkaError> {
    let mut config = ClientConfig::new();
    config
        .set("fetch.wait.max.ms", "50")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.error.backoff.ms", "100");
    config.set("reconnect.backoff.max.ms", "1000").set("topic.metadata.refresh.interval.ms", "5000");
    reach(&mut config, brokers, security);
    config
        .set("group.id", group.unwrap_or("landfall"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("allow.auto.create.topics", "false");
    config.set_log_level(RDKafkaLogLevel::Warning);
    config.create_with_context(Telling { name: name.to_owned() })
}

/// The partitions of a topic.
///
/// # Errors
/// When no broker answers, or the topic cannot be read.
pub fn partitions(
    consumer: &BaseConsumer<Telling>,
    name: &str,
    kafka: &KafkaSource,
    topic: &str,
) -> Result<Vec<i32>, KafkaSourceError> {
    let source_name = name.to_owned();
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER_TIMEOUT).map_err(|reason| {
        KafkaSourceError::Unreachable { source_name: source_name.clone(), brokers: kafka.brokers.clone(), reason }
    })?;
    let refused =
        |reason: &str| Err(KafkaSourceError::Topic { source_name, topic: topic.to_owned(), reason: reason.to_owned() });
    let Some(found) = metadata.topics().iter().find(|found| found.name() == topic) else {
        return refused("the brokers do not know it");
    };
    if let Some(error) = found.error() {
        let code = RDKafkaErrorCode::from(error);
        let hint = match code {
            RDKafkaErrorCode::UnknownTopicOrPartition => "it does not exist; create it, or mend `topics`".to_owned(),
            RDKafkaErrorCode::TopicAuthorizationFailed => "this user may not read it".to_owned(),
            other => other.to_string(),
        };
        return refused(&hint);
    }
    if found.partitions().is_empty() {
        return refused("it does not exist; create it, or mend `topics`");
    }
    Ok(found.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect())
}

/// Topics that are being read.
pub struct KafkaReader {
    consumer: Arc<BaseConsumer<Telling>>,
    name: String,
    kafka: KafkaSource,
    decoder: Arc<dyn Decoder>,
    bell: Bell,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    known: BTreeMap<String, Vec<i32>>,
    looked_at: Instant,
}

impl KafkaReader {
    /// Begins to read all partitions of the topics at their positions; partitions without one from their beginning.
    ///
    /// # Errors
    /// When a topic cannot be read, or no longer has what comes next.
    pub fn start(
        name: &str,
        kafka: &KafkaSource,
        decoder: Arc<dyn Decoder>,
        positions: &Positions,
        accept_gap: bool,
        bell: &Bell,
    ) -> Result<(KafkaReader, Vec<Feed>), KafkaSourceError> {
        let consumer = consumer(name, &kafka.brokers, kafka.group.as_deref(), &kafka.security)
            .map_err(|reason| KafkaSourceError::Client { source_name: name.to_owned(), reason })?;
        let mut reader = KafkaReader {
            consumer: Arc::new(consumer),
            name: name.to_owned(),
            kafka: kafka.clone(),
            decoder,
            bell: bell.clone(),
            stop: Arc::new(AtomicBool::new(false)),
            threads: Vec::new(),
            known: BTreeMap::new(),
            looked_at: Instant::now(),
        };
        let mut starts = Vec::new();
        for topic in &kafka.topics {
            for partition in partitions(&reader.consumer, name, kafka, topic)? {
                let from = reader.begin_at(topic, partition, positions, accept_gap)?;
                starts.push((topic.clone(), partition, from));
            }
        }
        let feeds = reader.read(starts)?;
        reader.serve_events();
        Ok((reader, feeds))
    }

    /// Where to begin with a partition.
    fn begin_at(
        &self,
        topic: &str,
        partition: i32,
        positions: &Positions,
        accept_gap: bool,
    ) -> Result<u64, KafkaSourceError> {
        let id = PartitionId { origin: topic.to_owned(), partition: partition.unsigned_abs() };
        let (low, high) = self.consumer.fetch_watermarks(topic, partition, ANSWER_TIMEOUT).map_err(|reason| {
            KafkaSourceError::Unreachable {
                source_name: self.name.clone(),
                brokers: self.kafka.brokers.clone(),
                reason,
            }
        })?;
        let (oldest, newest) = (low.unsigned_abs(), high.unsigned_abs());
        let Some(position) = positions.get(&id).copied() else {
            if oldest > 0 {
                tracing::warn!(source = self.name, partition = %id, oldest, "older records were gone before this first start");
            }
            return Ok(oldest);
        };
        if position > newest {
            let source_name = self.name.clone();
            return Err(KafkaSourceError::Recreated { source_name, partition: id, newest, position });
        }
        if position < oldest {
            let lost = oldest - position;
            if !accept_gap {
                let source_name = self.name.clone();
                return Err(KafkaSourceError::Gap { source_name, partition: id, oldest, position, lost });
            }
            tracing::error!(source = self.name, partition = %id, lost, "going on without records that are gone");
            return Ok(oldest);
        }
        Ok(position)
    }

    /// Reads partitions, each on a thread of its own.
    fn read(&mut self, starts: Vec<(String, i32, u64)>) -> Result<Vec<Feed>, KafkaSourceError> {
        let client = |reason| KafkaSourceError::Client { source_name: self.name.clone(), reason };
        let mut list = TopicPartitionList::new();
        for (topic, partition, from) in &starts {
            let offset = Offset::Offset(i64::try_from(*from).unwrap_or(i64::MAX));
            list.add_partition_offset(topic, *partition, offset).map_err(client)?;
        }
        let mut queues = Vec::new();
        for (topic, partition, from) in starts {
            let queue = self
                .consumer
                .split_partition_queue(&topic, partition)
                .ok_or_else(|| client(KafkaError::Subscription(format!("no queue for {topic}/{partition}"))))?;
            queues.push((topic, partition, from, queue));
        }
        self.consumer.incremental_assign(&list).map_err(client)?;
        let mut feeds = Vec::new();
        for (topic, partition, from, queue) in queues {
            self.known.entry(topic.clone()).or_default().push(partition);
            let id = PartitionId { origin: topic.clone(), partition: partition.unsigned_abs() };
            let (deliverer, taken) = feed(id, from, Arc::clone(&self.decoder), self.bell.clone());
            feeds.push(taken);
            let stop = Arc::clone(&self.stop);
            self.threads.push(std::thread::spawn(move || deliver(&queue, deliverer, &topic, from, &stop)));
        }
        Ok(feeds)
    }

    /// Errors and other events of the client come by its own queue, which somebody has to poll.
    fn serve_events(&mut self) {
        let (consumer, stop, name) = (Arc::clone(&self.consumer), Arc::clone(&self.stop), self.name.clone());
        self.threads.push(std::thread::spawn(move || {
            while !stop.load(Ordering::Acquire) {
                if let Some(Err(error)) = consumer.poll(Duration::from_millis(200)) {
                    tracing::warn!(source = name, %error, "the Kafka client reports an error");
                }
            }
        }));
    }

    /// Looks, every few seconds, for partitions that are new; begins to read them.
    ///
    /// # Errors
    /// When a topic is no longer there.
    pub fn look_for_partitions(&mut self) -> Result<Vec<Feed>, KafkaSourceError> {
        if self.looked_at.elapsed() < METADATA_INTERVAL {
            return Ok(Vec::new());
        }
        self.looked_at = Instant::now();
        let mut starts = Vec::new();
        for topic in self.kafka.topics.clone() {
            let found = match partitions(&self.consumer, &self.name, &self.kafka, &topic) {
                Ok(found) => found,
                Err(error @ KafkaSourceError::Topic { .. }) => return Err(error),
                // The brokers are away for a while.
                Err(_) => return Ok(Vec::new()),
            };
            let known = self.known.get(&topic).cloned().unwrap_or_default();
            starts.extend(found.into_iter().filter(|id| !known.contains(id)).map(|id| (topic.clone(), id, 0)));
        }
        self.read(starts)
    }

    /// Records between where a partition was read to and its end, by the brokers' last word.
    pub fn lag(&self, id: &PartitionId, position: u64) -> Option<u64> {
        let partition = i32::try_from(id.partition).ok()?;
        let (_, high) = self.consumer.fetch_watermarks(&id.origin, partition, Duration::from_secs(1)).ok()?;
        Some(high.unsigned_abs().saturating_sub(position))
    }

    /// Commits offsets, for lag tools. That it fails costs nothing else.
    pub fn commit(&self, positions: &Positions) {
        let mut list = TopicPartitionList::new();
        for (id, position) in positions.iter().filter(|(id, _)| self.kafka.topics.contains(&id.origin)) {
            let (Ok(partition), Ok(offset)) = (i32::try_from(id.partition), i64::try_from(*position)) else {
                continue;
            };
            list.add_partition_offset(&id.origin, partition, Offset::Offset(offset)).ok();
        }
        if list.count() > 0
            && let Err(error) = self.consumer.commit(&list, CommitMode::Async)
        {
            tracing::debug!(source = self.name, %error, "offsets for lag tools could not be committed");
        }
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// Delivers the records of one partition until told to stop.
fn deliver(queue: &PartitionQueue<Telling>, mut deliverer: Deliverer, topic: &str, from: u64, stop: &AtomicBool) {
    let mut next = from;
    while !stop.load(Ordering::Acquire) {
        let polled = match queue.poll(Duration::ZERO) {
            None => {
                if deliverer.flush().is_err() {
                    return;
                }
                queue.poll(Duration::from_millis(100))
            }
            polled => polled,
        };
        let delivered = match polled {
            None => Ok(()),
            Some(Ok(message)) => {
                next = message.offset().unsigned_abs() + 1;
                deliver_message(&mut deliverer, topic, &message)
            }
            Some(Err(KafkaError::PartitionEOF(_))) => deliverer.caught_up(next),
            Some(Err(error)) if is_lasting(&error) => {
                deliverer.flush().ok();
                deliverer.fail(format!("it cannot be read any further: {error}"));
                return;
            }
            Some(Err(error)) => {
                tracing::warn!(topic, %error, "reading is interrupted; trying again");
                Ok(())
            }
        };
        if let Err(Stopped) = delivered {
            return;
        }
    }
}

fn deliver_message(deliverer: &mut Deliverer, topic: &str, message: &impl Message) -> Result<(), Stopped> {
    let headers: Vec<(&str, &[u8])> = message
        .headers()
        .map(|headers| headers.iter().map(|header| (header.key, header.value.unwrap_or_default())).collect())
        .unwrap_or_default();
    deliverer.record(&Record {
        value: message.payload().unwrap_or_default(),
        key: message.key(),
        origin: topic,
        partition: message.partition().unsigned_abs(),
        offset: message.offset().unsigned_abs(),
        headers: &headers,
    })
}

/// Whether trying again would not help.
fn is_lasting(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::OffsetOutOfRange
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::TopicAuthorizationFailed
        )
    )
}
