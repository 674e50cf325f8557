//! Clients of a Kafka cluster: how to reach it, what its topics are, and why that may not work.

use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::checkpoint::PartitionId;
use crate::config::{KafkaSecurity, KafkaSource, Scalar};

/// How long a broker may take to answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

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
        // The end of a partition is no error; the client has no other way to tell of it.
        if matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            return;
        }
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
            // Without an address, `properties` say where tokens come from.
            set("sasl.oauthbearer.method", &sasl.token_url.as_ref().map(|_| "oidc".to_owned()));
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
        // Not for each record that comes by itself: brokers and clients would do little else.
        .set("fetch.wait.max.ms", "20")
        .set("fetch.min.bytes", "32768")
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
    timeout: Duration,
) -> Result<Vec<i32>, KafkaSourceError> {
    let source_name = name.to_owned();
    let metadata = consumer.fetch_metadata(Some(topic), timeout).map_err(|reason| KafkaSourceError::Unreachable {
        source_name: source_name.clone(),
        brokers: kafka.brokers.clone(),
        reason,
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
