//! The beginning of a connection: limits, encryption, the password.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{Sink, SinkExt};
use pgwire::api::auth::{
    DefaultServerParameterProvider, StartupHandler, finish_authentication, protocol_negotiation,
    save_startup_parameters_to_metadata,
};
use pgwire::api::{
    ClientInfo, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator, RandomPidSecretKeyGenerator,
};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::startup::Authentication;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::sync::Mutex;

use super::super::SqlError;
use super::super::service::session_of;
use super::super::session::Sessions;
use super::super::settings::Settings;
use super::scram::{Exchange, Verifier, random};

const MECHANISM: &str = "SCRAM-SHA-256";

/// Who is let in.
pub(crate) struct Admission {
    users: HashMap<String, Verifier>,
    encrypted_only: bool,
    /// For the salts of users that do not exist.
    secret: [u8; 32],
    keys: RandomPidSecretKeyGenerator,
    sessions: Arc<Sessions>,
}

impl Admission {
    /// By the settings.
    ///
    /// # Errors
    /// When a user has no password that can be checked.
    pub fn new(settings: &Settings, sessions: Arc<Sessions>) -> Result<Admission, SqlError> {
        let users = settings.users.iter().map(|user| Ok((user.name.clone(), Verifier::of(user)?)));
        Ok(Admission {
            users: users.collect::<Result<_, SqlError>>()?,
            encrypted_only: settings.tls.is_some(),
            secret: random(),
            keys: RandomPidSecretKeyGenerator::default(),
            sessions,
        })
    }

    fn verifier(&self, name: &str) -> Verifier {
        self.users.get(name).cloned().unwrap_or_else(|| Verifier::of_nobody(name, &self.secret))
    }
}

/// The beginning of one connection.
pub(crate) struct Startup {
    admission: Arc<Admission>,
    /// There are connections enough.
    is_full: bool,
    exchange: Mutex<Option<Exchange>>,
}

impl Startup {
    pub fn new(admission: Arc<Admission>, is_full: bool) -> Startup {
        Startup { admission, is_full, exchange: Mutex::default() }
    }

    /// Ends the beginning: the client is told what the server is, and how to cancel.
    async fn welcome<C>(&self, client: &mut C) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let (process, key) = self.admission.keys.generate(client);
        client.set_pid_and_secret_key(process, key.clone());
        self.admission.sessions.register(process, key, &session_of(client));
        let mut server = DefaultServerParameterProvider::default();
        "16.6".clone_into(&mut server.server_version);
        "UTC".clone_into(&mut server.time_zone);
        "ISO, MDY".clone_into(&mut server.date_style);
        server.is_superuser = false;
        server.default_transaction_read_only = true;
        finish_authentication(client, &server).await
    }

    async fn answer<C>(&self, client: &mut C, data: &Bytes, name: &str) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let mut exchange = self.exchange.lock().await;
        match exchange.take() {
            None => {
                let begun = Exchange::begin(self.admission.verifier(name), data).ok_or_else(|| denied(name))?;
                let first = Bytes::from(begun.server_first().to_owned());
                *exchange = Some(begun);
                client.send(PgWireBackendMessage::Authentication(Authentication::SASLContinue(first))).await?;
            }
            Some(begun) => {
                let last = begun.finish(data).ok_or_else(|| denied(name))?;
                let last = Authentication::SASLFinal(Bytes::from(last));
                client.send(PgWireBackendMessage::Authentication(last)).await?;
                self.welcome(client).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(startup) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if self.is_full {
                    return Err(fatal(
                        "53300",
                        "sorry, too many clients already",
                        Some("the limit is `sql.connections_max`"),
                    ));
                }
                if self.admission.encrypted_only && !client.is_secure() {
                    return Err(fatal(
                        "28000",
                        "the connection is not encrypted",
                        Some("connect with sslmode=require"),
                    ));
                }
                if self.admission.users.is_empty() {
                    return self.welcome(client).await;
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let offer = Authentication::SASL(vec![MECHANISM.to_owned()]);
                client.send(PgWireBackendMessage::Authentication(offer)).await?;
            }
            PgWireFrontendMessage::PasswordMessageFamily(message) => {
                let name = client.metadata().get(METADATA_USER).cloned().unwrap_or_default();
                let is_first = self.exchange.lock().await.is_none();
                let data = if is_first {
                    let first = message.into_sasl_initial_response()?;
                    if first.auth_method != MECHANISM {
                        return Err(denied(&name));
                    }
                    first.data.unwrap_or_default()
                } else {
                    message.into_sasl_response()?.data
                };
                self.answer(client, &data, &name).await?;
            }
            _ => return Err(fatal("08P01", "a connection begins with its startup message", None)),
        }
        Ok(())
    }
}

fn denied(name: &str) -> PgWireError {
    fatal("28P01", &format!("password authentication failed for user \"{name}\""), None)
}

fn fatal(code: &str, message: &str, hint: Option<&str>) -> PgWireError {
    let mut info = ErrorInfo::new("FATAL".to_owned(), code.to_owned(), message.to_owned());
    info.severity_nonlocalized = Some("FATAL".to_owned());
    info.hint = hint.map(str::to_owned);
    PgWireError::UserError(Box::new(info))
}
