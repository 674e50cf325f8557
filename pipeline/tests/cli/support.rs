//! A folder to work in, the binary, and a few events.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The clock of most tests.
pub const AS_OF: &str = "2026-03-20T00:00:00Z";

/// An order, its shipment, a bill as expected and one that nobody expected.
pub const EVENTS: &str = concat!(
    r#"{"event_id":"1","type":"order","source":"erp:eu","occurred_at":"2026-02-01T10:00:00Z","data":{"order_id":"PO1","buyer":"B","supplier":"S","incoterm":"FOB","currency":"EUR","ordered_on":"2026-02-01","region":"EU","status":"open","lines":[{"line_no":1,"sku":"A","quantity":"10","unit":"pc","unit_price":"5","weight_kg":"10","estimates":{"freight":"80.00"}}]}}"#,
    "\n",
    r#"{"event_id":"2","type":"shipment","source":"tms","occurred_at":"2026-02-02T10:00:00Z","data":{"shipment_id":"S1","carrier":"MAEU","mode":"ocean","region":"EU","status":"active","identifiers":[{"type":"bol","value":"B1"}],"contents":[{"order_id":"PO1","line_no":1,"quantity":"10","weight_kg":"10"}],"charges":[{"code":"FRT","amount":"1100.00","currency":"EUR"}]}}"#,
    "\n",
    r#"{"event_id":"3","type":"invoice","source":"maeu","occurred_at":"2026-03-05T10:00:00Z","data":{"issuer":"MAEU","invoice_no":"I1","kind":"invoice","currency":"EUR","issued_on":"2026-03-05","refs":[{"type":"bol","value":"b-1"}],"lines":[{"line_no":1,"code":"FRT","amount":"1100.00"}]}}"#,
    "\n",
    r#"{"event_id":"4","type":"invoice","source":"maeu","occurred_at":"2026-03-06T10:00:00Z","data":{"issuer":"MAEU","invoice_no":"I2","kind":"invoice","currency":"EUR","issued_on":"2026-03-06","refs":[{"type":"bol","value":"B1"}],"lines":[{"line_no":1,"code":"DOC","amount":"5.00"}]}}"#,
    "\n",
);

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        Run {
            code: output.status.code().expect("the binary ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A folder of its own to run the binary in.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Bench {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).stdin(Stdio::null()).output().unwrap().into()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Replays as of [`AS_OF`] into a folder and returns the run and the files.
    pub fn dump(&self, out: &str, arguments: &[&str]) -> (Run, BTreeMap<String, String>) {
        let run = self.run(&[&["replay", "--as-of", AS_OF, "--out", out], arguments].concat());
        (run, files(&self.path(out)))
    }
}

/// The text files of a folder by name.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).unwrap()
}
