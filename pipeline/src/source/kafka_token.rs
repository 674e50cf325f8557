//! Tokens with which clients sign on to brokers by OAUTHBEARER: client credentials of OAuth 2.0 (RFC 6749 §4.4).
//!
//! librdkafka gets them itself only where it is built with libcurl. What the brokers demand of a token is theirs to check: here
//! only its lifetime and its principal are read, without a look at its signature.

use std::error::Error;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::client::OAuthToken;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::cli::values;
use crate::config::KafkaSecurity;

/// How long the endpoint may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long an answer may be, bytes.
const ANSWER_BYTES_MAX: usize = 256 << 10;
/// How much of what the endpoint says of an error is passed on, characters.
const DETAIL_CHARS_MAX: usize = 300;

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// The authorities to trust cannot be read, or no client can be made of them.
    #[error(
        "the authorities of {whose} cannot be trusted: {reason}; `sasl.token_ca_file` names a PEM file with certificates"
    )]
    Authorities {
        /// The file, or the system.
        whose: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error(
        "the token endpoint {url} does not answer: {reason}; check `sasl.token_url`, whether it can be reached from here, and \
         `sasl.token_ca_file` where its authority is not one of the system's"
    )]
    Unreachable {
        /// The endpoint.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// It does not know the client or its secret.
    #[error(
        "the token endpoint {url} refuses the client `{client_id}` ({answer}); check `sasl.client_id` and `sasl.client_secret`"
    )]
    Client {
        /// The endpoint.
        url: String,
        /// The client.
        client_id: String,
        /// Status, error and description.
        answer: String,
    },
    /// It does not give this scope.
    #[error(
        "the token endpoint {url} refuses the scope {} ({answer}); check `sasl.scope`",
        scope.as_ref().map_or("that is its own choice".to_owned(), |scope| format!("`{scope}`"))
    )]
    Scope {
        /// The endpoint.
        url: String,
        /// What was asked for.
        scope: Option<String>,
        /// Status, error and description.
        answer: String,
    },
    /// It answers with another error.
    #[error(
        "the token endpoint {url} gives no token ({answer}); check `sasl.token_url`, and that client's rights there"
    )]
    Answer {
        /// The endpoint.
        url: String,
        /// Status, error and description.
        answer: String,
        /// Whether it may do so later.
        passing: bool,
    },
    /// What it answers is no token.
    #[error(
        "what the token endpoint {url} answers is no token: {reason}; check that `sasl.token_url` is the token endpoint"
    )]
    NoToken {
        /// The endpoint.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl TokenError {
    /// Whether it may be otherwise with the same configuration, as when somebody is away.
    pub fn may_pass(&self) -> bool {
        matches!(self, TokenError::Unreachable { .. } | TokenError::Answer { passing: true, .. })
    }
}

/// Where a client gets its tokens.
pub struct TokenSource {
    url: String,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    /// Authorities to trust besides the system's.
    ca_file: Option<String>,
    /// The first token, until librdkafka asks for it.
    first: Mutex<Option<Token>>,
}

/// A token, for whom, and until when (milliseconds since 1970).
#[derive(Clone)]
struct Token {
    value: String,
    principal: String,
    lifetime_ms: i64,
}

impl From<Token> for OAuthToken {
    fn from(token: Token) -> OAuthToken {
        OAuthToken { token: token.value, principal_name: token.principal, lifetime_ms: token.lifetime_ms }
    }
}

/// What an endpoint answers (RFC 6749 §5.1); some write numbers as text.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Value>,
}

/// What it answers when it refuses (RFC 6749 §5.2).
#[derive(Default, Deserialize)]
struct Denied {
    error: Option<String>,
    error_description: Option<String>,
}

/// What is read of a token that is a JWT (RFC 7519 §4.1).
#[derive(Default, Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<Value>,
}

impl TokenSource {
    /// `None` where no token is needed, or `properties` say where they come from.
    pub fn of(security: &KafkaSecurity) -> Option<TokenSource> {
        let sasl = security.sasl.as_ref().filter(|sasl| sasl.is_oauthbearer())?;
        Some(TokenSource {
            url: sasl.token_url.clone()?,
            client_id: sasl.client_id.clone().unwrap_or_default(),
            client_secret: sasl.client_secret.clone().unwrap_or_default(),
            scope: sasl.scope.clone(),
            ca_file: sasl.token_ca_file.clone().or_else(|| security.tls.as_ref()?.ca_file.clone()),
            first: Mutex::default(),
        })
    }

    /// Gets the first token and keeps it until [`TokenSource::token`] is asked for one.
    ///
    /// # Errors
    /// When there is none.
    pub fn begin(&self) -> Result<(), TokenError> {
        let token = self.fetch()?;
        *self.first.lock().expect("nobody panics while keeping a token") = Some(token);
        Ok(())
    }

    /// The first token, while it is kept.
    pub fn first(&self) -> Option<OAuthToken> {
        self.first.lock().expect("nobody panics while keeping a token").clone().map(OAuthToken::from)
    }

    /// Gets a token.
    ///
    /// # Errors
    /// When there is none.
    pub fn token(&self) -> Result<OAuthToken, TokenError> {
        let first = self.first.lock().expect("nobody panics while keeping a token").take();
        match first.filter(|token| token.lifetime_ms > values::now().0) {
            Some(token) => Ok(token.into()),
            None => self.fetch().map(OAuthToken::from),
        }
    }

