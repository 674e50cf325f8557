//! One process a checkpoint: a second one is refused.
//!
//! In a folder the lock is one of the operating system, which goes with the process however it ends. A bucket has a lease that
//! the owner renews; one that nobody has renewed for its whole length can be taken. Machines' clocks play no part in it:
//! whoever waits watches by its own whether the lease changes. Every write of it names the version that it replaces, so two
//! cannot both have it; an owner that could not renew it in time writes nothing until it knows that it still has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::frame;
use super::store::{Objects, StoreError, Version};

const NAME: &str = "lock";
const KIND: &[u8; 5] = b"LFLCK";
const ALARM: &str = "lease of the state";

/// Why the lock could not be taken, or is no longer held.
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
    /// Another process took it, because this one could not renew it for too long.
    #[error(
        "another process (id {owner}) has taken over the state, which this one could not reach for too long; it stops"
    )]
    Lost {
        /// The other's process id.
        owner: String,
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
    Lease { stop: Arc<AtomicBool>, renewing: Option<JoinHandle<()>>, objects: Objects, owned: Owned },
}

/// Whether this process may still write; for every thread that does.
#[derive(Clone, Default)]
pub struct Owned(Option<Arc<Renewals>>);

struct Renewals {
    /// How long a renewal lasts.
    lease: Duration,
    state: Mutex<Renewal>,
}

enum Renewal {
    /// Held since the renewal that began then.
    Held(Instant),
    /// Somebody else has it.
    Lost(String),
}

impl Owned {
    /// Whether writing is safe now. Not so when the lease could not be renewed for most of its length.
    ///
    /// # Errors
    /// When another process has taken over.
    pub fn is_safe(&self) -> Result<bool, LockError> {
        let Some(renewals) = &self.0 else {
            return Ok(true);
        };
        match &*renewals.state.lock().expect("nobody panics while noting a renewal") {
            Renewal::Held(since) => Ok(since.elapsed() < renewals.lease / 3 * 2),
            Renewal::Lost(owner) => Err(LockError::Lost { owner: owner.clone() }),
        }
    }
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq)]
struct Lease {
    owner: String,
    renewals: u64,
}

impl Lock {
    /// Takes the lock. In a bucket waits for the lease of an owner that no longer renews it.
    ///
    /// # Errors
    /// When another process has it.
    pub fn take(objects: &Objects, lease: Duration) -> Result<Lock, LockError> {
        match objects.folder() {
            Some(folder) => Lock::take_file(&folder.join(NAME)),
            None => Lock::take_lease(objects, lease),
        }
    }

    /// Whether this process may still write.
    pub fn owned(&self) -> Owned {
        match &self.held {
            Held::File(_) => Owned::default(),
            Held::Lease { owned, .. } => owned.clone(),
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
        // Only for those who are refused: a full disk must not keep the process from starting.
        if file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).is_err() {
            tracing::warn!(file = place, "the process id could not be noted in the lock file");
        }
        Ok(Lock { held: Held::File(file) })
    }

    fn take_lease(objects: &Objects, lease: Duration) -> Result<Lock, LockError> {
        let owner = format!("{}-{:x}", std::process::id(), crate::cli::values::now().0);
        let started = Instant::now();
        let before = abandoned(objects, lease)?;
        let began = Instant::now();
        let bytes = sealed(&Lease { owner: owner.clone(), renewals: 0 })?;
        let version = objects.exchange(NAME, bytes, before).map_err(|error| match error {
            StoreError::Failed { expected: true, .. } => {
                LockError::Taken { owner: "unknown".to_owned(), place: "the bucket".to_owned() }
            }
            other => other.into(),
        })?;
        tracing::info!(owner, waited_seconds = started.elapsed().as_secs(), "took the lease of the state");
        let renewals = Arc::new(Renewals { lease, state: Mutex::new(Renewal::Held(began)) });
        let stop = Arc::new(AtomicBool::new(false));
        let mut renewer = Renewer {
            objects: objects.clone(),
            owner,
            version,
            renewals: Arc::clone(&renewals),
            stop: Arc::clone(&stop),
            count: 0,
        };
        let renewing = std::thread::spawn(move || renewer.run());
        let owned = Owned(Some(renewals));
        Ok(Lock { held: Held::Lease { stop, renewing: Some(renewing), objects: objects.clone(), owned } })
    }
}

