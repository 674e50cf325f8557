//! The process that is measured.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use landfall_schemas::Timestamp;
use tempfile::TempDir;

use super::topics::{STREAMS, Topics};

#[derive(Clone, Copy)]
pub struct Options<'a> {
    pub workers: u64,
    /// Views that are kept for readers, in YAML: a million shipments with all of them do not fit into 24 GB.
    pub served: &'a str,
    pub as_of: Timestamp,
    pub sinks: bool,
    /// The state is on the disk of the temporary folder, with a checkpoint every ten seconds; otherwise in memory, with none
    /// but the last.
    pub durable: bool,
}

pub struct Running {
    child: Child,
    state: TempDir,
    port: u16,
    /// Of the topics of the sink.
    pub prefix: String,
}

fn ticks_to_seconds(fields: &str) -> f64 {
    // proc(5): fields 14 and 15 are user and system time in ticks of 1/100 s; counted here after the command's name.
    let after = fields.rsplit(") ").next().unwrap_or_default();
    let mut times = after.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap_or(0.0));
    (times.next().unwrap_or(0.0) + times.next().unwrap_or(0.0)) / 100.0
}

/// Processor time of the calling thread.
pub fn thread_cpu_seconds() -> f64 {
    ticks_to_seconds(&std::fs::read_to_string("/proc/thread-self/stat").unwrap())
}

impl Running {
    pub fn start(topics: &Topics, options: &Options<'_>) -> Running {
        let folder = if options.durable { std::env::temp_dir() } else { "/dev/shm".into() };
        Running::start_on(topics, options, TempDir::new_in(folder).unwrap())
    }

    pub fn start_on(topics: &Topics, options: &Options<'_>, state: TempDir) -> Running {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let names = STREAMS.map(|stream| topics.name(stream)).join(", ");
        let (brokers, prefix) = (&topics.brokers, fresh(topics));
        let sinks = match options.sinks {
            true => format!("sinks: [{{name: out, kafka: {{brokers: \"{brokers}\", prefix: \"{prefix}\"}}}}]\n"),
            false => String::new(),
        };
        let interval = if options.durable { 10 } else { 86_400 };
        let text = format!(
            "clock: {{fixed: \"{}\"}}\nengine: {{workers: {}}}\n\
             state: {{url: \"file://{}/state\", checkpoint_interval_seconds: {interval}}}\n\
             sources: [{{name: all, kafka: {{brokers: \"{brokers}\", topics: [{names}]}}}}]\n\
             served_views: {}\n{sinks}http: {{listen: \"127.0.0.1:{port}\"}}\nlog: {{level: warn}}\n",
            options.as_of,
            options.workers,
            state.path().display(),
            options.served,
        );
        let config = state.path().join("landfall.yaml");
        std::fs::write(&config, text).unwrap();
        let binary = std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().join("landfall");
        let child = Command::new(binary).args(["run", "--config"]).arg(config).stdout(Stdio::null()).spawn().unwrap();
        Running { child, state, port, prefix }
    }

    fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// A metric, summed over its labels.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics")?;
        let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let values: Vec<f64> =
            text.lines().filter(is_it).filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    pub fn until_ready(&self) {
        while self.get("/health/ready").is_none_or(|(status, _)| status != 200) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Processor time so far.
    pub fn cpu_seconds(&self) -> f64 {
        ticks_to_seconds(&std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap())
    }

    /// Waits until so many records are in closed ticks, written out by all sinks; the time and processor time since the first
    /// were read.
    pub fn until_done(&self, records: u64) -> (f64, f64) {
        let mut started: Option<(Instant, f64, f64)> = None;
        loop {
            let read = self.metric("landfall_records_total").unwrap_or(0.0);
            if read > 0.0 {
                let (from, cpu, first) = *started.get_or_insert_with(|| (Instant::now(), self.cpu_seconds(), read));
                let tick = self.metric("landfall_tick_number");
                let written = self.metric("landfall_sink_tick_number");
                let is_ready = self.get("/health/ready").is_some_and(|(status, _)| status == 200);
                if read >= records as f64 && is_ready && (written.is_none() || written >= tick) {
                    // What was read before the first look is not in the time, so it must not count.
                    let share = records as f64 / (records as f64 - first);
                    return (from.elapsed().as_secs_f64() * share, (self.cpu_seconds() - cpu) * share);
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it in order; its state.
    pub fn end(mut self) -> TempDir {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap();
        self.state
    }
}

/// A prefix of output topics that nobody has used.
fn fresh(topics: &Topics) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{}out-{}.", topics.prefix, since.as_millis())
}