    /// Asks the endpoint. Waits for it, so never on a thread of a runtime.
    fn fetch(&self) -> Result<Token, TokenError> {
        let asked_at_ms = values::now().0;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| self.unreachable(error.to_string()))?;
        let client = self.client()?;
        let answered = runtime.block_on(async {
            let response = self.request(&client).send().await.map_err(|error| self.failed(error))?;
            Ok::<_, TokenError>((response.status(), self.body(response).await?))
        });
        // Without waiting for a name server that does not answer.
        runtime.shutdown_background();
        let (status, body) = answered?;
        if !status.is_success() {
            return Err(self.denied(status, &body));
        }
        self.granted(&body, asked_at_ms)
    }

    fn client(&self) -> Result<Client, TokenError> {
        let wrong = |reason: String| TokenError::Authorities {
            whose: self.ca_file.clone().unwrap_or_else(|| "the system".to_owned()),
            reason,
        };
        let mut certificates = Vec::new();
        if let Some(file) = &self.ca_file {
            let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
            certificates = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(whole(error)))?;
            if certificates.is_empty() {
                return Err(wrong("there is no certificate in it".to_owned()));
            }
        }
        // The client takes the process's provider of cryptography; an error says only that it is already set.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .tls_certs_merge(certificates)
            .timeout(ANSWER_TIMEOUT)
            // Credentials go to the address that was given, and to no other.
            .redirect(redirect::Policy::none())
            .build();
        client.map_err(|error| wrong(whole(error)))
    }

    fn request(&self, client: &Client) -> reqwest::RequestBuilder {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = &self.scope {
            form.append_pair("scope", scope);
        }
        // Both are encoded before they are joined by a colon (RFC 6749 §2.3.1).
        client
            .post(&self.url)
            .basic_auth(encoded(&self.client_id), Some(encoded(&self.client_secret)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form.finish())
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, TokenError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(self.no_token(format!("it is longer than {ANSWER_BYTES_MAX} bytes")));
            }
        }
        Ok(body)
    }

    fn denied(&self, status: StatusCode, body: &[u8]) -> TokenError {
        let denied: Denied = serde_json::from_slice(body).unwrap_or_default();
        let told = [Some(status.to_string()), denied.error.clone(), denied.error_description];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let (url, answer) = (self.url.clone(), self.harmless(&told.join(": ")));
        match denied.error.as_deref() {
            Some("invalid_scope") => TokenError::Scope { url, scope: self.scope.clone(), answer },
            Some("invalid_client") => TokenError::Client { url, client_id: self.client_id.clone(), answer },
            _ if status == StatusCode::UNAUTHORIZED => {
                TokenError::Client { url, client_id: self.client_id.clone(), answer }
            }
            _ => {
                let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                TokenError::Answer { url, answer, passing }
            }
        }
    }

    fn granted(&self, body: &[u8], asked_at_ms: i64) -> Result<Token, TokenError> {
        // What the parser says may quote a token.
        let granted: Granted = serde_json::from_slice(body)
            .map_err(|_| self.no_token("it is no JSON object with an `access_token`".to_owned()))?;
        if let Some(kind) = granted.token_type.filter(|kind| !kind.eq_ignore_ascii_case("Bearer")) {
            return Err(self.no_token(format!("its type is `{}`, not `Bearer`", self.harmless(&kind))));
        }
        // A token that is no JWT is one for the brokers all the same, when they ask its issuer.
        let claims = claims(&granted.access_token).unwrap_or_default();
        let lasting = granted.expires_in.as_ref().and_then(seconds).map(|seconds| asked_at_ms.saturating_add(seconds));
        let Some(lifetime_ms) = lasting.or_else(|| claims.exp.as_ref().and_then(seconds)) else {
            return Err(self.no_token("it has neither `expires_in` nor, in a JWT, `exp`".to_owned()));
        };
        if lifetime_ms <= values::now().0 {
            return Err(self.no_token("it has expired already; compare the clocks".to_owned()));
        }
        let principal = claims.sub.unwrap_or_else(|| self.client_id.clone());
        Ok(Token { value: granted.access_token, principal, lifetime_ms })
    }

    fn no_token(&self, reason: String) -> TokenError {
        TokenError::NoToken { url: self.url.clone(), reason }
    }

    fn unreachable(&self, reason: String) -> TokenError {
        TokenError::Unreachable { url: self.url.clone(), reason }
    }

    fn failed(&self, error: reqwest::Error) -> TokenError {
        self.unreachable(self.harmless(&whole(error)))
    }

    /// What others said, fit for a log: one short line, without the secret.
    fn harmless(&self, text: &str) -> String {
        let secrets = [self.client_secret.clone(), encoded(&self.client_secret)];
        let hidden = |text: String, secret: &String| if secret.is_empty() { text } else { text.replace(secret, "***") };
        let text = secrets.iter().fold(text.to_owned(), hidden);
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(DETAIL_CHARS_MAX).collect()
    }
}

/// As in a form.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// An error with all that led to it.
fn whole(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        told = format!("{told}: {inner}");
        cause = inner.source();
    }
    told
}

/// The payload of a JWT.
fn claims(token: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// Seconds as milliseconds.
fn seconds(value: &Value) -> Option<i64> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(seconds.saturating_mul(1_000))
}
