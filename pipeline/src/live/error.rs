//! Why the live process cannot start or go on.

use landfall_engine::EngineError;

use crate::checkpoint::{CheckpointError, LockError, RecoveryError, StoreError};
use crate::cluster::JoinError;
use crate::config::ConfigError;
use crate::sink::SinkError;
use crate::source::SourceError;
use crate::source::feed::FeedError;
use crate::source::kafka::KafkaSourceError;
use crate::source::push::PushError;

/// Why the live process cannot start or go on. It stops, so that nothing is lost; what is durable is where it goes on.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each carries the error of the part that it names")]
pub enum LiveError {
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Join(#[from] JoinError),
    #[error(transparent)]
    Kafka(#[from] KafkaSourceError),
    #[error(transparent)]
    File(#[from] SourceError),
    #[error(transparent)]
    Push(#[from] PushError),
    #[error("a partition cannot go on: {0}")]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    #[error("source {source_name}: {reason}")]
    Format { source_name: String, reason: String },
    #[error("cannot serve: {0}")]
    Serve(String),
    #[error("the thread that takes ticks in for readers has stopped; the next start goes on from what is durable")]
    Publisher,
    #[error("stopped while the state could not be written; the next start goes on from what is durable: {reason}")]
    Unwritable { reason: String },
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl LiveError {
    /// A stable code for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            LiveError::Config(_) => "config",
            LiveError::Lock(_) => "state_locked",
            LiveError::Store(_) => "state_store",
            LiveError::Recovery(_) => "recovery",
            LiveError::Checkpoint(_) => "checkpoint",
            LiveError::Engine(EngineError::Lost { .. }) => "process_lost",
            LiveError::Join(_) => "join",
            LiveError::Engine(_) => "engine",
            LiveError::Kafka(KafkaSourceError::Gap { .. }) => "offsets_expired",
            LiveError::Kafka(KafkaSourceError::Recreated { .. }) => "topic_recreated",
            LiveError::Kafka(KafkaSourceError::Topic { .. }) => "topic",
            LiveError::Kafka(_) => "kafka",
            LiveError::File(error) => error.code(),
            LiveError::Push(_) => "push",
            LiveError::Feed(_) => "partition",
            LiveError::Sink(SinkError::Fenced { .. }) => "sink_fenced",
            LiveError::Sink(_) => "sink",
            LiveError::Format { .. } => "format",
            LiveError::Serve(_) => "serve",
            LiveError::Publisher => "publisher",
            LiveError::Unwritable { .. } => "state_store",
            LiveError::System(_) => "system",
        }
    }
}
