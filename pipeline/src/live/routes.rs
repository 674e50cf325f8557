//! What the live process adds to the HTTP server: health, metrics, pushed records.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use landfall_schemas::Stream;
use landfall_schemas::format::json;
use serde_json::json;

use super::Health;
use crate::source::push::PushLog;
use crate::telemetry::Metrics;

/// Health and metrics.
pub(super) fn operations(health: Arc<Health>, metrics: Arc<Metrics>) -> Router {
    let ready = Router::new()
        .route("/health/live", get(async || "alive\n"))
        .route("/health/ready", get(readiness))
        .with_state(Arc::clone(&health));
    let scraped = Router::new().route("/metrics", get(scrape)).with_state((metrics, health));
    ready.merge(scraped)
}

async fn readiness(State(health): State<Arc<Health>>) -> Response {
    match health.reason() {
        None => "ready\n".into_response(),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn scrape(State((metrics, health)): State<(Arc<Metrics>, Arc<Health>)>) -> Response {
    metrics.ready.set(i64::from(health.reason().is_none()));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.text()).into_response()
}

/// `POST /ingest/{stream}`: records pushed to us.
pub(super) fn ingest(log: Arc<PushLog>, body_bytes_max: usize) -> Router {
    Router::new().route("/ingest/{stream}", post(push)).layer(DefaultBodyLimit::max(body_bytes_max)).with_state(log)
}

fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// One JSON object, or one a line. Answers 202 once they are durable; what is no event is told, and listed as any other.
async fn push(State(log): State<Arc<PushLog>>, Path(stream): Path<String>, body: Bytes) -> Response {
    if !Stream::ALL.iter().any(|known| known.as_str() == stream) {
        let known = Stream::ALL.map(Stream::as_str).join(", ");
        return problem(StatusCode::NOT_FOUND, "no such stream", &format!("streams are {known}"));
    }
    let records = records(&body);
    if records.is_empty() {
        return problem(StatusCode::BAD_REQUEST, "no records", "send one JSON object, or one a line");
    }
    let refused: Vec<_> = (1..)
        .zip(&records)
        .filter_map(|(line, record)| json::decode(record).err().map(|error| (line, error)))
        .map(|(line, error)| {
            json!({ "line": line, "error_code": error.code.as_str(), "field": error.field, "message": error.message })
        })
        .collect();
    let accepted = records.len();
    let kept = tokio::task::spawn_blocking(move || {
        std::thread::scope(|scope| {
            // The store waits for its own runtime, which a thread of this one must not.
            scope.spawn(|| log.push(records)).join()
        })
    })
    .await;
    match kept {
        Ok(Ok(Ok(first_offset))) => {
            let body = json!({ "accepted": accepted, "first_offset": first_offset, "dead_letters": refused });
            (StatusCode::ACCEPTED, axum::Json(body)).into_response()
        }
        Ok(Ok(Err(error))) => problem(StatusCode::SERVICE_UNAVAILABLE, "not kept", &format!("{error}; send it again")),
        _ => problem(StatusCode::SERVICE_UNAVAILABLE, "not kept", "the process is stopping; send it again"),
    }
}

/// A body is one JSON document over several lines, or a record a line.
fn records(body: &[u8]) -> Vec<Vec<u8>> {
    let lines = || body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let is_one = lines().next().is_some_and(|first| !first.ends_with(b"}"));
    if is_one && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return vec![body.trim_ascii().to_vec()];
    }
    lines().map(<[u8]>::to_vec).collect()
}
