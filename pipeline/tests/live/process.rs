//! The process under test, and what its topics should hold.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use landfall_benches::generator::GeneratedEvent;
use landfall_dump::json_object;
use landfall_engine::{Arrival, Engine};
use landfall_operators::rows::{Table, TableVisitor, Tables, View, ViewRow};
use landfall_operators::settings::Settings;
use landfall_schemas::format::json;
use landfall_schemas::{Origin, RecordId, Timestamp};
use tempfile::TempDir;

use super::kafka::Topics;

/// The topics that events are in.
pub const STREAMS: [&str; 5] = ["orders", "shipments", "customs", "invoices", "reference"];

/// A configuration with a state of its own.
pub struct Setup {
    pub folder: TempDir,
    pub topics: Topics,
    pub clock: Timestamp,
    http: u16,
}

/// A running process.
pub struct Process {
    child: Child,
    log: Arc<Mutex<String>>,
    /// Writes the log; ends with the process.
    reader: Option<JoinHandle<()>>,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Setup {
    pub fn new(test: &str, clock: Timestamp, partitions: i32) -> Setup {
        Setup::with(Topics::new(test), clock, partitions)
    }

    pub fn with(topics: Topics, clock: Timestamp, partitions: i32) -> Setup {
        for stream in STREAMS {
            topics.create(stream, partitions);
        }
        let setup = Setup { folder: tempfile::tempdir().unwrap(), topics, clock, http: free_port() };
        setup.configure("");
        setup
    }

    /// Writes the configuration; `more` is added at its end.
    pub fn configure(&self, more: &str) {
        let names: Vec<String> = STREAMS.iter().map(|stream| self.topics.name(stream)).collect();
        let text = format!(
            "clock: {{fixed: \"{}\"}}\n\
             state: {{url: \"file://{}\", checkpoint_interval_seconds: 1}}\n\
             sources: [{{name: all, kafka: {{brokers: \"{}\", topics: [{}]}}}}]\n\
             sinks: [{{name: out, kafka: {{brokers: \"{}\", prefix: \"{}\"}}}}]\n\
             http: {{listen: \"127.0.0.1:{}\"}}\n{more}",
            self.clock,
            self.state().display(),
            self.topics.broker,
            names.join(", "),
            self.topics.broker,
            self.topics.prefix,
            self.http,
        );
        std::fs::write(self.config(), text).unwrap();
    }

    /// Changes the configuration.
    pub fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "the configuration has {from}");
        std::fs::write(self.config(), text.replace(from, to)).unwrap();
    }

    /// Sends events to the topics of their streams.
    pub fn send(&self, events: &[GeneratedEvent]) {
        for event in events {
            self.topics.send(event.stream.as_str(), &[], &event.to_json_line());
        }
        self.topics.flush();
    }

    /// A value of `/metrics`: `name{label="value"}`, or the sum over all labels of `name`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics")?;
        let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let values: Vec<f64> =
            text.lines().filter(is_it).map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    pub fn is_ready(&self) -> bool {
        self.get("/health/ready").is_some_and(|(status, _)| status == 200)
    }

    /// Why the process says that it cannot be asked.
    pub fn unready_reason(&self) -> Option<String> {
        self.get("/health/ready").filter(|(status, _)| *status == 503).map(|(_, reason)| reason)
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("landfall.yaml")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).arg("--config").arg(self.config());
        command
    }

    /// Starts the process; `failpoint` is where it dies by itself.
    pub fn start(&self, workers: usize, failpoint: Option<&str>) -> Process {
        let mut command = self.command(&["run"]);
        command.args(["--workers", &workers.to_string()]);
        if let Some(failpoint) = failpoint {
            command.env("LANDFALL_FAILPOINT", failpoint);
        }
        Process::start(command)
    }

    /// Starts one process of several.
    pub fn start_among(&self, hosts: &str, process: usize, more: &[&str]) -> Process {
        let mut command = self.command(&["run", "--set", "engine.workers=1", "--hosts", hosts]);
        command.args(["--process", &process.to_string()]).args(more).stderr(Stdio::piped()).stdout(Stdio::null());
        Process::start(command)
    }

    /// One GET of the HTTP server: status and body.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    pub fn request(&self, request: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// Waits until the process has read everything that was sent, and what follows from it can be read.
    pub fn wait_until_done(&self, process: &mut Process) {
        self.topics.flush();
        let ends = self.ends();
        process.wait_for("everything to be written out", || {
            let progress = self.topics.table("progress").into_values().next();
            let Some(progress) = progress.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok()) else {
                return false;
            };
            ends.iter().all(|(partition, end)| progress["positions"][partition].as_u64() == Some(*end))
                && self.topics.are_settled()
        });
    }

    /// The end of every partition that has records.
    fn ends(&self) -> BTreeMap<String, u64> {
        let mut ends = BTreeMap::new();
        for stream in STREAMS {
            for record in self.topics.read(stream) {
                let end = ends.entry(format!("{}/{}", self.topics.name(stream), record.partition)).or_insert(0);
                *end = record.offset.max(*end - u64::from(*end > 0)) + 1;
            }
        }
        ends
    }

    /// What the views are for all records that the topics hold, computed at once.
    pub fn expected(&self) -> Tables {
        let mut arrivals = Vec::new();
        for stream in STREAMS {
            let origin = Origin::named(&self.topics.name(stream));
            for record in self.topics.read(stream) {
                let place = RecordId { origin, partition: record.partition, offset: record.offset };
                let outcome = json::decode(record.value.as_deref().unwrap_or_default());
                arrivals.push(Arrival { record: place, outcome });
            }
        }
        let mut engine = Engine::start(1, Settings::default()).unwrap();
        let mut closed = engine.tick(self.clock, arrivals).unwrap();
        closed.extend(engine.finish().unwrap());
        let mut tables = Tables::default();
        closed.into_iter().flat_map(|tick| tick.changes).for_each(|changes| tables.apply(changes));
        tables
    }

    /// Checks that every view's topic holds what it should, and that no tick changes a key twice.
    pub fn check_topics(&self) {
        assert_holds(&self.topics, &self.expected());
        let changes = self.changes();
        let twice: Vec<&Change> =
            changes.iter().filter(|(_, values)| values.len() > 1).map(|(change, _)| change).collect();
        assert!(twice.is_empty(), "one tick changes a key twice: {twice:?}");
    }

    /// The same where a broker may have lost what it had confirmed: what is written again may be there twice, but it is the same.
    pub fn check_topics_that_were_mended(&self) {
        assert_holds(&self.topics, &self.expected());
        for (change, values) in self.changes() {
            assert!(
                values.iter().all(|value| *value == values[0]),
                "one tick says two things of a key: {change:?} {values:?}"
            );
        }
    }

    /// The values that each change has in the topics of views.
    fn changes(&self) -> BTreeMap<Change, Vec<Option<Vec<u8>>>> {
        let mut changes = BTreeMap::<Change, Vec<_>>::new();
        for view in View::ALL {
            for record in self.topics.read(view.as_str()) {
                let key = String::from_utf8(record.key).unwrap();
                changes
                    .entry((view.as_str(), record.headers["landfall.tick"].clone(), key))
                    .or_default()
                    .push(record.value);
            }
        }
        changes
    }
}

