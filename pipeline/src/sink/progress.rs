//! How far a sink has come: a record in the same transaction as the changes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use landfall_operators::Tick;
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use crate::checkpoint::{PartitionId, Positions, TickRecord};
use crate::config::{KafkaSecurity, KafkaSink};
use crate::source::kafka::{ANSWER_TIMEOUT, ClientError, FETCH_WAIT, Telling, consumer};

/// The topic's name after the prefix.
pub(super) const PROGRESS: &str = "progress";

/// The newest tick whose changes have all been written, and what it was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The tick.
    pub tick: Tick,
    /// Its clock, in milliseconds since 1970.
    pub clock_ms: i64,
    /// The next offset after it of each partition, `topic/partition`.
    pub positions: BTreeMap<String, u64>,
}

impl Progress {
    /// The progress at a tick.
    pub fn at(record: &TickRecord) -> Progress {
        let positions = record.positions.iter().map(|(id, offset)| (id.to_string(), *offset)).collect();
        Progress { tick: record.tick, clock_ms: record.clock_ms, positions }
    }

    /// The tick that it stands for.
    pub fn record(&self) -> TickRecord {
        let position = |(name, offset): (&String, &u64)| {
            let (origin, partition) = name.rsplit_once('/')?;
            Some((PartitionId { origin: origin.to_owned(), partition: partition.parse().ok()? }, *offset))
        };
        let positions: Positions = self.positions.iter().filter_map(position).collect();
        TickRecord { tick: self.tick, clock_ms: self.clock_ms, positions }
    }
}

/// Reads everything that is committed in a topic, in the order of each partition; stops at its end.
///
/// # Errors
/// When the brokers do not answer or refuse it.
pub fn read_topic(
    name: &str,
    brokers: &str,
    security: &KafkaSecurity,
    topic: &str,
    mut receive: impl FnMut(&BorrowedMessage<'_>),
) -> Result<(), ClientError> {
    let consumer: BaseConsumer<Telling> = consumer(name, brokers, Some("landfall-sink"), security, FETCH_WAIT)?;
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER_TIMEOUT)?;
    let partitions: Vec<i32> = metadata
        .topics()
        .iter()
        .filter(|found| found.name() == topic)
        .flat_map(|found| found.partitions().iter().map(rdkafka::metadata::MetadataPartition::id))
        .collect();
    let mut list = TopicPartitionList::new();
    for partition in &partitions {
        list.add_partition_offset(topic, *partition, Offset::Beginning)?;
    }
    consumer.assign(&list)?;
    // The client tells of a partition's end again when its leader changes meanwhile.
    let (mut unread, mut heard) = (BTreeSet::from_iter(partitions), Instant::now());
    while !unread.is_empty() {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => receive(&message),
            Some(Err(KafkaError::PartitionEOF(partition))) => drop(unread.remove(&partition)),
            Some(Err(error)) => return Err(error.into()),
            None if heard.elapsed() > ANSWER_TIMEOUT => {
                return Err(KafkaError::MessageConsumption(rdkafka::types::RDKafkaErrorCode::RequestTimedOut).into());
            }
            None => continue,
        }
        heard = Instant::now();
    }
    Ok(())
}

/// The progress of a sink; `None` when it has never written.
pub(super) fn read(name: &str, kafka: &KafkaSink) -> Result<Option<Progress>, ClientError> {
    let mut newest: Option<Progress> = None;
    let topic = format!("{}{PROGRESS}", kafka.prefix);
    read_topic(name, &kafka.brokers, &kafka.security, &topic, |message| {
        if message.key() == Some(name.as_bytes())
            && let Some(progress) = message.payload().and_then(|value| serde_json::from_slice::<Progress>(value).ok())
        {
            newest = Some(progress);
        }
    })?;
    Ok(newest)
}
