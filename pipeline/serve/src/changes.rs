//! Subscriptions: a snapshot, then what every closed tick changed (server-sent events).
//!
//! A subscriber has no queue. It remembers the tick it has seen and reads the next from the window of the store, where
//! everybody's ticks are kept once; so a slow reader costs nothing, and is cut off when it is too far behind.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures::stream;
use landfall_operators::Tick;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use super::api::{Answer, Api, Asked, TICK_HEADER};
use super::frames::{SnapshotFrame, TickFrame, Topic, event};
use super::problem::Problem;
use super::query::Selection;
use super::query::filter::Filter;
use super::query::order::Order;
use super::query::page::PageQuery;
use super::views::clock;
use landfall_snapshot::Snapshot;

const SNAPSHOT_FRAME_ROWS: usize = 1_000;

/// Subscribes to a view. Events: `snapshot` (one or more, the last has `last: true`), then `tick` for every closed tick
/// that changed something, with the tick as its id; `heartbeat` with the closed tick where there was nothing to tell;
/// `cut` with a reason before the server ends a subscription. `Last-Event-ID`, or `after`, resumes without a snapshot; 410
/// where the tick is no longer kept: then begin again without it.
#[utoipa::path(get, path = "/api/v1/views/{view}/changes", tag = "views",
    params(
        ("view" = String, Path, description = "Name of the view"),
        ("filter" = Option<Vec<String>>, Query, description = "As for pages; not on computed columns"),
        ("after" = Option<u64>, Query, description = "The last tick that was seen"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last tick that was seen"),
    ),
    responses((status = 200, content_type = "text/event-stream", body = TickFrame), (status = 410, body = Problem),
        (status = 503, body = Problem)))]
pub fn changes(asked: &Asked, name: &str) -> Answer {
    let api = &asked.api;
    let view = api.view(name)?;
    asked.parameters.only(&["filter", "after"])?;
    let filter = Filter::read(view, asked.parameters.all("filter"))?;
    if filter.is_computed() {
        let detail = "a computed column changes with the clock and not with the rows: filter by `since`";
        return Err(Problem::parameter("filter", detail));
    }
    let seen = last_seen(asked)?;
    let room = Arc::clone(&api.subscriptions).try_acquire_owned().map_err(|_| {
        let detail = format!("there are {} subscriptions already: try again later", api.limits.subscriptions_max);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many", "too many subscriptions", detail)
    })?;
    let newest = api.store.watch();
    let (tick, snapshot) = match seen {
        Some(tick) => {
            api.store.next_after(tick)?;
            (tick, None)
        }
        None => {
            let snapshot = api.store.current();
            (snapshot.tick, Some(Pending { snapshot, behind: None }))
        }
    };
    if tick == 0 && seen.is_none() {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "not ready", "no tick has closed yet");
        return Err(problem);
    }
    let began_at = *newest.borrow();
    let subscriber = Subscriber {
        topic: api.frames.topic(view, filter),
        stopping: api.stopping.clone(),
        api: Arc::clone(api),
        snapshot,
        seen: tick,
        began_at,
        newest,
        ended: false,
        _room: room,
    };
    let events = stream::unfold(subscriber, |mut subscriber| async move {
        let bytes = subscriber.next().await?;
        Some((Ok::<_, Infallible>(bytes), subscriber))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(TICK_HEADER, HeaderValue::from(tick));
    Ok(response)
}

/// The last tick that the reader has seen; the header is what a browser sends when it connects again.
fn last_seen(asked: &Asked) -> Result<Option<Tick>, Problem> {
    let Some(value) = asked.headers.get("last-event-id") else { return asked.parameters.number("after") };
    let tick = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let wrong = || Problem::parameter("Last-Event-ID", "it is no tick: send the `id` of the last event as it is");
    tick.map(Some).ok_or_else(wrong)
}

/// A snapshot that is being shown.
struct Pending {
    snapshot: Arc<Snapshot>,
    behind: Option<Vec<String>>,
}

struct Subscriber {
    api: Arc<Api>,
    topic: Arc<Topic>,
    snapshot: Option<Pending>,
    /// Everything up to this tick has been told.
    seen: Tick,
    /// The newest tick when the reader came: one who resumes begins behind, and may.
    began_at: Tick,
    newest: watch::Receiver<Tick>,
    stopping: watch::Receiver<bool>,
    ended: bool,
    _room: OwnedSemaphorePermit,
}

impl Subscriber {
    /// The next event, when there is one; none after the end.
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let lag = self.newest.borrow().saturating_sub(self.seen.max(self.began_at));
        if lag > self.api.limits.subscriber_lag_ticks_max {
            return Some(self.cut(&format!("the reader is {lag} ticks behind: read faster, or filter")));
        }
        if let Some(pending) = self.snapshot.take() {
            return Some(self.snapshot_frame(pending));
        }
        let beat = Instant::now() + Duration::from_millis(self.api.limits.heartbeat_ms);
        loop {
            if *self.stopping.borrow() {
                return Some(self.cut("the server stops: connect again with the last id"));
            }
            match self.api.store.next_after(self.seen) {
                Err(passed) => return Some(self.cut(&format!("the reader is too slow: {passed}"))),
                Ok(Some(published)) => {
                    self.seen = published.closed.tick;
                    if let Some(frame) = self.topic.frame(&published) {
                        return Some(frame);
                    }
                }
                Ok(None) => tokio::select! {
                    _ = self.newest.changed() => {}
                    _ = self.stopping.changed() => {}
                    () = sleep_until(beat) => return Some(self.heartbeat()),
                },
            }
            if Instant::now() >= beat {
                return Some(self.heartbeat());
            }
        }
    }

    fn snapshot_frame(&mut self, pending: Pending) -> Bytes {
        let Pending { snapshot, behind } = pending;
        let (view, filter) = (self.topic.view(), self.topic.filter().clone());
        let selection = Selection { view, filter, order: Order::default() };
        let query = PageQuery {
            selection: &selection,
            columns: self.topic.columns(),
            limit: SNAPSHOT_FRAME_ROWS,
            behind: behind.as_deref(),
            count: false,
            clock: snapshot.clock,
        };
        let page = match snapshot.visit(view, query) {
            Ok(page) => page,
            Err(problem) => return self.cut(&problem.detail),
        };
        let is_last = page.last.is_none();
        let frame = SnapshotFrame { tick: snapshot.tick, clock: clock(&snapshot), rows: page.rows, last: is_last };
        // Only a whole snapshot is something to resume from.
        let bytes = event("snapshot", is_last.then_some(snapshot.tick), &frame);
        if !is_last {
            self.snapshot = Some(Pending { snapshot, behind: page.last });
        }
        bytes
    }

    fn heartbeat(&self) -> Bytes {
        let clock = self.api.store.clock_at(self.seen).to_string();
        event("heartbeat", Some(self.seen), &json!({ "tick": self.seen, "clock": clock }))
    }

    fn cut(&mut self, reason: &str) -> Bytes {
        self.ended = true;
        event("cut", None, &json!({ "reason": reason }))
    }
}