/// What a tick does to a row: its view, the tick and its key.
type Change = (&'static str, String, String);

/// Checks that every view's topic holds these rows and no others.
pub fn assert_holds(topics: &Topics, expected: &Tables) {
    let mut comparison = Comparison { topics, differences: Vec::new() };
    expected.visit(&mut comparison).unwrap();
    let differences = comparison.differences;
    let first = &differences[..differences.len().min(20)];
    assert!(differences.is_empty(), "{} differences, the first of them:\n{}", differences.len(), first.join("\n"));
}

struct Comparison<'a> {
    topics: &'a Topics,
    differences: Vec<String>,
}

impl TableVisitor for Comparison<'_> {
    type Error = std::convert::Infallible;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Self::Error> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let expected: BTreeMap<String, String> = rows
            .values()
            .map(|row| {
                let cells = row.cells();
                let keys = R::KEY.len();
                (text(json_object(&R::COLUMNS[..keys], &cells[..keys])), text(json_object(R::COLUMNS, &cells)))
            })
            .collect();
        let found = self.topics.table(view.as_str());
        for (key, row) in expected.iter().filter(|(key, row)| found.get(*key) != Some(row)) {
            let found = found.get(key).map_or("nothing", String::as_str);
            self.differences.push(format!("{}: {key}\n  found    {found}\n  expected {row}", view.as_str()));
        }
        let more = found.keys().filter(|key| !expected.contains_key(*key));
        self.differences.extend(more.map(|key| format!("{}: {key} should not be there", view.as_str())));
        Ok(())
    }
}

impl Process {
    pub fn start(mut command: Command) -> Process {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
        let reader = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Process { child, log, reader: Some(reader) }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The log, which grows.
    pub fn kept_log(&self) -> Arc<Mutex<String>> {
        Arc::clone(&self.log)
    }

    /// Waits until something is so; stops the test when the process ends or it takes too long.
    pub fn wait_for(&mut self, what: &str, mut is_so: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !is_so() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the process ended ({ended:?}) while waiting for {what}:\n{}", self.log());
            assert!(Instant::now() < deadline, "waited too long for {what}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits for at most so long for its end.
    pub fn ended_within(&mut self, at_most: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + at_most;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Its last words are in the log then.
                if let Some(reader) = self.reader.take() {
                    reader.join().unwrap();
                }
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub fn terminate(mut self) -> (ExitStatus, String) {
        self.signal("-TERM");
        let status = self.ended_within(Duration::from_secs(60));
        let log = self.log();
        (status.unwrap_or_else(|| panic!("it does not end:\n{log}")), log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The files in a folder of the state, in their order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).map(|found| found.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default();
    files.sort();
    files
}
