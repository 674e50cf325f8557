//! Why a sink cannot go on.

use landfall_operators::Tick;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::source::kafka::ClientError;

/// Why a sink cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The brokers or the client library refuse it.
    #[error("sink {sink}: cannot {action}: {reason}")]
    Kafka {
        /// The sink.
        sink: String,
        /// What was tried.
        action: String,
        /// What the library or the token endpoint said.
        reason: ClientError,
    },
    /// A topic was deleted.
    #[error(
        "sink {sink}: the topic {topic} does not exist any more; nothing is written to it by itself, for it would lack all \
         rows so far: start again, and it is made anew and filled"
    )]
    Topic {
        /// The sink.
        sink: String,
        /// The topic.
        topic: String,
    },
    /// The topics hold less than was written, and what is missing is no longer known.
    #[error(
        "sink {sink}: the brokers confirmed everything up to tick {confirmed}, but its topics hold no more than tick {held}: \
         start again, and what is missing is found and written"
    )]
    Lost {
        /// The sink.
        sink: String,
        /// The newest tick that was confirmed.
        confirmed: Tick,
        /// The newest tick that the topics hold.
        held: Tick,
    },
    /// Another process writes under the same name.
    #[error("sink {sink}: another process writes with this name; this one stops so that nothing is written twice")]
    Fenced {
        /// The sink.
        sink: String,
    },
}

/// Whether another producer has taken over the transactional id.
pub(super) fn is_fenced(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch)
    )
}