/// Waits until a lease that is there has not changed for its length; the version to replace, `None` where there is none.
fn abandoned(objects: &Objects, lease: Duration) -> Result<Option<Version>, LockError> {
    let mut seen: Option<Version> = None;
    let started = Instant::now();
    loop {
        let Some((bytes, version)) = objects.get_version(NAME)? else {
            return Ok(None);
        };
        let owner = frame::open::<Lease>(KIND, &bytes).map(|known| known.owner).unwrap_or_default();
        if seen.as_ref().is_some_and(|seen| *seen != version) {
            return Err(LockError::Taken { owner, place: "the bucket".to_owned() });
        }
        if seen.is_none() {
            tracing::info!(
                owner,
                lease_seconds = lease.as_secs(),
                "waiting whether the owner of the lease still lives"
            );
        } else if started.elapsed() > lease {
            return Ok(Some(version));
        }
        seen = Some(version);
        std::thread::sleep(lease / 30);
    }
}

fn sealed(lease: &Lease) -> Result<Vec<u8>, StoreError> {
    frame::seal(KIND, lease).map_err(|reason| StoreError::Failed {
        action: "write",
        object: NAME.to_owned(),
        reason,
        expected: false,
    })
}

/// Renews the lease several times in its length.
struct Renewer {
    objects: Objects,
    owner: String,
    version: Version,
    renewals: Arc<Renewals>,
    stop: Arc<AtomicBool>,
    count: u64,
}

impl Renewer {
    fn run(&mut self) {
        while !self.stop.load(Ordering::Acquire) {
            std::thread::sleep(self.renewals.lease / 15);
            let began = Instant::now();
            match self.renew() {
                Ok(None) => {
                    self.note(Renewal::Held(began));
                    self.objects.alarms().clear(ALARM);
                }
                Ok(Some(owner)) => {
                    tracing::error!(owner, "another process has taken the lease of the state");
                    self.note(Renewal::Lost(owner));
                    return;
                }
                Err(error) => {
                    tracing::warn!(%error, "could not renew the lease of the state; trying again");
                    self.objects.alarms().raise(ALARM, &error.to_string());
                }
            }
        }
    }

    fn note(&self, renewal: Renewal) {
        *self.renewals.state.lock().expect("nobody panics while noting a renewal") = renewal;
    }

    /// Who has it, where it is not this process.
    fn renew(&mut self) -> Result<Option<String>, StoreError> {
        self.count += 1;
        let lease = sealed(&Lease { owner: self.owner.clone(), renewals: self.count })?;
        match self.objects.exchange(NAME, lease, Some(self.version.clone())) {
            Ok(version) => {
                self.version = version;
                return Ok(None);
            }
            Err(StoreError::Failed { expected: true, .. }) => {}
            Err(error) => return Err(error),
        }
        // Somebody has written it: ourselves, where an answer was lost, or another.
        let Some((bytes, version)) = self.objects.get_version(NAME)? else {
            return Ok(Some("unknown: the lease was removed".to_owned()));
        };
        let owner = frame::open::<Lease>(KIND, &bytes).map(|known| known.owner).unwrap_or_default();
        if owner != self.owner {
            return Ok(Some(owner));
        }
        self.version = version;
        Ok(None)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Held::Lease { stop, renewing, objects, owned } = &mut self.held {
            stop.store(true, Ordering::Release);
            if let Some(renewing) = renewing.take() {
                renewing.join().ok();
            }
            // Where this fails the lease runs out by itself; where it is another's it stays.
            if owned.is_safe().is_ok_and(|safe| safe) {
                objects.delete(NAME).ok();
            }
        }
    }
}
