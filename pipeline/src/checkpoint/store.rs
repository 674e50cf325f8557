//! Where durable objects are kept: a folder or a bucket, through `object_store`.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{
    ObjectStore, ObjectStoreExt, ObjectStoreScheme, PutMode, PutOptions, PutPayload, RetryConfig, UpdateVersion,
};
use tokio::runtime::Handle;

use crate::config::State;
use crate::telemetry::Alarms;

/// An operation that takes longer has failed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// One that takes longer raises an alarm while it lasts.
const SLOW: Duration = Duration::from_secs(5);
/// The client tries again for so long by itself: transient errors are its business, outages are ours.
const RETRY_TIMEOUT: Duration = Duration::from_secs(5);
/// The part whose alarm says that the store does not answer.
const ALARM: &str = "state store";

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address makes no sense.
    #[error("`state.url` {url}: {reason}")]
    Address {
        /// As it was written.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The store did not do it.
    #[error("cannot {action} {object}: {reason}")]
    Failed {
        /// What was asked.
        action: &'static str,
        /// Of which object.
        object: String,
        /// What the store said.
        reason: String,
        /// Whether the object simply is not there, or is another one than was thought.
        expected: bool,
    },
    /// An object that only this process may write is there with other contents.
    #[error("{object} was written by another process; this one stops, for two would write over each other")]
    Conflict {
        /// The object.
        object: String,
    },
}

/// Which version of an object was read or written; for replacing exactly that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Option<String>);

/// A folder or a bucket. Objects are written whole or not at all.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
    runtime: Handle,
    alarms: Arc<Alarms>,
}

impl Objects {
    /// Opens a store; a folder is made when it is not there.
    ///
    /// # Errors
    /// When the address makes no sense or the folder cannot be made.
    pub fn open(state: &State, runtime: Handle) -> Result<Objects, StoreError> {
        let refused = |reason: String| StoreError::Address { url: state.url.clone(), reason };
        let alarms = Arc::new(Alarms::default());
        let Some(path) = state.url.strip_prefix("file://") else {
            let (store, prefix) = bucket(state).map_err(refused)?;
            return Ok(Objects { store, prefix, folder: None, runtime, alarms });
        };
        let folder = PathBuf::from(path);
        std::fs::create_dir_all(&folder).map_err(|error| refused(error.to_string()))?;
        let folder = folder.canonicalize().map_err(|error| refused(error.to_string()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| refused(error.to_string()))?
            .with_fsync(true);
        Ok(Objects { store: Arc::new(store), prefix: Path::default(), folder: Some(folder), runtime, alarms })
    }

    /// What cannot go on because of the store; shared by all that write to it.
    pub fn alarms(&self) -> &Arc<Alarms> {
        &self.alarms
    }

    /// The folder, where the store is one.
    pub fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// Writes an object, or writes over it; it survives a loss of power once this returns.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.put_mode(name, bytes, PutMode::Overwrite).map(drop)
    }

    /// Writes an object that must not be there yet. That the very same is there is no error: an answer may have been lost.
    ///
    /// # Errors
    /// When the store does not take it, or another one is there.
    pub fn put_new(&self, name: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        match self.put_mode(name, bytes.clone(), PutMode::Create) {
            Err(StoreError::Failed { expected: true, .. }) => match self.get(name)? {
                Some(found) if found == bytes => Ok(()),
                _ => Err(StoreError::Conflict { object: name.to_owned() }),
            },
            result => result.map(drop),
        }
    }

    /// Replaces exactly the version that was read, or with `None` writes an object that is not there.
    ///
    /// # Errors
    /// When the store does not take it; with `expected` when meanwhile somebody else has written it.
    pub fn exchange(&self, name: &str, bytes: Vec<u8>, read: Option<Version>) -> Result<Version, StoreError> {
        let mode = match read {
            None => PutMode::Create,
            Some(Version(e_tag)) => PutMode::Update(UpdateVersion { e_tag, version: None }),
        };
        self.put_mode(name, bytes, mode)
    }

    fn put_mode(&self, name: &str, bytes: Vec<u8>, mode: PutMode) -> Result<Version, StoreError> {
        let options = PutOptions { mode, ..PutOptions::default() };
        let path = self.path(name);
        let put = self.store.put_opts(&path, PutPayload::from(bytes), options);
        Ok(Version(self.run("write", name, put)?.e_tag))
    }

