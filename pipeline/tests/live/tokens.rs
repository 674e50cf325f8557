//! A token endpoint, as an identity provider has one: it signs with the key whose public half the broker of `scripts/kafka.sh` has.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::security::broker_data;

/// Both have characters that are encoded before they are sent (RFC 6749 §2.3.1).
pub const CLIENT_ID: &str = "landfall client";
pub const CLIENT_SECRET: &str = "hush:hush/100%";

/// An endpoint on loopback; it ends with the process of the tests.
pub struct Endpoint {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Its tokens last so long.
    pub fn start(token_seconds: u64) -> Endpoint {
        Endpoint::serve(token_seconds, None)
    }

    /// With the broker's certificate, which is for 127.0.0.1.
    pub fn start_tls(token_seconds: u64) -> Endpoint {
        let data = broker_data();
        let certificates = CertificateDer::pem_file_iter(data.join("broker.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(data.join("broker.key")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates.map(Result::unwrap).collect(), key)
            .unwrap();
        Endpoint::serve(token_seconds, Some(Arc::new(config)))
    }

    fn serve(token_seconds: u64, tls: Option<Arc<ServerConfig>>) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (key, counter) = (broker_data().join("tokens.key"), Arc::clone(&asked));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = socket.unwrap();
                let answered = match &tls {
                    None => answer(socket, token_seconds, &key),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        answer(StreamOwned::new(connection, socket), token_seconds, &key)
                    }
                };
                // A client that does not trust the certificate goes away.
                counter.fetch_add(usize::from(answered.is_ok()), Ordering::SeqCst);
            }
        });
        Endpoint { address, scheme, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// How many requests were answered.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Answers one request as its path says.
fn answer(socket: impl Read + Write, token_seconds: u64, key: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(socket);
    let (mut first, mut headers) = (String::new(), BTreeMap::new());
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    let (status, text) = match first.split(' ').nth(1).unwrap_or_default() {
        "/token" => granted(&headers, &form, "kafka", token_seconds, key),
        "/elsewhere" => granted(&headers, &form, "another", token_seconds, key),
        "/page" => ("200 OK", "<html>Sign in</html>".to_owned()),
        "/moved" => ("302 Found", String::new()),
        "/busy" => ("503 Service Unavailable", String::new()),
        _ => ("404 Not Found", String::new()),
    };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n"
    );
    let mut socket = reader.into_inner();
    socket.write_all(format!("{head}\r\n{text}").as_bytes())?;
    socket.flush()
}

/// What RFC 6749 §4.4 says to a request: a token, or why there is none.
fn granted(
    headers: &BTreeMap<String, String>,
    form: &BTreeMap<String, String>,
    audience: &str,
    token_seconds: u64,
    key: &Path,
) -> (&'static str, String) {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let due = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET))));
    let given = headers.get("authorization").cloned().unwrap_or_default();
    if given != due {
        // What no endpoint should do: it says the secret back.
        let told = given.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let description = format!("unknown: {}", String::from_utf8_lossy(&told));
        return ("401 Unauthorized", json!({"error": "invalid_client", "error_description": description}).to_string());
    }
    if form.get("grant_type").map(String::as_str) != Some("client_credentials") {
        return ("400 Bad Request", json!({"error": "unsupported_grant_type"}).to_string());
    }
    if form.get("scope").map(String::as_str) != Some("kafka read write") {
        return (
            "400 Bad Request",
            json!({"error": "invalid_scope", "error_description": "no such scope"}).to_string(),
        );
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let token = signed(
        &json!({"iss": "tests", "sub": "landfall", "aud": audience, "scope": "kafka", "iat": now, "exp": now + token_seconds}),
        key,
    );
    ("200 OK", json!({"access_token": token, "token_type": "bearer", "expires_in": token_seconds}).to_string())
}

/// A JWT signed with RS256 (RFC 7519, RFC 7518 §3.3).
fn signed(claims: &Value, key: &Path) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "RS256", "kid": "tests", "typ": "JWT"});
    let text = format!("{}.{}", part(&header), part(claims));
    let key: PathBuf = key.to_owned();
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-sign"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let signature = openssl.wait_with_output().unwrap();
    assert!(signature.status.success(), "openssl signs");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.stdout))
}
