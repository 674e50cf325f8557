//! How fast both servers answer over a million charges while events come in at half of the rate that the engine takes at
//! most, and what readers cost the ingest: `cargo run --release -p landfall --example serve_load -- [CHARGES] [SHIPMENTS]
//! [SECONDS]`. Needs `psql`. Every phase prints the time of a tick, from its events to its being published.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, Payload, generate};
use landfall_engine::{Arrival, Engine, Keeps};
use landfall_operators::change::Change;
use landfall_operators::rows::{Changes, ChargeStatus, FreightChargeRow, View};
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::event::Component;
use landfall_schemas::{Currency, Date, Money, Origin, RecordId, Text, Timestamp};
use landfall_serve::{Server, ServerInfo, Settings};
use landfall_snapshot::{Store, Window};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TICK: Duration = Duration::from_millis(100);
const SUBSCRIBERS: usize = 200;
const SCAN: &str = "SELECT count(*), sum(amount), max(invoice_no || shipment_id) FROM freight_charges";
const QUERIES: [(&str, &str); 2] = [
    ("point lookup", "/api/v1/views/freight_charges/CARR7/INV-0000122/2"),
    (
        "first page, filtered and sorted",
        "/api/v1/views/freight_charges?filter=status:eq:over_tolerance&sort=-amount,issued_on",
    ),
];

/// The engine, and events for it.
struct Ingest {
    engine: Engine,
    arrivals: std::vec::IntoIter<Arrival>,
    clock: Timestamp,
    store: Arc<Store>,
}

impl Ingest {
    fn new(shipments: u64, store: Arc<Store>) -> Ingest {
        let config = Config { shipments, ..Config::default() };
        let origin = Origin::named("generated");
        let arrival = |(generated, offset): (landfall_benches::generator::GeneratedEvent, u64)| match generated.payload
        {
            Payload::Event(event) => {
                Some(Arrival { record: RecordId { origin, partition: 0, offset }, outcome: Ok(event) })
            }
            Payload::Bad { .. } => None,
        };
        let arrivals: Vec<Arrival> = generate(&config).zip(1..).filter_map(arrival).collect();
        let keeps = Keeps { documents: true, ..Keeps::default() };
        let engine = Engine::start_keeping(1, ViewSettings::default(), keeps).expect("a worker can be started");
        Ingest { engine, arrivals: arrivals.into_iter(), clock: config.when_all_count(), store }
    }

    /// One tick, published, with more changes than its events make.
    fn tick(&mut self, events: usize, more: Option<Changes>) -> Duration {
        let arrivals = self.arrivals.by_ref().take(events).collect();
        let begun = Instant::now();
        let mut closed = self.engine.tick(self.clock, arrivals).expect("no worker stops");
        closed.extend(self.engine.settle().expect("no worker stops"));
        if let (Some(first), Some(more)) = (closed.first_mut(), more) {
            first.changes.push(more);
        }
        closed.into_iter().for_each(|tick| self.store.publish(Arc::new(tick)));
        begun.elapsed()
    }

    /// Ticks at a rate for a while; returns what they took.
    fn run(&mut self, name: &str, events_per_tick: usize, lasts: Duration) {
        let (mut took, begun, cpu) = (Vec::new(), Instant::now(), cpu_ms());
        while begun.elapsed() < lasts && self.arrivals.len() > events_per_tick {
            let next = Instant::now() + TICK;
            took.push(self.tick(events_per_tick, None));
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        println!(
            "{name}: a tick {}; {} ms of processor time a second",
            shown(took),
            (cpu_ms() - cpu) / lasts.as_secs()
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let mut argument = |default| arguments.next().unwrap_or(default);
    let (charges, shipments, lasts) = (argument(1_000_000), argument(80_000), Duration::from_secs(argument(15)));
    let store = Arc::new(Store::new(View::ALL.to_vec(), Window::default()));
    let mut ingest = Ingest::new(shipments, Arc::clone(&store));
    let rows = (0..charges).map(|number| Change::came(charge(number).into())).collect();
    ingest.tick(0, Some(Changes::FreightCharges(rows)));
    let (begun, left) = (Instant::now(), ingest.arrivals.len());
    while ingest.arrivals.len() > left * 9 / 10 {
        ingest.tick(2_000, None);
    }
    let rate = (left - ingest.arrivals.len()) as u128 * 1_000 / begun.elapsed().as_millis().max(1);
    let half = usize::try_from(rate / 20).expect("a rate is small");
    println!("at most {rate} events a second; from here on {} in ticks of {half}", half * 10);

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started");
    let settings = Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() };
    let info = ServerInfo::new(&ViewSettings::default());
    let server = runtime.block_on(Server::start(settings, Arc::clone(&store), info, axum::Router::new()));
    let server = server.expect("a port is free");
    let http = server.address();
    let settings = landfall_sql::Settings { listen: "127.0.0.1:0".to_owned(), ..landfall_sql::Settings::default() };
    let sql = landfall_sql::Server::start(settings, store, runtime.handle()).expect("a port is free");

    let sql_address = sql.address();
    ingest.run("nobody reads", half, lasts);
    for (name, path) in QUERIES {
        while_reading(|stop| ask(http, name, path, stop), || ingest.run("  meanwhile", half, lasts));
    }
    while_reading(|stop| subscribe(http, stop), || ingest.run("200 subscribers", half, lasts));
    while_reading(
        |stop| scan(sql_address, stop),
        || ingest.run("a SELECT over everything, again and again", half, lasts),
    );
    ingest.run("nobody reads", half, lasts);
    runtime.block_on(server.stop());
}

/// Runs a reader beside the ingest, and stops it with it.
fn while_reading(reader: impl FnOnce(&AtomicBool) + Send, ingest: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| reader(&stop));
        ingest();
        stop.store(true, Ordering::Relaxed);
    });
}

