//! Where durable objects are kept: a folder or a bucket, through `object_store`.

use std::fs::File;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};
use tokio::runtime::Handle;

use crate::config::State;

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
        /// Whether the object simply is not there, or is there already.
        expected: bool,
    },
}

/// A folder or a bucket. Objects are written whole or not at all.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder, where it is one: written objects are then forced to the disk.
    folder: Option<PathBuf>,
    runtime: Handle,
}

impl Objects {
    /// Opens a store; a folder is made when it is not there.
    ///
    /// # Errors
    /// When the address makes no sense or the folder cannot be made.
    pub fn open(state: &State, runtime: Handle) -> Result<Objects, StoreError> {
        let refused = |reason: String| StoreError::Address { url: state.url.clone(), reason };
        let Some(path) = state.url.strip_prefix("file://") else {
            let url = url::Url::parse(&state.url).map_err(|error| refused(error.to_string()))?;
            let options = state.options.iter().map(|(name, value)| (name.clone(), value.to_string()));
            let (store, prefix) =
                object_store::parse_url_opts(&url, options).map_err(|error| refused(error.to_string()))?;
            return Ok(Objects { store: Arc::from(store), prefix, folder: None, runtime });
        };
        let folder = PathBuf::from(path);
        std::fs::create_dir_all(&folder).map_err(|error| refused(error.to_string()))?;
        let folder = folder.canonicalize().map_err(|error| refused(error.to_string()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(&folder)
            .map_err(|error| refused(error.to_string()))?;
        Ok(Objects { store: Arc::new(store), prefix: Path::default(), folder: Some(folder), runtime })
    }

    /// The folder, where the store is one.
    pub fn folder(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }

    /// Writes an object; it survives a loss of power once this returns. With `create`, refuses to replace one.
    ///
    /// # Errors
    /// When the store does not take it, or it is there already.
    pub fn put(&self, name: &str, bytes: Vec<u8>, create: bool) -> Result<(), StoreError> {
        let mode = if create { PutMode::Create } else { PutMode::Overwrite };
        let options = PutOptions { mode, ..PutOptions::default() };
        let path = self.path(name);
        let put = self.store.put_opts(&path, PutPayload::from(bytes), options);
        self.run("write", name, put)?;
        match &self.folder {
            Some(folder) => forced(folder, name).map_err(|error| StoreError::Failed {
                action: "write",
                object: name.to_owned(),
                reason: error.to_string(),
                expected: false,
            }),
            None => Ok(()),
        }
    }

    /// The bytes of an object; `None` when it is not there.
    ///
    /// # Errors
    /// When the store cannot tell.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(name);
        let read = async {
            let found = object_store::ObjectStoreExt::get(&*self.store, &path).await?;
            found.bytes().await
        };
        match self.run("read", name, read) {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
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
        let path = self.path(name);
        match self.run("remove", name, object_store::ObjectStoreExt::delete(&*self.store, &path)) {
            Ok(()) | Err(StoreError::Failed { expected: true, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn run<T>(
        &self,
        action: &'static str,
        name: &str,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        let limit = Duration::from_secs(60);
        let failed =
            |reason: String, expected| StoreError::Failed { action, object: name.to_owned(), reason, expected };
        // Not from a thread of the runtime itself: the callers are threads of their own.
        match self.runtime.block_on(async { tokio::time::timeout(limit, work).await }) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let expected =
                    matches!(error, object_store::Error::NotFound { .. } | object_store::Error::AlreadyExists { .. });
                Err(failed(error.to_string(), expected))
            }
            Err(_) => Err(failed(format!("no answer in {} s", limit.as_secs()), false)),
        }
    }
}

/// Forces a written file, and that it has this name, to the disk.
fn forced(folder: &FilePath, name: &str) -> std::io::Result<()> {
    let path = folder.join(name);
    File::open(&path)?.sync_all()?;
    File::open(path.parent().unwrap_or(folder))?.sync_all()
}
