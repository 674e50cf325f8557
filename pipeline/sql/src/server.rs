//! Listens, and lets connections in.

use std::net::SocketAddr;
use std::sync::Arc;

use pgwire::api::auth::StartupHandler;
use pgwire::api::cancel::CancelHandler;
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::{ClientInfo, ErrorHandler, PgWireServerHandlers};
use pgwire::error::PgWireError;
use pgwire::tokio::process_socket;
use thread_priority::{ThreadPriority, ThreadPriorityValue};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::SqlError;
use super::auth::{Admission, Startup};
use super::catalog::Catalog;
use super::engine::Engine;
use super::fault::Fault;
use super::service::Service;
use super::session::Sessions;
use super::settings::Settings;
use super::tls;
use landfall_snapshot::Store;

/// Planning follows the nesting of a query; [`super::guard`] bounds it, and this is enough for the bound.
const STACK_BYTES: usize = 32 << 20;
/// How urgent queries are, of 99; the engine and all other threads have 50. It comes to a nice value of 5: where processors lack,
/// a query gets a third of what another thread gets.
const PRIORITY: u8 = 35;
/// Connections beyond the limit that are told so, or that only cancel.
const SPARE_CONNECTIONS: usize = 16;
const BACKLOG: u32 = 128;

/// Serves the views over the PostgreSQL protocol.
pub struct Server;

/// A server that runs. It stops when this is dropped.
pub struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    threads: Option<Runtime>,
}

impl Server {
    /// Starts to serve the store's views. Connections are kept by tasks of `handle`; queries run on threads of their
    /// own.
    ///
    /// # Errors
    /// Which setting is wrong, or what the system refuses.
    pub fn start(settings: Settings, store: Arc<Store>, handle: &Handle) -> Result<Running, SqlError> {
        settings.check()?;
        let listener = listen(&settings, handle)?;
        let address = listener.local_addr().map_err(|reason| cannot_listen(&settings, reason))?;
        let acceptor = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let sessions = Arc::new(Sessions::default());
        let admission = Arc::new(Admission::new(&settings, Arc::clone(&sessions))?);
        let threads = Builder::new_multi_thread()
            .worker_threads(settings.threads)
            .thread_name("sql")
            .on_thread_start(give_precedence)
            .thread_stack_size(STACK_BYTES)
            .enable_time()
            .build()
            .map_err(SqlError::Threads)?;
        let catalog = Catalog::new(&settings, store.served())?;
        let connections = Arc::new(Semaphore::new(settings.connections_max));
        let engine = Arc::new(Engine::new(settings, store, catalog, threads.handle().clone()));
        let service = Arc::new(Service { engine, threads: threads.handle().clone() });
        let (stop, stopped) = watch::channel(false);
        let door = Door { admission, sessions, service, acceptor, connections };
        handle.spawn(door.serve(listener, stopped));
        Ok(Running { address, stop, threads: Some(threads) })
    }
}

impl Running {
    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends every connection and every query.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

fn listen(settings: &Settings, handle: &Handle) -> Result<TcpListener, SqlError> {
    let address = settings.address()?;
    let _entered = handle.enter();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let listen = |socket: TcpSocket| {
        socket.set_reuseaddr(true)?;
        // Connections have it from the listener: a reader whose machine is gone does not stay for ever.
        socket.set_keepalive(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    socket.and_then(listen).map_err(|reason| cannot_listen(settings, reason))
}

fn cannot_listen(settings: &Settings, reason: std::io::Error) -> SqlError {
    SqlError::Listen { address: settings.listen.clone(), reason }
}

/// Where connections come in.
struct Door {
    admission: Arc<Admission>,
    sessions: Arc<Sessions>,
    service: Arc<Service>,
    acceptor: Option<TlsAcceptor>,
    connections: Arc<Semaphore>,
}

impl Door {
    async fn serve(self, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
        if let Err(error) = self.service.engine.load().await {
            tracing::error!(%error, "the SQL catalog has no comments");
        }
        let mut served = JoinSet::new();
        let spare = Arc::new(Semaphore::new(SPARE_CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                _ = stopped.changed() => break,
                Some(_) = served.join_next(), if !served.is_empty() => continue,
                accepted = listener.accept() => accepted,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a SQL connection cannot be accepted");
                    // No descriptors are left, most likely; asking again at once would not make one.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let seat = Arc::clone(&self.connections).try_acquire_owned().ok();
            let is_full = seat.is_none();
            let Some(seat) = seat.or_else(|| Arc::clone(&spare).try_acquire_owned().ok()) else { continue };
            let connection = self.connection(socket, is_full);
            served.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%peer, %error, "a SQL connection ended");
                }
                drop(seat);
            });
        }
    }

    fn connection(
        &self,
        socket: TcpStream,
        is_full: bool,
    ) -> impl Future<Output = Result<(), std::io::Error>> + Send + 'static {
        let handlers = Handlers {
            startup: Arc::new(Startup::new(Arc::clone(&self.admission), is_full)),
            service: Arc::clone(&self.service),
            sessions: Arc::clone(&self.sessions),
        };
        let acceptor = self.acceptor.clone();
        async move {
            socket.set_nodelay(true)?;
            process_socket(socket, acceptor, Arc::new(handlers)).await
        }
    }
}

/// Who answers what of one connection.
struct Handlers {
    startup: Arc<Startup>,
    service: Arc<Service>,
    sessions: Arc<Sessions>,
}

impl PgWireServerHandlers for Handlers {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        Arc::clone(&self.service)
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        Arc::clone(&self.service)
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        Arc::clone(&self.startup)
    }

    fn error_handler(&self) -> Arc<impl ErrorHandler> {
        Arc::new(Worded)
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::clone(&self.sessions)
    }
}

/// Gives the protocol's own errors PostgreSQL's codes and words.
struct Worded;

impl ErrorHandler for Worded {
    fn on_error<C>(&self, client: &C, error: &mut PgWireError)
    where
        C: ClientInfo,
    {
        tracing::debug!(peer = %client.socket_addr(), %error, "a SQL statement failed");
        let fault = match &*error {
            PgWireError::StatementNotFound(name) => {
                Fault::new("26000", format!("prepared statement \"{name}\" does not exist"))
            }
            PgWireError::PortalNotFound(name) => Fault::new("34000", format!("portal \"{name}\" does not exist")),
            PgWireError::FailedToParseParameter(cause) => Fault::new("22P02", format!("invalid parameter: {cause}")),
            PgWireError::ApiError(cause) => Fault::new("XX000", cause.to_string()),
            _ => return,
        };
        *error = fault.into();
    }
}

/// Lets the ticks go before queries: whoever asks for everything may wait a little longer.
fn give_precedence() {
    let priority = ThreadPriorityValue::try_from(PRIORITY).map(ThreadPriority::Crossplatform);
    let set = priority.map(thread_priority::set_current_thread_priority);
    if !matches!(set, Ok(Ok(()))) {
        tracing::warn!("the system does not let queries be less urgent than the ticks: large ones may delay these");
    }
}
