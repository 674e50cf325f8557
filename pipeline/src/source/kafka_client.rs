//! Clients of a Kafka cluster: how to reach it, what its topics are, and why that may not work.

use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

use landfall_kafka_native::set_token;
use rdkafka::client::{Client, ClientContext, OAuthToken};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::kafka_token::{TokenError, TokenSource};
use crate::checkpoint::PartitionId;
use crate::config::{KafkaSecurity, KafkaSource, Scalar};

/// So long a broker may wait for more records before it answers with what it has: not for each record that comes by itself, or
/// brokers and clients would do little else.
pub const FETCH_WAIT: Duration = Duration::from_millis(20);
/// How long a broker may take to answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// So many events of a client are heard to know why nobody answers.
const EVENTS_MAX: usize = 100;

/// Why a cluster cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client library refuses the configuration, or the brokers what was asked.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// There is no token to sign on with.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The brokers refuse a record.
    #[error("{0}")]
    Record(String),
}

/// Why topics cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KafkaSourceError {
    /// The client library refuses the configuration, or there is no token to sign on with.
    #[error("source {source_name}: {reason}")]
    Client {
        /// The source.
        source_name: String,
        /// What the library or the token endpoint said.
        reason: ClientError,
    },
    /// No broker answers.
    #[error("source {source_name}: no answer from {brokers}: {reason}")]
    Unreachable {
        /// The source.
        source_name: String,
        /// Whom was asked.
        brokers: String,
        /// What the library said.
        reason: String,
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

/// What a client is told and asked by librdkafka: it tells of what that has to say, and gets tokens.
pub struct Telling {
    name: String,
    tokens: Option<TokenSource>,
    /// Why no connection comes about, as librdkafka said it last.
    no_connection: Mutex<Option<String>>,
}

impl Telling {
    /// For a client of this name (of a source or sink). Gets its first token, where it needs one.
    ///
    /// # Errors
    /// When there is no token.
    pub fn new(name: &str, security: &KafkaSecurity) -> Result<Telling, TokenError> {
        let tokens = TokenSource::of(security);
        tokens.as_ref().map_or(Ok(()), TokenSource::begin)?;
        Ok(Telling { name: name.to_owned(), tokens, no_connection: Mutex::default() })
    }

    /// Gives a client its first token. Without that librdkafka asks for it once the client is polled: too late for a consumer,
    /// which is first asked for metadata, and never for an `AdminClient`. A producer is polled from its beginning.
    ///
    /// # Errors
    /// When `properties` have it sign on otherwise.
    pub fn sign_on(client: &Client<Telling>) -> Result<(), ClientError> {
        let Some(token) = client.context().tokens.as_ref().and_then(TokenSource::first) else { return Ok(()) };
        set_token(client, &token).map_err(|refused| KafkaError::ClientCreation(refused.to_string()).into())
    }
}

impl ClientContext for Telling {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        match &self.tokens {
            Some(tokens) => Ok(tokens.token()?),
            // librdkafka makes the first unsecured token itself, but cannot have it renewed here.
            None => Err("there is no `sasl.token_url` to get one from".into()),
        }
    }

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
        if let Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL | RDKafkaErrorCode::Resolve) =
            error.rdkafka_error_code()
        {
            *self.no_connection.lock().expect("nobody panics while noting a reason") = Some(reason.to_owned());
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
/// When the client library refuses the configuration, or there is no token to sign on with.
pub fn consumer(
    name: &str,
    brokers: &str,
    group: Option<&str>,
    security: &KafkaSecurity,
    fetch_wait: Duration,
) -> Result<BaseConsumer<Telling>, ClientError> {
    let mut config = ClientConfig::new();
    config
        .set("fetch.wait.max.ms", fetch_wait.as_millis().to_string())
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
    let consumer: BaseConsumer<Telling> = config.create_with_context(Telling::new(name, security)?)?;
    Telling::sign_on(consumer.client())?;
    Ok(consumer)
}

/// Why there is no answer: the question itself only fails, but who polls the client is told more.
pub fn unanswered(consumer: &BaseConsumer<Telling>, error: &KafkaError) -> String {
    let pause = Duration::from_millis(50);
    (0..EVENTS_MAX).take_while(|_| consumer.poll(pause).is_some()).for_each(drop);
    let told = consumer.context().no_connection.lock().expect("nobody panics while noting a reason").take();
    told.map_or_else(|| error.to_string(), |told| format!("{error}: {told}"))
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
    let metadata = consumer.fetch_metadata(Some(topic), timeout).map_err(|error| KafkaSourceError::Unreachable {
        source_name: source_name.clone(),
        brokers: kafka.brokers.clone(),
        reason: unanswered(consumer, &error),
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
