//! The server: listens, limits connections, hands requests to the routes, stops gracefully.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::access::Access;
use super::api::{Api, ServerInfo};
use super::connection::{Patient, tls_config};
use super::routes;
use super::settings::{Limits, Settings};
use landfall_snapshot::Store;

/// How long answers under way may take when the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// How long a new connection may take to agree on encryption.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address as it was written.
        address: String,
        /// What the system said.
        reason: io::Error,
    },
    /// Everybody in the network could read.
    #[error("{address} can be reached from elsewhere, and no token is configured")]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// A token's hash is none.
    #[error("the token `{name}` has no SHA-256 of 64 hexadecimal digits")]
    Token {
        /// Whose it is.
        name: String,
    },
    /// TLS cannot be set up.
    #[error("cannot use {file} for TLS: {reason}")]
    Tls {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl ServeError {
    /// What may help, if anything is known to.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ServeError::Open { .. } => Some(
                "give `tokens: [{name, sha256, role}]`, or listen on 127.0.0.1 behind something that asks for them",
            ),
            ServeError::Token { .. } => Some("make it by: printf %s TOKEN | sha256sum"),
            ServeError::Listen { .. } | ServeError::Tls { .. } => None,
        }
    }
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    is_encrypted: bool,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Starts a server on the runtime that this is called on. `extra` carries routes of others: `/metrics`,
    /// `/health/…`, `/ingest/…`.
    ///
    /// # Errors
    /// When the address cannot be had, or the settings would leave it open to others.
    pub async fn start(
        settings: Settings,
        store: Arc<Store>,
        info: ServerInfo,
        extra: Router,
    ) -> Result<Server, ServeError> {
        let failed = |reason| ServeError::Listen { address: settings.listen.clone(), reason };
        let listener = TcpListener::bind(&settings.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let access = Arc::new(Access::new(&settings, address)?);
        let tls = settings.tls.as_ref().map(tls_config).transpose()?;
        let (stop, stopping) = watch::channel(false);
        let is_encrypted = tls.is_some();
        let api = Arc::new(Api::new(store, info, settings.limits.clone(), stopping.clone()));
        let listening = Listening {
            routes: routes::routes(api, access, &settings, extra),
            tls: tls.map(TlsAcceptor::from),
            connections: Arc::new(Semaphore::new(settings.limits.connections_max)),
            limits: settings.limits,
            stopping,
        };
        let accepting = tokio::spawn(listening.run(listener));
        Ok(Server { address, is_encrypted, stop, accepting })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a browser finds it.
    pub fn url(&self) -> String {
        format!("{}://{}/", if self.is_encrypted { "https" } else { "http" }, self.address)
    }

    /// Takes no more connections, ends subscriptions with a word, and waits a few seconds for answers under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.accepting.await.ok();
    }
}

struct Listening {
    routes: Router,
    tls: Option<TlsAcceptor>,
    connections: Arc<Semaphore>,
    limits: Limits,
    stopping: watch::Receiver<bool>,
}

impl Listening {
    async fn run(self, listener: TcpListener) {
        let mut stopping = self.stopping.clone();
        loop {
            let permit = tokio::select! {
                permit = Arc::clone(&self.connections).acquire_owned() => permit,
                () = stopped(&mut stopping) => break,
            };
            let Ok(permit) = permit else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopped(&mut stopping) => break,
            };
            match accepted {
                Ok((stream, peer)) => self.serve(stream, peer, permit),
                Err(error) => {
                    // Too many open files, or a connection that went before it was taken: others may still come.
                    tracing::warn!(target: "landfall::serve", %error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(listener);
        // Every connection holds a permit until its end.
        let all = u32::try_from(self.limits.connections_max).unwrap_or(u32::MAX);
        tokio::time::timeout(STOP_WITHIN, self.connections.acquire_many(all)).await.ok();
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        stream.set_nodelay(true).ok();
        let patience = Duration::from_millis(self.limits.write_timeout_ms);
        let stream = Patient::new(stream, patience);
        let service = WithPeer { routes: TowerToHyperService::new(self.routes.clone()), peer };
        let limits = self.limits.clone();
        let connection = Connection { service, limits, stopping: self.stopping.clone(), _permit: permit };
        match self.tls.clone() {
            None => drop(tokio::spawn(connection.run(stream))),
            Some(acceptor) => drop(tokio::spawn(async move {
                let agreed = tokio::time::timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await;
                if let Ok(Ok(stream)) = agreed {
                    connection.run(stream).await;
                }
            })),
        }
    }
}

/// Tells the routes who asks.
struct WithPeer {
    routes: TowerToHyperService<Router>,
    peer: SocketAddr,
}

impl hyper::service::Service<Request<Incoming>> for WithPeer {
    type Response = <TowerToHyperService<Router> as hyper::service::Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as hyper::service::Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as hyper::service::Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.routes.call(request)
    }
}

struct Connection {
    service: WithPeer,
    limits: Limits,
    stopping: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn run<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut self, stream: S) {
        let peer = self.service.peer;
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(self.limits.head_timeout_ms))
            .max_buf_size(self.limits.head_bytes_max.max(8_192))
            .serve_connection(TokioIo::new(stream), self.service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopped(&mut self.stopping) => {
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(STOP_WITHIN, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = ended {
            tracing::debug!(target: "landfall::serve", %peer, %error, "a connection ended");
        }
    }
}

/// Waits until the server stops.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    stopping.wait_for(|stop| *stop).await.ok();
}
