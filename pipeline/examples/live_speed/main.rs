//! How fast `landfall run` is beside a real broker, and how fast a bare consumer of the same topics.
//!
//! ```sh
//! scripts/kafka.sh start
//! cargo build --release -p landfall --example live_speed --bin landfall
//! target/release/examples/live_speed 127.0.0.1:19092 throughput 20000   # also: latency, poison, restart
//! ```
//!
//! The number is that of shipments (15 events each), then that of workers. Last, for `latency`, its load in percent of what is
//! read at most (50), or in events a second (`5000/s`), and for how many seconds (30), or for `restart`, what is served, as in a configuration (`all`, or `[]`).
//! Every measurement has topics and a state of its own. Times by the clock and processor time are both told: on a busy machine
//! only the latter can be compared.

#![allow(clippy::unwrap_used, reason = "a measurement stops at what it did not expect")]
#![allow(clippy::float_arithmetic, reason = "times and rates, never money")]

mod ceiling;
mod process;
mod topics;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, Faults, generate};

use process::{Options, Running};
use topics::Topics;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [brokers, what, rest @ ..] = arguments.as_slice() else {
        eprintln!(
            "usage: live_speed HOST:PORT throughput|latency|poison|restart [SHIPMENTS] [WORKERS] [PERCENT|RATE/s [SECONDS] | VIEWS]"
        );
        std::process::exit(2);
    };
    let number = |index: usize, default: u64| rest.get(index).map_or(default, |text| text.parse().unwrap());
    let config = Config { shipments: number(0, 20_000), ..Config::default() };
    let workers = number(1, 1);
    match what.as_str() {
        "throughput" => throughput(brokers, &config, workers),
        "latency" => latency(brokers, &config, workers, rest.get(2).map_or("50", String::as_str), number(3, 30)),
        "poison" => poison(brokers, &config, workers),
        "restart" => restart(brokers, &config, workers, rest.get(2).map_or("all", String::as_str)),
        other => panic!("there is no measurement {other}"),
    }
}

/// What reading everything took.
struct Rate {
    name: &'static str,
    records: u64,
    seconds: f64,
    cpu_seconds: f64,
}

impl Rate {
    fn print(&self) {
        println!(
            "{:<34} {:>9} records  {:>7.2} s  {:>9.0} records/s  {:>7.2} s of processor time  {:>9.0} records/s of it",
            self.name,
            self.records,
            self.seconds,
            self.records as f64 / self.seconds,
            self.cpu_seconds,
            self.records as f64 / self.cpu_seconds
        );
    }
}

/// Runs until everything that is there has been read and written out.
fn read_all(name: &'static str, topics: &Topics, options: &Options<'_>) -> Rate {
    let running = Running::start(topics, options);
    let (seconds, cpu_seconds) = running.until_done(topics.records);
    if let Some(rows) = running.metric("landfall_sink_rows_total").filter(|rows| *rows > 0.0) {
        println!("{rows} rows were written");
    }
    if let Some(ticks) = running.metric("landfall_tick_number") {
        println!("in {ticks} ticks");
    }
    running.end();
    Rate { name, records: topics.records, seconds, cpu_seconds }
}

fn throughput(brokers: &str, config: &Config, workers: u64) {
    let topics = Topics::filled(brokers, config);
    let base = Options { workers, served: "all", as_of: config.when_all_count(), sinks: false, durable: true };
    ceiling::bare(&topics).print();
    // In turns, for what comes first pays for more.
    let in_memory = Options { durable: false, ..base };
    for _ in 0..2 {
        read_all("views, state in memory", &topics, &in_memory).print();
        read_all("views", &topics, &base).print();
    }
    read_all("views and sinks", &topics, &Options { sinks: true, ..base }).print();
    ceiling::bare(&topics).print();
}

fn poison(brokers: &str, config: &Config, workers: u64) {
    let options = Options { workers, served: "all", as_of: config.when_all_count(), sinks: true, durable: true };
    let good = Topics::filled(brokers, config);
    let bad = Config { faults: Faults { bad_pct: 10.0, ..config.faults }, ..config.clone() };
    let bad = Topics::filled(brokers, &bad);
    read_all("views and sinks", &good, &options).print();
    read_all("views and sinks, 10 % poison", &bad, &options).print();
    read_all("views and sinks", &good, &options).print();
}

