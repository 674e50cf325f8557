//! Writes every view to a file of its own: `<view>.csv`, `<view>.jsonl` or `<view>.parquet`.
//!
//! A dump appears whole or not at all: the files are written to a hidden folder beside their places and then renamed.

pub mod csv;
mod jsonl;
pub mod parquet;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub use jsonl::{json_object, write_json_object};
use landfall_operators::rows::{Column, Table, TableVisitor, Tables, View, ViewRow};

/// The format of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// RFC 4180 with a header row and line feeds: the form that runs are compared in
    Csv,
    /// One JSON object a line, amounts as strings
    Jsonl,
    /// Apache Parquet with exact decimals
    Parquet,
}

impl Format {
    /// The suffix of its files.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
        }
    }
}

/// Why a dump cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The folder cannot take files.
    #[error("cannot write to the folder {}: {reason}", folder.display())]
    Folder {
        /// The folder as it was named.
        folder: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {file} for {}: {reason}", folder.display())]
    File {
        /// The folder as it was named.
        folder: PathBuf,
        /// The file's name in it.
        file: String,
        /// What the system or the format's library said.
        reason: WriteError,
    },
}

/// Why one file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The CSV writer refuses.
    #[error(transparent)]
    Csv(#[from] ::csv::Error),
    /// The Parquet writer refuses.
    #[error(transparent)]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// The Arrow writer refuses.
    #[error(transparent)]
    Arrow(#[from] ::arrow::error::ArrowError),
    /// The writer of workbooks refuses.
    #[error(transparent)]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// A number does not fit its Parquet column.
    #[error("{value} in column {column} has more digits than a column of its type")]
    TooWide {
        /// The value as it is shown.
        value: String,
        /// The column.
        column: &'static str,
    },
}

impl DumpError {
    /// A stable code for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            DumpError::Folder { .. } => "dump_folder",
            DumpError::File { .. } => "dump_file",
        }
    }
}

/// Where a dump goes and in which format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    folder: PathBuf,
    format: Format,
}

impl Dump {
    /// A dump into this folder, which is made when the dump is written. Looks now whether that will be possible, so
    /// that a long run does not end without its result.
    ///
    /// # Errors
    /// When the folder, or the nearest one above it that exists, takes no files.
    pub fn planned(folder: &Path, format: Format) -> Result<Dump, DumpError> {
        let absolute = std::path::absolute(folder).map_err(|reason| folder_error(folder, reason))?;
        let existing = absolute.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
        staging(existing).map_err(|reason| folder_error(folder, reason))?;
        Ok(Dump { folder: folder.to_owned(), format })
    }

    /// The folder as it was named.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The format of its files.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Writes every view. Files of an earlier dump with the same names are replaced, other files are left alone.
    ///
    /// # Errors
    /// When anything cannot be written; then no file of an earlier dump has been touched, unless renaming failed.
    pub fn write(&self, tables: &Tables) -> Result<(), DumpError> {
        let folder_error = |reason| folder_error(&self.folder, reason);
        fs::create_dir_all(&self.folder).map_err(folder_error)?;
        // Inside the folder and not beside it: the folder may be a mount point, and files can only be renamed within
        // one file system.
        let staging = staging(&self.folder).map_err(folder_error)?;
        tables.visit(&mut Writer { dump: self, staging: staging.path() })?;
        for view in View::ALL {
            let name = self.file_name(*view);
            fs::rename(staging.path().join(&name), self.folder.join(&name)).map_err(folder_error)?;
        }
        Ok(())
    }

    fn file_name(&self, view: View) -> String {
        format!("{}.{}", view.as_str(), self.format.suffix())
    }
}

fn folder_error(folder: &Path, reason: io::Error) -> DumpError {
    DumpError::Folder { folder: folder.to_owned(), reason }
}

/// A hidden folder that goes when it is dropped.
fn staging(folder: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(".landfall-").tempdir_in(folder)
}

/// Writes each table it sees to a file.
struct Writer<'a> {
    dump: &'a Dump,
    staging: &'a Path,
}

impl TableVisitor for Writer<'_> {
    type Error = DumpError;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), DumpError> {
        let file = self.dump.file_name(view);
        let columns: Vec<&Column> = R::COLUMNS.iter().collect();
        let written = File::create(self.staging.join(&file)).map_err(WriteError::from).and_then(|output| {
            let output = BufWriter::with_capacity(1 << 18, output);
            match self.dump.format {
                Format::Csv => csv::write(output, &columns, rows.values().map(|row| row.cells())),
                Format::Jsonl => jsonl::write(output, rows.values().map(|row| &**row)),
                Format::Parquet => {
                    parquet::write(output, view.as_str(), &columns, rows.values().map(|row| row.cells()))
                }
            }
        });
        written.map_err(|reason| DumpError::File { folder: self.dump.folder.clone(), file, reason })
    }
}

/// Hands over what is buffered; a full disk shows here at the latest.
fn flushed<W: Write>(output: BufWriter<W>) -> Result<(), WriteError> {
    output.into_inner().map_err(|error| WriteError::Io(error.into_error()))?;
    Ok(())
}
