//! What the brokers refuse of what a producer writes.

use std::error::Error;
use std::sync::Mutex;

use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::topics::{MAX_MESSAGE_BYTES, MESSAGE_BYTES_MAX};
use crate::config::KafkaSecurity;
use crate::source::kafka::{Telling, TokenError};

/// Notes the first record that the brokers refused, for which a transaction only fails.
pub struct Refusals {
    telling: Telling,
    first: Mutex<Option<String>>,
}

impl Refusals {
    /// Of a producer of this name. Gets its first token, where it needs one.
    ///
    /// # Errors
    /// When there is no token.
    pub fn new(name: &str, security: &KafkaSecurity) -> Result<Refusals, TokenError> {
        Ok(Refusals { telling: Telling::new(name, security)?, first: Mutex::default() })
    }

    /// Notes that a record was refused.
    pub(super) fn note(&self, topic: &str, error: &KafkaError) {
        let advice = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                format!("; set its {MAX_MESSAGE_BYTES} to {MESSAGE_BYTES_MAX}, which is the most that is written")
            }
            _ => String::new(),
        };
        let told = format!("topic {topic}: {error}{advice}");
        self.first.lock().expect("nobody panics while noting a refusal").get_or_insert(told);
    }

    /// What was refused since it was asked last.
    pub fn take(&self) -> Option<String> {
        self.first.lock().expect("nobody panics while noting a refusal").take()
    }
}

impl ClientContext for Refusals {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = Telling::ENABLE_REFRESH_OAUTH_TOKEN;

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.telling.generate_oauth_token(config)
    }

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.telling.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.telling.error(error, reason);
    }
}

impl ProducerContext for Refusals {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let Err((error, message)) = result else { return };
        // What a transaction that is given up takes with it was not refused.
        if matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight)) {
            return;
        }
        self.note(message.topic(), error);
    }
}