fn restart(brokers: &str, config: &Config, workers: u64, served: &str) {
    let topics = Topics::filled(brokers, config);
    let options = Options { workers, served, as_of: config.when_all_count(), sinks: false, durable: true };
    let running = Running::start(&topics, &options);
    running.until_done(topics.records);
    let state = running.end();
    let started = Instant::now();
    let again = Running::start_on(&topics, &options, state);
    again.until_ready();
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), again.cpu_seconds());
    let megabytes = again.metric("landfall_resident_memory_bytes").unwrap_or(0.0) / 1e6;
    println!(
        "ready again after {seconds:.1} s, {cpu:.1} s of processor time, {megabytes:.0} MB: {} shipments",
        config.shipments
    );
    again.end();
}

/// A part of what is read at most, offered for a while; from the sending of each event to where everything that follows from it
/// can be read in the topics of the sink: to the progress record that is written with it.
fn latency(brokers: &str, config: &Config, workers: u64, load: &str, seconds: u64) {
    let options = Options { workers, served: "all", as_of: config.when_all_count(), sinks: true, durable: true };
    let rate = match load.strip_suffix("/s") {
        Some(rate) => rate.parse().unwrap(),
        None => {
            let first = Topics::filled(brokers, config);
            let most = read_all("views and sinks", &first, &options);
            most.print();
            most.records as f64 / most.seconds * load.parse::<f64>().unwrap() / 100.0
        }
    };
    let topics = Topics::empty(brokers);
    let running = Running::start(&topics, &options);
    running.until_ready();
    let offered = seconds as f64 * rate;
    let shipments = (offered / 15.0) as u64;
    let lines: Vec<(&str, Vec<u8>)> = generate(&Config { shipments, ..config.clone() })
        .map(|event| (event.stream.as_str(), event.to_json_line()))
        .collect();
    let seen = topics.watch(&running.prefix);
    let mut sent: HashMap<String, Vec<Instant>> = HashMap::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let (started, cpu) = (Instant::now(), running.cpu_seconds());
    for (count, (stream, line)) in lines.iter().enumerate() {
        let due = Duration::from_secs_f64(count as f64 / rate);
        if let Some(early) = due.checked_sub(started.elapsed()) {
            std::thread::sleep(early);
        }
        let number = counts.entry(stream).or_default();
        sent.entry(topics.send_numbered(stream, *number, line)).or_default().push(Instant::now());
        *number += 1;
    }
    topics.flush();
    let cores = (running.cpu_seconds() - cpu) / started.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_secs(5));
    let mut latencies: Vec<f64> = Vec::new();
    let mut written: HashMap<String, usize> = HashMap::new();
    let (mut last, mut pauses) = (None, Vec::new());
    for (at, progress) in seen.finish() {
        // While nothing was sent yet, nothing new was to be seen.
        pauses.extend(last.replace(at).filter(|last| *last >= started).map(|last: Instant| at - last));
        for (partition, offset) in progress.positions {
            let Some(sent) = sent.get(&partition) else { continue };
            let from = written.insert(partition, offset as usize).unwrap_or(0);
            latencies.extend(sent[from..offset as usize].iter().map(|sent| (at - *sent).as_secs_f64() * 1e3));
        }
    }
    latencies.sort_by(f64::total_cmp);
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    println!(
        "offered {rate:.0} events/s for {seconds} s: from sending to reading, {} of {} events: p50 {:.0} ms, p90 {:.0} ms, p99 \
         {:.0} ms, most {:.0} ms; never more than {:.0} ms without something new, {} times more than 500 ms; \
         {cores:.2} cores",
        latencies.len(),
        lines.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0),
        pauses.iter().max().map_or(0.0, |pause| pause.as_secs_f64() * 1e3),
        pauses.iter().filter(|pause| **pause > Duration::from_millis(500)).count()
    );
    running.end();
}
