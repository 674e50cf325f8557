//! How fast the HTTP server answers over a million charges, and what a row and a document cost in memory.
//!
//! `cargo run --release -p landfall-serve --example serve_speed [ROWS] [SHIPMENTS]`

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, Payload, generate};
use landfall_engine::ClosedTick;
use landfall_operators::change::Change;
use landfall_operators::document::{AnyDoc, Provenance};
use landfall_operators::rows::{Changes, ChargeStatus, FreightChargeRow, View};
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::event::{Body, Component};
use landfall_schemas::{Currency, Date, Money, Origin, RecordId, Text, Timestamp};
use landfall_serve::{Server, ServerInfo, Settings};
use landfall_snapshot::{Store, Window};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ASKED: usize = 300;
const SUBSCRIBERS: usize = 200;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().expect("a number"));
    let (rows, shipments) = (arguments.next().unwrap_or(1_000_000), arguments.next().unwrap_or(50_000));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started");
    let store = Arc::new(Store::new(View::ALL.to_vec(), Window::default()));
    let before = resident_bytes();
    let charges = (0..rows).map(|number| Change::came(charge(number, 0).into())).collect();
    store.publish(Arc::new(tick(1, vec![Changes::FreightCharges(charges)], Vec::new())));
    report_bytes("a row of freight_charges, with its key", before, rows);
    let documents = documents(shipments);
    let (before, count) = (resident_bytes(), documents.len() as u64);
    store.publish(Arc::new(tick(2, Vec::new(), documents.clone())));
    report_bytes("a document in force, beyond the document itself", before, count);
    println!("{} mentions of {count} documents of {shipments} shipments", store.current().documents.mentions_len());
    let settings = Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() };
    let info = ServerInfo::new(&ViewSettings::default());
    let started = Server::start(settings, Arc::clone(&store), info, axum::Router::new());
    let server = runtime.block_on(started).expect("a port is free");
    let address = server.address();
    let queries = [
        ("point lookup", "/api/v1/views/freight_charges/CARR7/INV-0000122/2"),
        ("first page by key", "/api/v1/views/freight_charges?limit=100"),
        (
            "key prefix",
            "/api/v1/views/freight_charges?filter=issuer:eq:CARR7&filter=invoice_no:prefix:INV-00001&limit=100",
        ),
        (
            "filtered, sorted first page",
            "/api/v1/views/freight_charges?filter=status:eq:over_tolerance&sort=-amount,issued_on",
        ),
        ("sorted first page of all", "/api/v1/views/freight_charges?sort=-variance_amount&limit=100"),
        ("groups of all", "/api/v1/views/freight_charges/groups?by=status&sum=base_amount"),
    ];
    for (name, path) in queries {
        measure(name, address, path);
    }
    subscriptions(&store, address, rows);
    runtime.block_on(server.stop());
}

fn charge(number: u64, version: i128) -> FreightChargeRow {
    let minor = i128::from(number.wrapping_mul(2_654_435_761) % 1_000_000) + version;
    let status = ChargeStatus::ALL[(number.wrapping_mul(40_503) % 12) as usize];
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
        status,
        shipment_id: Text::from(format!("SHP-{:08}", number / 4)),
        shipments: 1,
        expected_amount: Some(money(minor - 5)),
        billed_amount: Some(money(minor)),
        variance_amount: Some(money(minor % 977)),
        expected_currency: Some(Currency::EUR),
        base_amount: Some(money(minor)),
    }
}

fn tick(tick: u64, changes: Vec<Changes>, documents: Vec<Change<AnyDoc>>) -> ClosedTick {
    ClosedTick { tick, clock: Timestamp(1_774_000_000_000), changes, documents, saved: None }
}

/// The newest of each document of a generated business.
fn documents(shipments: u64) -> Vec<Change<AnyDoc>> {
    let origin = Origin::named("generated");
    let config = Config { shipments, ..Config::default() };
    let mut newest = BTreeMap::new();
    for (generated, offset) in generate(&config).zip(0..) {
        let Payload::Event(event) = generated.payload else { continue };
        if let Body::Document(document) = event.body {
            let doc =
                AnyDoc::new(&Provenance::of(&event.envelope, RecordId { origin, partition: 0, offset }), document);
            newest.insert(doc.key(), doc);
        }
    }
    newest.into_values().map(Change::came).collect()
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4_096
}

fn report_bytes(what: &str, before: u64, count: u64) {
    println!("{what}: {} bytes", resident_bytes().saturating_sub(before) / count.max(1));
}

fn measure(name: &str, address: SocketAddr, path: &str) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nodelay(true).expect("a socket has this option");
    let mut times: Vec<Duration> = (0..ASKED)
        .map(|_| {
            let begun = Instant::now();
            write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
            read_answer(&mut stream);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |percent: usize| times[(ASKED - 1) * percent / 100].as_micros();
    println!("{name}: p50 {} µs, p99 {} µs", at(50), at(99));
}

fn read_answer(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    let mut piece = [0; 65_536];
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

/// Ticks of a hundred changed rows while many subscribe.
fn subscriptions(store: &Arc<Store>, address: SocketAddr, rows: u64) {
    let (heard, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| {
            let (heard, stop) = (Arc::clone(&heard), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(address).expect("the server listens");
                stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a socket has this option");
                let path = "/api/v1/views/freight_charges/changes?after=2";
                write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
                let mut piece = [0; 65_536];
                while !stop.load(Ordering::Relaxed) {
                    heard.fetch_add(stream.read(&mut piece).unwrap_or(0) as u64, Ordering::Relaxed);
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    let (cpu, begun) = (cpu_ms(), Instant::now());
    for number in 0..50 {
        let changed = (0..100).map(|place| (place * 997 + number) % rows);
        let changed = changed
            .map(|row| Change { before: Some(charge(row, 0).into()), after: Some(charge(row, 1).into()) })
            .collect();
        store.publish(Arc::new(tick(3 + number, vec![Changes::FreightCharges(changed)], Vec::new())));
        std::thread::sleep(Duration::from_millis(100));
    }
    let (cpu, elapsed) = (cpu_ms() - cpu, begun.elapsed().as_millis());
    stop.store(true, Ordering::Relaxed);
    readers.into_iter().for_each(|reader| drop(reader.join()));
    let heard_mib = heard.load(Ordering::Relaxed) >> 20;
    println!(
        "{SUBSCRIBERS} subscribers, 50 ticks of 100 changed rows in {elapsed} ms: {cpu} ms of CPU, readers included; {heard_mib} MiB sent"
    );
}

fn cpu_ms() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * 10
}
