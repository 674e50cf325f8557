//! Topics of a Kafka cluster. Each partition has a thread of its own, which decodes. Where to go on is not Kafka's to know:
//! it stands in the checkpoint; offsets are committed for lag tools only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use landfall_schemas::format::{Decoder, Record};
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::feed::{Bell, Deliverer, Feed, Stopped, feed};
use super::kafka_watch::Watch;
use crate::checkpoint::{PartitionId, Positions};
use crate::config::KafkaSource;

pub use super::kafka_client::{
    ANSWER_TIMEOUT, ClientError, FETCH_WAIT, KafkaSourceError, Telling, consumer, partitions, reach, unanswered,
};
pub use super::kafka_token::TokenError;

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
    watch: Arc<Watch>,
}

impl KafkaReader {
    /// Begins to read all partitions of the topics at their positions; partitions without one from their beginning. Brokers may
    /// wait so long for more records before they answer.
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
        fetch_wait: Duration,
    ) -> Result<(KafkaReader, Vec<Feed>), KafkaSourceError> {
        let consumer = consumer(name, &kafka.brokers, kafka.group.as_deref(), &kafka.security, fetch_wait)
            .map_err(|reason| KafkaSourceError::Client { source_name: name.to_owned(), reason })?;
        let (consumer, stop) = (Arc::new(consumer), Arc::new(AtomicBool::new(false)));
        let watch = Watch::start(&consumer, name, kafka, &stop);
        let mut reader = KafkaReader {
            consumer,
            name: name.to_owned(),
            kafka: kafka.clone(),
            decoder,
            bell: bell.clone(),
            stop,
            threads: Vec::new(),
            known: BTreeMap::new(),
            watch,
        };
        let mut starts = Vec::new();
        for topic in &kafka.topics {
            for partition in partitions(&reader.consumer, name, kafka, topic, ANSWER_TIMEOUT)? {
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
        let (low, high) = self.consumer.fetch_watermarks(topic, partition, ANSWER_TIMEOUT).map_err(|error| {
            KafkaSourceError::Unreachable {
                source_name: self.name.clone(),
                brokers: self.kafka.brokers.clone(),
                reason: unanswered(&self.consumer, &error),
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
        let client =
            |reason: KafkaError| KafkaSourceError::Client { source_name: self.name.clone(), reason: reason.into() };
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
                    // Errors of the client as a whole are told by its context already.
                    tracing::debug!(source = name, %error, "the Kafka client reports an error");
                }
            }
        }));
    }

    /// Begins to read partitions that the brokers have meanwhile told of.
    ///
    /// # Errors
    /// When a topic is no longer there.
    pub fn look_for_partitions(&mut self) -> Result<Vec<Feed>, KafkaSourceError> {
        let mut starts = Vec::new();
        {
            let mut seen = self.watch.seen();
            if let Some(gone) = seen.gone.take() {
                return Err(gone);
            }
            for (topic, found) in std::mem::take(&mut seen.partitions) {
                let known = self.known.get(&topic).map(Vec::as_slice).unwrap_or_default();
                let new = found.into_iter().filter(|id| !known.contains(id));
                starts.extend(new.map(|id| (topic.clone(), id, 0)));
            }
        }
        if starts.is_empty() {
            return Ok(Vec::new());
        }
        self.read(starts)
    }

    /// Records between where a partition was read to and its end, by the brokers' last word.
    pub fn lag(&self, id: &PartitionId, position: u64) -> Option<u64> {
        Some(self.watch.seen().ends.get(id)?.saturating_sub(position))
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
            // After a partition has changed its leader the client may bring a record again.
            Some(Ok(message)) if message.offset().unsigned_abs() < next => Ok(()),
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
    deliverer.written_at(message.timestamp().to_millis());
    deliverer.record(&Record {
        value: message.payload().unwrap_or_default(),
        key: message.key(),
        origin: topic,
        partition: message.partition().unsigned_abs(),
        offset: message.offset().unsigned_abs(),
        headers: &headers,
    })
}

/// Whether trying again would not help. A topic that the broker does not know may be one that it does not know yet: whether it
/// is gone, [`Watch`] finds out.
fn is_lasting(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::OffsetOutOfRange
                | RDKafkaErrorCode::TopicAuthorizationFailed
        )
    )
}
