//! `landfall demo`: an invented freight business in motion, with everything served. No Kafka, no files.
//!
//! The business begins in the past, so that there are views at once: its events up to now are the backlog. Then it goes
//! on at so many events a second. Its clock is that of its own events, which is the wall clock at first and then runs
//! ahead of it: otherwise hardly anything would be seen to happen.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use landfall_benches::generator::{Config, Faults, GeneratedEvent, generate};
use landfall_engine::{Arrival, ClosedTick, Engine, Keeps};
use landfall_operators::rows::View;
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::{Origin, RecordId, Stream, Timestamp};
use tokio::runtime::Runtime;

use super::args::RawDemo;
use super::error::{CliError, Exit, UsageError};
use super::figures::grouped;
use super::{in_range, print, values};
use crate::live::LiveError;
use landfall_serve::{Server, ServerInfo, Settings};
use landfall_snapshot::{Store, Window};

const TICK: Duration = Duration::from_millis(100);
const DAY_MS: i64 = 86_400_000;
/// How long the business has been going on: long enough for goods to arrive, be billed and be late.
const BACKLOG_DAYS: u64 = 75;
const BACKLOG_TICK_RECORDS: usize = 5_000;
const SHIPMENTS_MAX: u64 = 1_000_000;
const RATE_MAX: u64 = 100_000;
/// The business goes on for longer than anybody looks.
const GOES_ON_DAYS: u64 = 3_650;
/// Some records are broken, so that there is something in `data_errors`.
const BAD_PCT: f64 = 0.05;

/// Validated arguments of `demo`.
pub struct Demo {
    http: SocketAddr,
    sql: Option<SocketAddr>,
    events_per_second: u64,
    duration: Option<Duration>,
    config: Config,
    backlog_until: Timestamp,
}

impl Demo {
    /// Checks the arguments.
    ///
    /// # Errors
    /// What is wrong with the command line.
    pub fn validated(raw: RawDemo) -> Result<Demo, CliError> {
        let shipments = in_range("--shipments", raw.shipments, SHIPMENTS_MAX)?;
        let events_per_second = if raw.rate == 0 { 0 } else { in_range("--rate", raw.rate, RATE_MAX)? };
        let shipments_per_day = (shipments / BACKLOG_DAYS).max(1);
        let backlog_until = values::now();
        let backlog_days = i64::try_from(shipments.div_ceil(shipments_per_day)).unwrap_or(i64::MAX);
        let config = Config {
            shipments: shipments + shipments_per_day * GOES_ON_DAYS,
            seed: raw.seed,
            start: backlog_until.plus_ms(-backlog_days.saturating_mul(DAY_MS)),
            shipments_per_day,
            faults: Faults { bad_pct: BAD_PCT, ..Faults::default() },
            ..Config::default()
        };
        Ok(Demo {
            http: address("--http", &raw.http)?,
            sql: raw.sql.map(|text| address("--sql", &text)).transpose()?,
            events_per_second,
            duration: raw.duration.map(Duration::from_secs),
            config,
            backlog_until,
        })
    }

    /// Runs until somebody stops it, or its time is over.
    ///
    /// # Errors
    /// When an address cannot be listened on, or the engine stops.
    pub fn run(self) -> Result<Exit, CliError> {
        let runtime = Runtime::new().map_err(|reason| CliError::Runtime { reason })?;
        let stop = Arc::new(AtomicBool::new(false));
        runtime.spawn(stop_on_signal(Arc::clone(&stop)));
        let settings = ViewSettings::default();
        let store = Arc::new(Store::new(View::ALL.to_vec(), Window::default()));
        let shown = Arc::new(Shown::default());
        let http = Settings { listen: self.http.to_string(), ..Settings::default() };
        let info = shown.info(&settings);
        let server = runtime.block_on(Server::start(http, Arc::clone(&store), info, health(&shown)))?;
        let _sql = self.start_sql(&store, &runtime)?;
        let url = server.url();
        print(&format!("Landfall demo: {url}\n  reading the events of {BACKLOG_DAYS} days …\n"))?;
        let played = self.play(&settings, &store, &shown, &stop);
        runtime.block_on(server.stop());
        runtime.shutdown_timeout(Duration::from_secs(1));
        played.map(|()| Exit::Done)
    }

    /// The one place where the SQL server is started.
    fn start_sql(&self, store: &Arc<Store>, runtime: &Runtime) -> Result<Option<landfall_sql::Running>, CliError> {
        let Some(address) = self.sql else {
            return Ok(None);
        };
        let settings = landfall_sql::Settings { listen: address.to_string(), ..landfall_sql::Settings::default() };
        let running = landfall_sql::Server::start(settings, Arc::clone(store), runtime.handle());
        Ok(Some(running.map_err(|error| LiveError::Serve(error.to_string()))?))
    }

