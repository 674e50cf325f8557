//! The topics of a sink and the producer that writes to them.

use landfall_operators::rows::View;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::util::Timeout;

use super::dead_letter::DEAD_LETTERS;
use super::progress::{self, PROGRESS, Progress};
use crate::config::KafkaSink;
use crate::source::kafka::{ANSWER_TIMEOUT, reach};

pub(super) type KafkaProducer = ThreadedProducer<DefaultProducerContext>;

/// A producer that writes transactions under the sink's name.
fn producer(name: &str, kafka: &KafkaSink) -> Result<KafkaProducer, KafkaError> {
    let mut config = ClientConfig::new();
    // Rows compress well and are many: LZ4 takes a fraction of the time of the denser zstd.
    config.set("compression.type", "lz4").set("linger.ms", "5").set("batch.size", "1000000");
    // The commit says whether all of a transaction arrived.
    config.set("delivery.report.only.error", "true");
    config.set("queue.buffering.max.messages", "100000").set("queue.buffering.max.kbytes", "65536");
    config.set("transaction.timeout.ms", "60000");
    reach(&mut config, &kafka.brokers, &kafka.security);
    config.set("transactional.id", format!("{}{name}", kafka.prefix)).set("enable.idempotence", "true");
    config.create()
}

/// A producer that has ended what an earlier one left open, and how far the topics were then.
///
/// Without a limit of its own, a transactional call takes as long as a transaction may (`transaction.timeout.ms`), which is
/// what the library recommends.
pub(super) fn begun(name: &str, kafka: &KafkaSink) -> Result<(KafkaProducer, Option<Progress>), KafkaError> {
    let producer = producer(name, kafka)?;
    producer.init_transactions(Timeout::Never)?;
    let progress = progress::read(name, kafka)?;
    Ok((producer, progress))
}

/// Makes the topics that are not there: compacted, but for the dead letters. Returns those that were made.
pub(super) fn create_topics(kafka: &KafkaSink, views: &[View]) -> Result<Vec<String>, KafkaError> {
    let mut config = ClientConfig::new();
    reach(&mut config, &kafka.brokers, &kafka.security);
    let admin: AdminClient<DefaultClientContext> = config.create()?;
    let mut names: Vec<(String, &str, i32)> =
        views.iter().map(|view| (format!("{}{}", kafka.prefix, view.as_str()), "compact", kafka.partitions)).collect();
    names.push((format!("{}{PROGRESS}", kafka.prefix), "compact", 1));
    if kafka.dead_letters {
        names.push((format!("{}{DEAD_LETTERS}", kafka.prefix), "delete", kafka.partitions));
    }
    let topics: Vec<NewTopic<'_>> = names
        .iter()
        .map(|(name, policy, partitions)| {
            NewTopic::new(name, *partitions, TopicReplication::Fixed(kafka.replication)).set("cleanup.policy", policy)
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_TIMEOUT)).request_timeout(Some(ANSWER_TIMEOUT));
    let mut made = Vec::new();
    for created in futures::executor::block_on(admin.create_topics(&topics, &options))? {
        match created {
            Ok(name) => made.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code)),
        }
    }
    Ok(made)
}

/// The first topic of these that the brokers say does not exist; `None` also when they do not answer.
pub(super) fn missing_topic(producer: &KafkaProducer, kafka: &KafkaSink, views: &[View]) -> Option<String> {
    let metadata = producer.client().fetch_metadata(None, ANSWER_TIMEOUT).ok()?;
    let known: Vec<&str> = metadata.topics().iter().map(rdkafka::metadata::MetadataTopic::name).collect();
    let mut names: Vec<String> = views.iter().map(|view| format!("{}{}", kafka.prefix, view.as_str())).collect();
    names.push(format!("{}{PROGRESS}", kafka.prefix));
    names.extend(kafka.dead_letters.then(|| format!("{}{DEAD_LETTERS}", kafka.prefix)));
    names.into_iter().find(|name| !known.contains(&name.as_str()))
}
