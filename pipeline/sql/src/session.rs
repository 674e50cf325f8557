//! What a connection remembers: how to cancel its statement, and the tick of its transaction.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use async_trait::async_trait;
use pgwire::api::cancel::CancelHandler;
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::SecretKey;
use subtle::ConstantTimeEq;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::fault::Fault;
use super::pin::Pin;
use landfall_snapshot::Store;

/// A connection.
pub(super) struct Session {
    cancelled: watch::Sender<u64>,
    transaction: Mutex<Transaction>,
}

#[derive(Default)]
enum Transaction {
    /// None: every statement sees the newest tick.
    #[default]
    Idle,
    /// Begun; its number tells it from those before it.
    Begun(u64, Option<Pin>),
    /// It took too long, and its tick is let go.
    Expired,
}

impl Default for Session {
    fn default() -> Session {
        Session { cancelled: watch::channel(0).0, transaction: Mutex::default() }
    }
}

impl Session {
    /// Tells of a cancellation from now on.
    pub fn cancellation(&self) -> watch::Receiver<u64> {
        self.cancelled.subscribe()
    }

    /// Stops the statement that runs, if one does.
    fn cancel(&self) {
        self.cancelled.send_modify(|times| *times += 1);
    }

    /// Begins a transaction; its tick is that of its first question.
    pub fn begin(self: &Arc<Session>, lasts: Duration, handle: &Handle) {
        let mut transaction = self.transaction();
        if !matches!(*transaction, Transaction::Idle) {
            return;
        }
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        *transaction = Transaction::Begun(number, None);
        let session = Arc::downgrade(self);
        handle.spawn(async move {
            tokio::time::sleep(lasts).await;
            if let Some(session) = session.upgrade() {
                session.expire(number);
            }
        });
    }

    fn expire(&self, expired: u64) {
        let mut transaction = self.transaction();
        if matches!(*transaction, Transaction::Begun(number, _) if number == expired) {
            *transaction = Transaction::Expired;
        }
    }

    /// Ends the transaction.
    pub fn end(&self) {
        *self.transaction() = Transaction::Idle;
    }

    /// The tick that a statement sees.
    ///
    /// # Errors
    /// When its transaction took too long.
    pub fn pin(&self, store: &Store) -> Result<Pin, Fault> {
        let newest = || Pin { snapshot: store.current() };
        match &mut *self.transaction() {
            Transaction::Idle => Ok(newest()),
            Transaction::Begun(_, pin) => Ok(pin.get_or_insert_with(newest).clone()),
            Transaction::Expired => Err(Fault::new("25P04", "the transaction took too long and its tick is let go")
                .hint("end it and begin another; the limit is `sql.transaction_timeout_ms`")),
        }
    }

    fn transaction(&self) -> MutexGuard<'_, Transaction> {
        self.transaction.lock().expect("nobody panics while it holds a transaction")
    }
}

/// Every connection that can be cancelled, by the key that its client was given.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<i32, (SecretKey, Weak<Session>)>>);

impl Sessions {
    /// Lets a connection be cancelled with this key until it ends.
    pub fn register(&self, process: i32, key: SecretKey, session: &Arc<Session>) {
        let mut sessions = self.sessions();
        sessions.retain(|_, (_, session)| session.strong_count() > 0);
        sessions.insert(process, (key, Arc::downgrade(session)));
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<i32, (SecretKey, Weak<Session>)>> {
        self.0.lock().expect("nobody panics while it holds the sessions")
    }
}

#[async_trait]
impl CancelHandler for Sessions {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let found = match self.sessions().get(&request.pid) {
            Some((key, session)) if same_key(key, &request.secret_key) => session.upgrade(),
            _ => None,
        };
        if let Some(session) = found {
            session.cancel();
        }
    }
}

fn same_key(one: &SecretKey, other: &SecretKey) -> bool {
    one.to_bytes().as_ref().ct_eq(other.to_bytes().as_ref()).into()
}
