//! A server in this process, the ticks it serves, and a client that says exactly what it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use landfall_benches::generator::{Config, generate};
use landfall_engine::{Arrival, ClosedTick, Engine, Keeps};
use landfall_operators::rows::{Changes, Tables, View, ViewRow};
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::{Origin, RecordId, Timestamp};
use landfall_serve::{Server, ServerInfo, Settings};
use landfall_snapshot::{Store, Window};
use serde_json::Value;
use tokio::runtime::Runtime;

/// An engine that is fed tick by tick.
pub struct Feed {
    engine: Engine,
    waiting: std::vec::IntoIter<Arrival>,
    pub clock: Timestamp,
}

impl Feed {
    /// Generated records, in their order.
    pub fn new(config: &Config) -> Feed {
        let origin = Origin::named("generated");
        let arrivals: Vec<Arrival> = generate(config)
            .zip(1..)
            .map(|(generated, offset)| Arrival {
                record: RecordId { origin, partition: 0, offset },
                outcome: generated.outcome(),
            })
            .collect();
        let keeps = Keeps { documents: true, ..Keeps::default() };
        let engine = Engine::start_keeping(1, ViewSettings::default(), keeps).unwrap();
        Feed { engine, waiting: arrivals.into_iter(), clock: config.as_of() }
    }

    /// One tick of so many records, closed.
    pub fn tick(&mut self, records: usize) -> Vec<Arc<ClosedTick>> {
        let arrivals: Vec<Arrival> = self.waiting.by_ref().take(records).collect();
        let mut closed = self.engine.tick(self.clock, arrivals).unwrap();
        closed.extend(self.engine.settle().unwrap());
        closed.into_iter().map(Arc::new).collect()
    }

    pub fn left(&self) -> usize {
        self.waiting.len()
    }
}

macro_rules! taken_in {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// Applies what a tick changed to tables, by other code than the server's.
        pub fn take_in(tables: &mut Tables, closed: &ClosedTick) {
            for changes in &closed.changes {
                match changes { $(Changes::$variant(rows) => {
                    for row in rows.iter().filter_map(|change| change.before.as_ref()) {
                        assert_eq!(tables.$field.remove(&row.key()).as_ref(), Some(row), "it was there before");
                    }
                    for row in rows.iter().filter_map(|change| change.after.as_ref()) {
                        let known = tables.$field.insert(row.key(), row.clone());
                        assert_eq!(known, None, "two rows with one key");
                    }
                })* }
            }
        }
    };
}

landfall_operators::for_each_view!(taken_in);

/// A server with its store.
pub struct Served {
    pub store: Arc<Store>,
    pub address: SocketAddr,
    server: Option<Server>,
    runtime: Option<Runtime>,
}

impl Served {
    pub fn start(settings: Settings, window: Window) -> Served {
        Served::try_start(settings, window).unwrap()
    }

    pub fn try_start(settings: Settings, window: Window) -> Result<Served, landfall_serve::ServeError> {
        Served::try_serving(View::ALL, settings, window)
    }

    /// Of these views alone.
    pub fn try_serving(
        views: &[View],
        settings: Settings,
        window: Window,
    ) -> Result<Served, landfall_serve::ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let store = Arc::new(Store::new(views.to_vec(), window));
        let info = ServerInfo::new(&ViewSettings::default());
        let health = axum::routing::get(|| async { "live\n" });
        let pushed = axum::routing::post(|body: String| async move { body.len().to_string() });
        let extra = axum::Router::new().route("/health/live", health).route("/ingest/orders", pushed);
        let server = runtime.block_on(Server::start(settings, Arc::clone(&store), info, extra))?;
        let address = server.address();
        Ok(Served { store, address, server: Some(server), runtime: Some(runtime) })
    }

    /// On any port of this machine.
    pub fn local() -> Served {
        Served::start(local_settings(), Window::default())
    }

    /// With the ticks of a small hostile business, and the tables after the last.
    pub fn with_business(shipments: u64, records_per_tick: usize) -> (Served, Tables) {
        let served = Served::local();
        let mut feed = Feed::new(&Config::for_tests(7, shipments));
        let mut tables = Tables::default();
        while feed.left() > 0 {
            for closed in feed.tick(records_per_tick) {
                take_in(&mut tables, &closed);
                served.store.publish(closed);
            }
        }
        (served, tables)
    }

    pub fn get(&self, path: &str) -> Answer {
        get(self.address, path, &[])
    }

    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub fn stop(mut self) {
        let runtime = self.runtime.take().unwrap();
        runtime.block_on(self.server.take().unwrap().stop());
        runtime.shutdown_timeout(Duration::from_secs(1));
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn local_settings() -> Settings {
    Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The detail of a problem, which every error has.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        }
        problem["detail"].as_str().unwrap().to_owned()
    }
}

pub fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    request(address, "GET", path, headers, b"")
}

pub fn request(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    raw(address, &[head.as_bytes(), body].concat())
}

/// Sends bytes as they are and reads the answer.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(bytes).ok();
    read_answer(&mut BufReader::new(stream))
}

pub fn read_head(reader: &mut impl BufRead) -> Answer {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Answer { status, headers, body: Vec::new() }
}

fn read_answer(reader: &mut impl BufRead) -> Answer {
    let mut answer = read_head(reader);
    if answer.headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        while let Some(chunk) = read_chunk(reader) {
            answer.body.extend(chunk);
        }
    } else {
        let length = answer.headers.get("content-length").and_then(|length| length.parse::<u64>().ok());
        match length {
            Some(length) => drop(reader.take(length).read_to_end(&mut answer.body)),
            None => drop(reader.read_to_end(&mut answer.body)),
        }
    }
    answer
}

pub fn read_chunk(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok().filter(|length| *length > 0)?;
    let mut chunk = vec![0; length + 2];
    reader.read_exact(&mut chunk).ok()?;
    chunk.truncate(length);
    Some(chunk)
}

/// An event of a subscription.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<u64>,
    pub data: Value,
}

/// A subscription that is read.
pub struct Subscription {
    reader: BufReader<TcpStream>,
    text: String,
}

impl Subscription {
    pub fn open(address: SocketAddr, path: &str, last_seen: Option<u64>) -> Result<Subscription, Answer> {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let seen = last_seen.map(|tick| format!("Last-Event-ID: {tick}\r\n")).unwrap_or_default();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{seen}\r\n").unwrap();
        let mut reader = BufReader::new(stream);
        let mut head = read_head(&mut reader);
        if head.status != 200 {
            let length = head.headers["content-length"].parse().unwrap();
            head.body = vec![0; length];
            reader.read_exact(&mut head.body).unwrap();
            return Err(head);
        }
        assert_eq!(head.headers["content-type"], "text/event-stream");
        Ok(Subscription { reader, text: String::new() })
    }

    /// The next event; none when the server has ended it.
    pub fn next(&mut self) -> Option<Event> {
        while !self.text.contains("\n\n") {
            let chunk = read_chunk(&mut self.reader)?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        let (event, rest) = self.text.split_once("\n\n").unwrap();
        let field =
            |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        let event = Event {
            name: field("event:").unwrap(),
            id: field("id:").map(|id| id.parse().unwrap()),
            data: serde_json::from_str(&field("data:").unwrap()).unwrap(),
        };
        self.text = rest.to_owned();
        Some(event)
    }
}
