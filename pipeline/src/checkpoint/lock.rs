//! One process a checkpoint: a second one is refused.
//!
//! In a folder the lock is one of the operating system, which goes with the process however it ends. A bucket has a lease that
//! the owner renews; one whose owner was killed can be taken after it has run out.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::frame;
use super::store::{Objects, StoreError};

const NAME: &str = "lock";
const KIND: &[u8; 5] = b"LFLCK";
const LEASE: Duration = Duration::from_secs(15);

/// Why the lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another process (id {owner}) uses the state at {place}; two would write over each other")]
    Taken {
        /// The other's process id.
        owner: String,
        /// The folder or bucket.
        place: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lock file cannot be used.
    #[error("cannot lock {place}: {reason}")]
    File {
        /// The file.
        place: String,
        /// What the system said.
        reason: std::io::Error,
    },
}

/// The right to write to a store; given up when dropped.
pub struct Lock {
    held: Held,
}

enum Held {
    File(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File),
    Lease { stop: Arc<AtomicBool>, renewing: Option<JoinHandle<()>>, objects: Objects },
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq)]
struct Lease {
    owner: String,
    until_ms: u64,
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

impl Lock {
    /// Takes the lock. In a bucket waits for the lease of an owner that no longer renews it.
    ///
    /// # Errors
    /// When another process has it.
    pub fn take(objects: &Objects) -> Result<Lock, LockError> {
        match objects.folder() {
            Some(folder) => Lock::take_file(&folder.join(NAME)),
            None => Lock::take_lease(objects),
        }
    }

    fn take_file(path: &std::path::Path) -> Result<Lock, LockError> {
        let place = path.display().to_string();
        let failed = |reason| LockError::File { place: place.clone(), reason };
        let mut file =
            OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
                let place = path.parent().unwrap_or(path).display().to_string();
                return Err(LockError::Taken { owner, place });
            }
            Err(TryLockError::Error(reason)) => return Err(failed(reason)),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Lock { held: Held::File(file) })
    }

    fn take_lease(objects: &Objects) -> Result<Lock, LockError> {
        let owner = format!("{}-{}", std::process::id(), now_ms());
        let deadline = now_ms() + u64::try_from(LEASE.as_millis()).unwrap_or(0) + 2_000;
        let mut seen: Option<u64> = None;
        loop {
            let known = objects.get(NAME)?.and_then(|bytes| frame::open::<Lease>(KIND, &bytes).ok());
            let Some(known) = known.filter(|lease| lease.until_ms > now_ms()) else {
                break;
            };
            let renewed = seen.replace(known.until_ms).is_some_and(|before| before != known.until_ms);
            if renewed || now_ms() > deadline {
                return Err(LockError::Taken { owner: known.owner, place: "the bucket".to_owned() });
            }
            tracing::info!(owner = known.owner, "waiting for the lease of a process that may have ended");
            std::thread::sleep(Duration::from_secs(1));
        }
        renew(objects, &owner)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, renewed_objects) = (Arc::clone(&stop), objects.clone());
        let renewing = std::thread::spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                std::thread::sleep(LEASE / 15);
                if let Err(error) = renew(&renewed_objects, &owner) {
                    tracing::warn!(%error, "could not renew the lease of the state");
                }
            }
        });
        Ok(Lock { held: Held::Lease { stop, renewing: Some(renewing), objects: objects.clone() } })
    }
}

fn renew(objects: &Objects, owner: &str) -> Result<(), StoreError> {
    let lease = Lease { owner: owner.to_owned(), until_ms: now_ms() + u64::try_from(LEASE.as_millis()).unwrap_or(0) };
    let bytes = frame::seal(KIND, &lease).map_err(|reason| StoreError::Failed {
        action: "write",
        object: NAME.to_owned(),
        reason,
        expected: false,
    })?;
    objects.put(NAME, bytes, false)
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Held::Lease { stop, renewing, objects } = &mut self.held {
            stop.store(true, Ordering::Release);
            if let Some(renewing) = renewing.take() {
                renewing.join().ok();
            }
            // Where this fails the lease runs out by itself.
            objects.delete(NAME).ok();
        }
    }
}
