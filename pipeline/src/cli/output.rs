//! Where generated records go: standard output or a file, compressed as its name says.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::error::CliError;
use crate::source::Compression;

const BUFFER_BYTES: usize = 1 << 18;

/// An output for lines.
pub struct Output {
    /// `None` is standard output.
    path: Option<PathBuf>,
    encoder: Encoder,
}

enum Encoder {
    Plain(BufWriter<Box<dyn Write>>),
    Gzip(Box<flate2::write::GzEncoder<BufWriter<Box<dyn Write>>>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<Box<dyn Write>>>),
}

impl Output {
    /// The output with this name; `-` is standard output. A file that is there is overwritten.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn named(path: &Path) -> Result<Output, CliError> {
        let path = (path != Path::new("-")).then(|| path.to_owned());
        let encoder = encoder(path.as_deref());
        let encoder = encoder.map_err(|reason| output_error(path.as_deref(), reason))?;
        Ok(Output { path, encoder })
    }

    /// The file; `None` for standard output.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Writes one line. False when nobody reads any more.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn line(&mut self, line: &[u8]) -> Result<bool, CliError> {
        let writer = self.encoder.writer();
        let written = writer.write_all(line).and_then(|()| writer.write_all(b"\n"));
        still_read(written).map_err(|reason| output_error(self.path(), reason))
    }

    /// Hands over what is buffered. False when nobody reads any more.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn flush(&mut self) -> Result<bool, CliError> {
        still_read(self.encoder.writer().flush()).map_err(|reason| output_error(self.path(), reason))
    }

    /// Writes what is buffered and the end marks of the compression.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn finish(self) -> Result<(), CliError> {
        let finished = match self.encoder {
            Encoder::Plain(writer) => Ok(writer),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
        };
        let flushed = finished.and_then(|mut writer| writer.flush());
        still_read(flushed).map(drop).map_err(|reason| output_error(self.path.as_deref(), reason))
    }
}

impl Encoder {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Encoder::Plain(writer) => writer,
            Encoder::Gzip(encoder) => encoder,
            Encoder::Zstd(encoder) => encoder,
        }
    }
}

fn encoder(path: Option<&Path>) -> io::Result<Encoder> {
    let (raw, compression): (Box<dyn Write>, _) = match path {
        None => (Box::new(io::stdout()), Compression::Plain),
        Some(path) => (Box::new(File::create(path)?), Compression::of_name(&path.to_string_lossy())),
    };
    let writer = BufWriter::with_capacity(BUFFER_BYTES, raw);
    Ok(match compression {
        Compression::Plain => Encoder::Plain(writer),
        Compression::Gzip => {
            Encoder::Gzip(Box::new(flate2::write::GzEncoder::new(writer, flate2::Compression::default())))
        }
        Compression::Zstd => Encoder::Zstd(zstd::stream::write::Encoder::new(writer, zstd::DEFAULT_COMPRESSION_LEVEL)?),
    })
}

fn still_read(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(reason) => Err(reason),
    }
}

fn output_error(path: Option<&Path>, reason: io::Error) -> CliError {
    let output = path.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    CliError::Output { output, reason }
}
