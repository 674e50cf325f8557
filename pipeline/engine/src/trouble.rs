//! What went wrong in this process, and the flag that stops its workers.

use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::EngineError;

/// A process that has lost another waits this long before it ends, so that the others notice the same, and not that this
/// one ends too.
const MOMENT: Duration = Duration::from_millis(300);

/// What went wrong in this process. The first failure is the reason; the others follow from it.
#[derive(Default)]
pub(super) struct Trouble {
    stop: AtomicBool,
    failures: Mutex<Vec<Failure>>,
    /// The connections to other processes.
    sockets: Vec<TcpStream>,
}

enum Failure {
    Worker(String),
    Lost { process: usize, address: String, reason: String },
}

impl Trouble {
    /// With connections that are cut when something goes wrong, so that the other processes end too.
    pub(super) fn cutting(sockets: Vec<TcpStream>) -> Trouble {
        Trouble { sockets, ..Trouble::default() }
    }

    /// Whether the workers are to stop.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Stops the workers of this process, and by cut connections those of the others.
    pub(super) fn stop(&self) {
        // Before any worker ends: the others would take that for an end in order.
        for socket in &self.sockets {
            // One that is closed already cannot be cut.
            socket.shutdown(Shutdown::Both).ok();
        }
        self.stop.store(true, Ordering::Release);
    }

    /// A worker has panicked.
    pub(super) fn panicked(&self, reason: String) {
        self.note(Failure::Worker(reason));
        self.stop();
    }

    /// The connection to another process is gone.
    pub(super) fn lost(&self, process: usize, address: &str, reason: String) {
        if !self.is_stopping() {
            self.note(Failure::Lost { process, address: address.to_owned(), reason });
            std::thread::sleep(MOMENT);
            self.stop();
        }
    }

    /// Why the engine stopped.
    pub(super) fn error(&self) -> EngineError {
        let failures = self.failures.lock().expect("nobody panics while noting a failure");
        if let Some(Failure::Lost { process, address, reason }) = failures.first() {
            return EngineError::Lost { process: *process, address: address.clone(), reason: reason.clone() };
        }
        let panics = failures.iter().filter_map(|failure| match failure {
            Failure::Worker(reason) => Some(reason.as_str()),
            Failure::Lost { .. } => None,
        });
        EngineError::Worker { reason: panics.collect::<Vec<_>>().join("; ") }
    }

    fn note(&self, failure: Failure) {
        self.failures.lock().expect("nobody panics while noting a failure").push(failure);
    }
}