    /// The bytes of an object; `None` when it is not there.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.get_version(name)?.map(|(bytes, _)| bytes))
    }

    /// The bytes of an object and which version they are; `None` when it is not there.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub fn get_version(&self, name: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        let path = self.path(name);
        let read = async {
            let found = self.store.get(&path).await?;
            let version = Version(found.meta.e_tag.clone());
            Ok((found.bytes().await?, version))
        };
        match self.run("read", name, read) {
            Ok((bytes, version)) => Ok(Some((bytes.to_vec(), version))),
            Err(StoreError::Failed { expected: true, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Names and sizes of the objects in a folder of the store, in their order.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let path = self.path(folder);
        let found = self.run("list", folder, self.store.list(Some(&path)).try_collect::<Vec<_>>())?;
        let mut names: Vec<(String, u64)> = found
            .into_iter()
            .filter_map(|object| {
                let name = object.location.filename()?.to_owned();
                Some((format!("{folder}/{name}"), object.size))
            })
            .collect();
        names.sort();
        Ok(names)
    }

    /// Removes an object; that it is not there is no error.
    ///
    /// # Errors
    /// When the store does not do it.
    pub fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.delete_all(&[name.to_owned()])
    }

    /// Removes objects, many at once; that one is not there is no error.
    ///
    /// # Errors
    /// When the store does not do it; some may be gone then.
    pub fn delete_all(&self, names: &[String]) -> Result<(), StoreError> {
        let Some(first) = names.first() else {
            return Ok(());
        };
        let paths: Vec<object_store::Result<Path>> = names.iter().map(|name| Ok(self.path(name))).collect();
        let delete = async {
            let mut deleted = self.store.delete_stream(futures::stream::iter(paths).boxed());
            while let Some(outcome) = deleted.next().await {
                match outcome {
                    Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        self.run("remove", first, delete)
    }

    fn run<T>(
        &self,
        action: &'static str,
        name: &str,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let failed =
            |reason: String, expected| StoreError::Failed { action, object: name.to_owned(), reason, expected };
        let watched = async {
            tokio::pin!(work);
            if let Ok(result) = tokio::time::timeout(SLOW, &mut work).await {
                return Ok(result);
            }
            let reason = format!("no answer for more than {} s to {action} {name}", SLOW.as_secs());
            tracing::warn!(reason, "the state store is slow");
            self.alarms.raise(ALARM, &reason);
            let result = tokio::time::timeout(ANSWER_TIMEOUT - SLOW, work).await;
            self.alarms.clear(ALARM);
            result
        };
        // Not from a thread of the runtime itself: the callers are threads of their own.
        match self.runtime.block_on(watched) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                use object_store::Error::{AlreadyExists, NotFound, Precondition};
                let expected = matches!(error, NotFound { .. } | AlreadyExists { .. } | Precondition { .. });
                Err(failed(error.to_string(), expected))
            }
            Err(_) => Err(failed(format!("no answer in {} s", ANSWER_TIMEOUT.as_secs()), false)),
        }
    }
}

/// A bucket, of anything that speaks S3, and the prefix of all names in it.
fn bucket(state: &State) -> Result<(Arc<dyn ObjectStore>, Path), String> {
    let url = url::Url::parse(&state.url).map_err(|error| error.to_string())?;
    let (scheme, prefix) = ObjectStoreScheme::parse(&url).map_err(|error| error.to_string())?;
    if !matches!(scheme, ObjectStoreScheme::AmazonS3) {
        return Err("neither a folder (file:///folder) nor a bucket (s3://bucket/prefix)".to_owned());
    }
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_url(url.as_str()).with_retry(retry);
    for (name, value) in &state.options {
        let key: AmazonS3ConfigKey = name
            .to_ascii_lowercase()
            .parse()
            .map_err(|_| format!("`state.options.{name}`: there is no such option"))?;
        builder = builder.with_config(key, value.to_string());
    }
    // The client takes the process's provider of cryptography; an error says only that it is already set.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let store = builder.build().map_err(|error| error.to_string())?;
    let prefix = Path::parse(prefix).map_err(|error| error.to_string())?;
    Ok((Arc::new(store), prefix))
}
