//! Who may do what: bearer tokens, roles, host names, and the audit log.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use super::server::ServeError;
use super::settings::{Role, Settings};

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name of the token; `local` where none is needed.
    pub name: Arc<str>,
    /// What they may do.
    pub role: Role,
}

/// The rules of access.
#[derive(Debug)]
pub struct Access {
    tokens: Vec<(Identity, [u8; 32])>,
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Access {
    /// The rules that the settings make for an address.
    ///
    /// # Errors
    /// When the address is no loopback one and nobody has a token, or a token's hash is none.
    pub fn new(settings: &Settings, address: SocketAddr) -> Result<Access, ServeError> {
        if settings.tokens.is_empty() && !address.ip().is_loopback() {
            return Err(ServeError::Open { address });
        }
        let token = |token: &super::settings::Token| {
            let wrong = || ServeError::Token { name: token.name.clone() };
            let identity = Identity { name: token.name.as_str().into(), role: token.role };
            Ok((identity, hash_from_hex(&token.sha256).ok_or_else(wrong)?))
        };
        let tokens = settings.tokens.iter().map(token).collect::<Result<_, ServeError>>()?;
        Ok(Access { tokens, hosts: settings.hosts.clone(), origins: settings.cors_origins.clone() })
    }

    /// Who asks. Every token is compared, and each in constant time.
    fn identify(&self, request: &Request) -> Result<Identity, Problem> {
        if self.tokens.is_empty() {
            self.check_host(request)?;
            return Ok(Identity { name: "local".into(), role: Role::Admin });
        }
        let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let scheme = given.and_then(|value| value.split_once(' '));
        let token = scheme.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let Some(token) = token else {
            return Err(unauthorized("this needs a token: send `Authorization: Bearer TOKEN`"));
        };
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut found = None;
        for (identity, known) in &self.tokens {
            if bool::from(known.ct_eq(&hash)) {
                found = Some(identity.clone());
            }
        }
        found.ok_or_else(|| unauthorized("the token is not known: ask whoever runs the server for one"))
    }

    /// Without tokens only the machine itself is trusted, so a web page elsewhere must not reach us under a name of
    /// its own (DNS rebinding).
    fn check_host(&self, request: &Request) -> Result<(), Problem> {
        let in_header = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
        let host = in_header.or_else(|| request.uri().host()).unwrap_or_default();
        let name = host_name(host);
        let is_local = name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_local {
            return Ok(());
        }
        let detail =
            format!("the server does not answer for the host `{name}`: use localhost, or list it under `hosts`");
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong-host", "wrong host", detail))
    }

    /// A page of another origin must not act with what a browser may reach.
    fn check_origin(&self, request: &Request) -> Result<(), Problem> {
        let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or_default();
        let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let same = origin.split_once("://").is_some_and(|(_, origin_host)| origin_host == host);
        if same || self.origins.iter().any(|known| known == origin) {
            return Ok(());
        }
        Err(forbidden(format!("pages of `{origin}` may not do this: list it under `cors_origins`")))
    }

    fn check(&self, request: &Request) -> Result<Identity, Problem> {
        let path = request.uri().path();
        if is_open(path) {
            return Ok(Identity { name: "anybody".into(), role: Role::Viewer });
        }
        let identity = self.identify(request)?;
        let needed = role_needed(request.method(), path);
        if needed > Role::Viewer {
            self.check_origin(request)?;
        }
        if identity.role < needed {
            let detail = format!("`{}` may not do this: it needs the role {needed:?}", identity.name);
            return Err(forbidden(detail.to_lowercase()));
        }
        Ok(identity)
    }
}

/// The page asks for the token, so it comes without one; so do its description and the health of the process.
fn is_open(path: &str) -> bool {
    path == "/"
        || path == "/openapi.json"
        || path.starts_with("/ui/")
        || path == "/health"
        || path.starts_with("/health/")
}

fn role_needed(method: &Method, path: &str) -> Role {
    if path.starts_with("/admin/") {
        return Role::Admin;
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) { Role::Viewer } else { Role::Operator }
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "a token is needed", detail)
}

fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "forbidden", "not allowed", detail)
}

fn host_name(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

fn hash_from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text.trim().chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

/// Lets requests through to those who may, and writes down what operators do.
pub async fn guard(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response<Body> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.to_string()).unwrap_or_default();
    match access.check(&request) {
        Ok(identity) => {
            let is_action = role_needed(&method, &path) > Role::Viewer;
            let name = Arc::clone(&identity.name);
            request.extensions_mut().insert(identity);
            let response = next.run(request).await;
            if is_action {
                let status = response.status().as_u16();
                tracing::info!(target: "landfall::audit", %name, %peer, %method, %path, status, "action");
            }
            response
        }
        Err(problem) => {
            let reason = problem.detail.as_str();
            tracing::warn!(target: "landfall::audit", %peer, %method, %path, status = problem.status, reason, "refused");
            problem.into_response()
        }
    }
}
