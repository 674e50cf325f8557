//! What every endpoint works with: the store, what is known about the process, limits, and the form of answers.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use landfall_operators::Tick;
use landfall_operators::rows::View;
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::{Currency, Timestamp};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use super::frames::Frames;
use super::problem::Problem;
use super::request::Parameters;
use super::settings::Limits;
use landfall_snapshot::identity::{Limits as NameLimits, Names};
use landfall_snapshot::{Snapshot, Store};

/// The header that tells of which tick an answer is.
pub const TICK_HEADER: HeaderName = HeaderName::from_static("landfall-tick");

/// Tells whether the process is ready, or why not.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What is known about the process.
#[derive(Clone)]
pub struct ServerInfo {
    /// The currency of base amounts.
    pub base_currency: Currency,
    /// When the process started.
    pub started_at: Timestamp,
    /// How many identifiers may be joined, and how many shipments share a reference.
    pub names: NameLimits,
    /// The time now.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Whether the views are caught up.
    pub readiness: Readiness,
}

impl ServerInfo {
    /// A process that has just started, with the machine's clock, ready as soon as a tick has closed.
    pub fn new(settings: &ViewSettings) -> ServerInfo {
        let since_1970 = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = move || Timestamp(i64::try_from(since_1970()).unwrap_or(i64::MAX));
        ServerInfo {
            base_currency: settings.base_currency,
            started_at: now(),
            names: NameLimits { component_max: settings.max_component, group_max: settings.max_group },
            now: Arc::new(now),
            readiness: Arc::new(|| Ok(())),
        }
    }
}

/// What every endpoint works with.
pub struct Api {
    /// The snapshots.
    pub store: Arc<Store>,
    /// The process.
    pub info: ServerInfo,
    /// What may be asked for.
    pub limits: Limits,
    /// Frames of subscriptions, each made once for all who subscribe to the same.
    pub frames: Frames,
    /// Room for subscriptions.
    pub subscriptions: Arc<Semaphore>,
    /// Whether the server stops.
    pub stopping: watch::Receiver<bool>,
    queries: Semaphore,
}

impl Api {
    /// Endpoints over a store.
    pub fn new(store: Arc<Store>, info: ServerInfo, limits: Limits, stopping: watch::Receiver<bool>) -> Api {
        let (queries, subscriptions) = (limits.queries_max, limits.subscriptions_max);
        Api {
            store,
            info,
            limits,
            frames: Frames::default(),
            subscriptions: Arc::new(Semaphore::new(subscriptions)),
            stopping,
            queries: Semaphore::new(queries),
        }
    }

    /// Does work that computes, away from the threads that talk to readers, with few others at a time.
    ///
    /// # Errors
    /// When the work panics.
    pub async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _permit = self.queries.acquire().await.map_err(|_| Problem::internal("the server stops"))?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal("the query failed: this is a bug"))
    }

    /// The served view with this name.
    ///
    /// # Errors
    /// When there is none, or it is not served.
    pub fn view(&self, name: &str) -> Result<View, Problem> {
        let served = self.store.served();
        let known = || served.iter().map(|view| view.as_str()).collect::<Vec<_>>().join(", ");
        match View::ALL.iter().copied().find(|view| view.as_str() == name) {
            Some(view) if served.contains(&view) => Ok(view),
            Some(_) => Err(Problem::not_found(format!("the view `{name}` is not served; served are {}", known()))),
            None => Err(Problem::not_found(format!("there is no view `{name}`; served are {}", known()))),
        }
    }

    /// The snapshot that a request means: the newest, or that of `as_of_tick`.
    ///
    /// # Errors
    /// When the tick is not kept.
    pub fn snapshot(&self, parameters: &Parameters) -> Result<Arc<Snapshot>, Problem> {
        match parameters.number("as_of_tick")? {
            Some(tick) => Ok(self.store.at(tick)?),
            None => Ok(self.store.current()),
        }
    }

    /// Names in a snapshot.
    pub fn names<'a>(&self, snapshot: &'a Snapshot) -> Names<'a> {
        Names::new(&snapshot.documents, self.info.names)
    }

    /// The entity tag of a tick: ticks may begin again when the process does.
    pub fn etag(&self, tick: Tick) -> String {
        format!("\"{:x}-{tick}\"", self.info.started_at.0)
    }

    /// The answer that nothing has changed, where the reader already has this tick.
    pub fn unchanged(&self, headers: &HeaderMap, tick: Tick) -> Option<Response<Body>> {
        let known = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
        let etag = self.etag(tick);
        let matches =
            known.split(',').any(|known| known.trim().trim_start_matches("W/") == etag || known.trim() == "*");
        matches.then(|| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            self.stamp(response.headers_mut(), tick);
            response
        })
    }

    /// Says of which tick an answer is.
    pub fn stamp(&self, headers: &mut HeaderMap, tick: Tick) {
        headers.insert(TICK_HEADER, HeaderValue::from(tick));
        if let Ok(etag) = HeaderValue::from_str(&self.etag(tick)) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }

    /// An answer in JSON of one tick.
    pub fn answer(&self, tick: Tick, body: &impl Serialize) -> Result<Response<Body>, Problem> {
        let bytes = serde_json::to_vec(body).map_err(|error| Problem::internal(format!("cannot answer: {error}")))?;
        let mut response = Response::new(Body::from(bytes));
        self.stamp(response.headers_mut(), tick);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

/// A request to an endpoint.
pub struct Asked {
    /// What every endpoint works with.
    pub api: Arc<Api>,
    /// The query.
    pub parameters: Parameters,
    /// The headers.
    pub headers: HeaderMap,
}

/// What an endpoint gives.
pub type Answer = Result<Response<Body>, Problem>;
