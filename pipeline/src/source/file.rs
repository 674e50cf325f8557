//! Files and standard input by name: their origins, their sizes, and opening them.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use landfall_schemas::Origin;

use super::SourceError;
use super::compression::{Compression, decompressed};

/// The origin of records that come on standard input.
const STDIN_ORIGIN: &str = "stdin";

/// One input: a file, or standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInput {
    /// The file; `None` is standard input.
    path: Option<PathBuf>,
    /// Where its records say that they come from.
    origin: Origin,
    /// Its size on disk; `None` for pipes.
    bytes: Option<u64>,
}

/// A file's name without folders and without `.gz` or `.zst`.
pub fn origin_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    if bare.is_empty() { name.into_owned() } else { bare.to_owned() }
}

impl FileInput {
    /// The input with this name on the command line; `-` is standard input. Looks whether the file is there and can be
    /// read, so that a long run does not end at its last file.
    ///
    /// # Errors
    /// When the file is missing, cannot be read, or is a folder.
    pub fn named(path: &Path) -> Result<FileInput, SourceError> {
        if path == Path::new("-") {
            return Ok(FileInput { path: None, origin: Origin::named(STDIN_ORIGIN), bytes: None });
        }
        let open_error = |reason| SourceError::Open { path: path.to_owned(), reason };
        let metadata = fs::metadata(path).map_err(open_error)?;
        if metadata.is_dir() {
            return Err(SourceError::Folder { path: path.to_owned() });
        }
        if metadata.is_file() {
            // Pipes are opened once only, when they are read.
            File::open(path).map_err(open_error)?;
        }
        Ok(FileInput {
            path: Some(path.to_owned()),
            origin: Origin::named(&origin_name(path)),
            bytes: metadata.is_file().then_some(metadata.len()),
        })
    }

    /// Where its records say that they come from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Its size on disk, compressed as it is; `None` where that cannot be known.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// How messages call it.
    pub fn label(&self) -> String {
        self.path.as_ref().map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
    }

    /// Its decompressed content as a whole.
    ///
    /// # Errors
    /// When it cannot be read, or is more than `bytes_max`.
    pub fn read_whole(&self, bytes_max: usize) -> Result<Vec<u8>, SourceError> {
        let read_error = |reason| SourceError::Read { input: self.label(), line: 0, reason };
        let input = self.open(&Arc::default()).map_err(read_error)?;
        let mut content = Vec::new();
        input.take(bytes_max as u64 + 1).read_to_end(&mut content).map_err(read_error)?;
        if content.len() > bytes_max {
            let message = format!("more than {bytes_max} bytes");
            return Err(read_error(io::Error::new(io::ErrorKind::FileTooLarge, message)));
        }
        Ok(content)
    }

    /// Its decompressed content; `bytes_read` counts what is read of it on disk.
    ///
    /// # Errors
    /// When it cannot be opened or its first bytes cannot be read.
    pub(super) fn open(&self, bytes_read: &Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
        let (input, named): (Box<dyn Read + Send>, _) = match &self.path {
            None => (Box::new(io::stdin()), Compression::Plain),
            Some(path) => (Box::new(File::open(path)?), Compression::of_name(&path.to_string_lossy())),
        };
        decompressed(Counted { input, bytes_read: Arc::clone(bytes_read) }, named)
    }
}

/// Counts the bytes read.
struct Counted {
    input: Box<dyn Read + Send>,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
