//! The topics of a sink and the producer that writes to them.

use landfall_operators::rows::View;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{Producer, ThreadedProducer};
use rdkafka::util::Timeout;

use super::dead_letter::DEAD_LETTERS;
use super::progress::{self, PROGRESS, Progress};
use super::refusals::Refusals;
use crate::config::KafkaSink;
use crate::source::kafka::{ANSWER_TIMEOUT, ClientError, Telling, reach};

pub(super) type KafkaProducer = ThreadedProducer<Refusals>;

/// What is written to Kafka is at most so large, bytes: what a record may be (1 MiB) several times over, and what hosted services
/// allow without being asked.
pub const MESSAGE_BYTES_MAX: usize = 8 << 20;
/// What topics take unless told otherwise.
const DEFAULT_MESSAGE_BYTES_MAX: usize = 1 << 20;

/// A producer that writes transactions under the sink's name.
fn producer(name: &str, kafka: &KafkaSink) -> Result<KafkaProducer, ClientError> {
    let mut config = ClientConfig::new();
    // Rows compress well and are many: LZ4 takes a fraction of the time of the denser zstd.
    config.set("compression.type", "lz4").set("linger.ms", "5").set("batch.size", "1000000");
    // The commit says whether all of a transaction arrived.
    config.set("delivery.report.only.error", "true");
    config.set("queue.buffering.max.messages", "100000").set("queue.buffering.max.kbytes", "65536");
    config.set("transaction.timeout.ms", "60000").set("message.max.bytes", MESSAGE_BYTES_MAX.to_string());
    reach(&mut config, &kafka.brokers, &kafka.security);
    config.set("transactional.id", format!("{}{name}", kafka.prefix)).set("enable.idempotence", "true");
    Ok(config.create_with_context(Refusals::new(name, &kafka.security)?)?)
}

/// A producer that has ended what an earlier one left open, and how far the topics were then.
///
/// Without a limit of its own, a transactional call takes as long as a transaction may (`transaction.timeout.ms`), which is
/// what the library recommends.
pub(super) fn begun(name: &str, kafka: &KafkaSink) -> Result<(KafkaProducer, Option<Progress>), ClientError> {
    let producer = producer(name, kafka)?;
    producer.init_transactions(Timeout::Never)?;
    let progress = progress::read(name, kafka)?;
    Ok((producer, progress))
}

/// The setting of a topic that limits its records.
pub(super) const MAX_MESSAGE_BYTES: &str = "max.message.bytes";

fn admin(name: &str, kafka: &KafkaSink) -> Result<AdminClient<Telling>, ClientError> {
    let mut config = ClientConfig::new();
    reach(&mut config, &kafka.brokers, &kafka.security);
    let admin: AdminClient<Telling> = config.create_with_context(Telling::new(name, &kafka.security)?)?;
    Telling::sign_on(admin.inner())?;
    Ok(admin)
}

fn patience() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(ANSWER_TIMEOUT)).request_timeout(Some(ANSWER_TIMEOUT))
}

/// How large a dead letter may be, bytes: what its topic takes. Who may not ask gets what topics take unless told otherwise.
pub(super) fn dead_letter_bytes_max(name: &str, kafka: &KafkaSink) -> usize {
    let topic = format!("{}{DEAD_LETTERS}", kafka.prefix);
    let described = admin(name, kafka).ok().and_then(|admin| {
        futures::executor::block_on(admin.describe_configs(&[ResourceSpecifier::Topic(&topic)], &patience())).ok()
    });
    let resources = described.into_iter().flatten().flatten();
    let set = resources.filter_map(|resource| resource.get(MAX_MESSAGE_BYTES)?.value.as_deref()?.parse().ok());
    set.min().unwrap_or(DEFAULT_MESSAGE_BYTES_MAX).min(MESSAGE_BYTES_MAX)
}

/// Makes the topics that are not there: compacted, but for the dead letters. Returns those that were made.
pub(super) fn create_topics(name: &str, kafka: &KafkaSink, views: &[View]) -> Result<Vec<String>, ClientError> {
    let admin = admin(name, kafka)?;
    let mut names: Vec<(String, &str, i32)> =
        views.iter().map(|view| (format!("{}{}", kafka.prefix, view.as_str()), "compact", kafka.partitions)).collect();
    names.push((format!("{}{PROGRESS}", kafka.prefix), "compact", 1));
    if kafka.dead_letters {
        names.push((format!("{}{DEAD_LETTERS}", kafka.prefix), "delete", kafka.partitions));
    }
    let bytes_max = MESSAGE_BYTES_MAX.to_string();
    let topics: Vec<NewTopic<'_>> = names
        .iter()
        .map(|(name, policy, partitions)| {
            NewTopic::new(name, *partitions, TopicReplication::Fixed(kafka.replication))
                .set("cleanup.policy", policy)
                .set(MAX_MESSAGE_BYTES, &bytes_max)
        })
        .collect();
    let mut made = Vec::new();
    for created in futures::executor::block_on(admin.create_topics(&topics, &patience()))? {
        match created {
            Ok(name) => made.push(name),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code).into()),
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