/// Asks over one connection until told to stop, a hundred times a second at most: a reader, not a flood.
fn ask(address: SocketAddr, name: &str, path: &str, stop: &AtomicBool) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("a socket has this option");
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
        read_answer(&mut stream);
        took.push(begun.elapsed());
        thread::sleep(Duration::from_millis(10).saturating_sub(begun.elapsed()));
    }
    println!("{name}: {}", shown(took));
}

fn read_answer(stream: &mut TcpStream) {
    let (mut answer, mut piece) = (Vec::new(), [0; 65_536]);
    loop {
        let length = stream.read(&mut piece).expect("the server answers");
        answer.extend_from_slice(&piece[..length]);
        let Some(head) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
        assert!(text.starts_with("http/1.1 200"), "{text}");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.and_then(|length| length.parse().ok()).expect("answers have a length");
        if answer.len() >= head + 4 + length {
            return;
        }
    }
}

/// Subscriptions to the exceptions, which change with nearly every tick.
fn subscribe(address: SocketAddr, stop: &AtomicBool) {
    let heard = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..SUBSCRIBERS {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(address).expect("the server listens");
                stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a socket has this option");
                let path = "/api/v1/views/exceptions/changes?filter=severity:eq:high";
                write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
                let mut piece = [0; 65_536];
                while !stop.load(Ordering::Relaxed) {
                    heard.fetch_add(stream.read(&mut piece).unwrap_or(0) as u64, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{SUBSCRIBERS} subscribers heard {} MiB", heard.load(Ordering::Relaxed) >> 20);
}

/// Asks for everything again and again, by `psql`.
fn scan(address: SocketAddr, stop: &AtomicBool) {
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let mut psql = Command::new("psql");
        psql.args([
            "-X",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            &address.port().to_string(),
            "-U",
            "analyst",
            "-d",
            "landfall",
        ]);
        let status = psql.args(["-c", SCAN]).stdout(Stdio::null()).status().expect("psql is installed");
        assert!(status.success());
        took.push(begun.elapsed());
    }
    println!("{SCAN}: {}", shown(took));
}

fn shown(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |percent: usize| took.get(took.len().saturating_sub(1) * percent / 100).map_or(0, Duration::as_micros);
    format!("p50 {} µs, p99 {} µs, {} times", at(50), at(99), took.len())
}

fn charge(number: u64) -> FreightChargeRow {
    let minor = i128::from(number.wrapping_mul(2_654_435_761) % 1_000_000);
    let money = |minor| Money::new(minor, Currency::EUR);
    FreightChargeRow {
        issuer: Text::from(format!("CARR{}", number % 40)),
        invoice_no: Text::from(format!("INV-{:07}", number / 3)),
        line_no: (number % 3) as u32 + 1,
        partner_code: Text::from("BAF-X"),
        code: Text::from("FRT"),
        component: Component::Freight,
        amount: money(minor),
        currency: Currency::EUR,
        issued_on: Date(20_000 + (number % 365) as i32),
        status: ChargeStatus::ALL[(number.wrapping_mul(40_503) % 12) as usize],
        shipment_id: Text::from(format!("SHP-{:08}", number / 4)),
        shipments: 1,
        expected_amount: Some(money(minor - 5)),
        billed_amount: Some(money(minor)),
        variance_amount: Some(money(minor % 977)),
        expected_currency: Some(Currency::EUR),
        base_amount: Some(money(minor)),
    }
}

fn cpu_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}