    fn play(&self, settings: &ViewSettings, store: &Store, shown: &Shown, stop: &AtomicBool) -> Result<(), CliError> {
        let keeps = Keeps { documents: true, ..Keeps::default() };
        let mut engine = Engine::start_keeping(1, settings.clone(), keeps)?;
        let mut records = Records { read: 0, offsets: [0; Stream::ALL.len()], clock: self.config.start };
        let mut events = generate(&self.config).peekable();
        let is_backlog = |event: &GeneratedEvent| event.arrived_at <= self.backlog_until;
        while events.peek().is_some_and(is_backlog) && !stop.load(Ordering::Acquire) {
            let arrivals = (0..BACKLOG_TICK_RECORDS).map_while(|_| events.next_if(is_backlog));
            let arrivals: Vec<Arrival> = arrivals.map(|event| records.arrival(event)).collect();
            publish(store, shown, engine.tick(records.clock, arrivals)?);
        }
        publish(store, shown, engine.settle()?);
        shown.ready.store(true, Ordering::Release);
        let (read, rate) = (grouped(records.read), grouped(self.events_per_second));
        print(&format!("  ready: {read} events read, {rate} a second follow; stop with Ctrl-C\n"))?;
        let begun = Instant::now();
        let mut played = 0;
        while !stop.load(Ordering::Acquire) && self.duration.is_none_or(|duration| begun.elapsed() < duration) {
            let due = u128::from(self.events_per_second) * begun.elapsed().as_millis() / 1_000;
            let due = usize::try_from(due.saturating_sub(played)).unwrap_or(usize::MAX);
            let arrivals: Vec<Arrival> = events.by_ref().take(due).map(|event| records.arrival(event)).collect();
            played += arrivals.len() as u128;
            publish(store, shown, engine.tick(records.clock.max(self.backlog_until), arrivals)?);
            publish(store, shown, engine.settle()?);
            thread::sleep(TICK.saturating_sub(Duration::from_millis((begun.elapsed().as_millis() % 100) as u64)));
        }
        publish(store, shown, engine.finish()?);
        Ok(())
    }
}

fn address(option: &'static str, text: &str) -> Result<SocketAddr, UsageError> {
    let wrong = || {
        let reason = "write an address and a port, as in 127.0.0.1:8080".to_owned();
        UsageError::Value { option, value: text.to_owned(), reason }
    };
    text.parse().map_err(|_| wrong())
}

fn publish(store: &Store, shown: &Shown, closed: Vec<ClosedTick>) {
    for tick in closed {
        shown.clock_ms.store(tick.clock.0, Ordering::Release);
        store.publish(Arc::new(tick));
    }
}

/// What readers are told besides the views.
#[derive(Default)]
struct Shown {
    clock_ms: AtomicI64,
    ready: AtomicBool,
}

impl Shown {
    fn info(self: &Arc<Shown>, settings: &ViewSettings) -> ServerInfo {
        let (clock, ready) = (Arc::clone(self), Arc::clone(self));
        ServerInfo {
            now: Arc::new(move || values::now().max(Timestamp(clock.clock_ms.load(Ordering::Acquire)))),
            readiness: Arc::new(move || ready.state()),
            ..ServerInfo::new(settings)
        }
    }

    fn state(&self) -> Result<(), String> {
        let is_ready = self.ready.load(Ordering::Acquire);
        if is_ready { Ok(()) } else { Err("reading the backlog".to_owned()) }
    }
}

fn health(shown: &Arc<Shown>) -> Router {
    let shown = Arc::clone(shown);
    let ready = move || {
        let state = shown.state();
        async move {
            match state {
                Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
                Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
            }
        }
    };
    Router::new().route("/health/live", get(|| async { "live\n" })).route("/health/ready", get(ready))
}

/// Numbers records as topics would.
struct Records {
    read: u64,
    offsets: [u64; Stream::ALL.len()],
    /// When the latest of them arrived.
    clock: Timestamp,
}

impl Records {
    fn arrival(&mut self, generated: GeneratedEvent) -> Arrival {
        self.read += 1;
        self.clock = self.clock.max(generated.arrived_at);
        let place = Stream::ALL.iter().position(|stream| *stream == generated.stream).unwrap_or_default();
        let origin = Origin::named(&format!("demo.{}", generated.stream.as_str()));
        let record = RecordId { origin, partition: 0, offset: self.offsets[place] };
        self.offsets[place] += 1;
        Arrival { record, outcome: generated.outcome() }
    }
}

async fn stop_on_signal(stop: Arc<AtomicBool>) {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
    stop.store(true, Ordering::Release);
}
