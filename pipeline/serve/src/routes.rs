//! From addresses to endpoints, and what stands around every request: access, limits, headers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::access::{Access, guard};
use super::api::{Answer, Api, Asked};
use super::problem::Problem;
use super::request::{Parameters, segments};
use super::settings::Settings;
use super::{assets, changes, export, openapi, records, search, shipments, views};

const API: &str = "/api/v1";

/// Every route, with what stands around it.
pub fn routes(api: Arc<Api>, access: Arc<Access>, settings: &Settings, extra: Router) -> Router {
    let timeout = Duration::from_millis(settings.limits.request_timeout_ms);
    let endpoints =
        Router::new().route("/api/v1/{*path}", any(endpoint)).with_state(api).layer(CompressionLayer::new());
    let pages = Router::new()
        .route("/", get(assets::index))
        .route("/ui/{*path}", get(assets::asset))
        .route("/openapi.json", get(openapi::serve))
        .fallback(nothing_here);
    endpoints
        .merge(pages)
        .merge(extra)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(timeout, in_time))
        .layer(RequestBodyLimitLayer::new(settings.limits.body_bytes_max))
        .layer(from_fn_with_state(access, guard))
        .layer(from_fn(secured))
        .layer(from_fn_with_state(Arc::from(settings.cors_origins.as_slice()), shared))
}

async fn endpoint(State(api): State<Arc<Api>>, request: Request) -> Response<Body> {
    answer(api, request).await.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(api: Arc<Api>, request: Request) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(not_allowed());
    }
    let path = segments(request.uri(), API)?;
    let parameters = Parameters::of(request.uri())?;
    let asked = Asked { api, parameters, headers: request.headers().clone() };
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["status"] => views::status(&asked),
        ["views"] => views::views(&asked),
        ["views", name] => match name.split_once('.') {
            Some((view, suffix)) => export::export(&asked, view, suffix),
            None => views::page(&asked, name).await,
        },
        ["views", name, "groups"] => views::groups(&asked, name).await,
        ["views", name, "changes"] => changes::changes(&asked, name),
        ["views", name, ..] => views::row(&asked, name, &path[2..]),
        ["shipments" | "orders" | "documents" | "search", ..] if asked.api.store.served().is_empty() => {
            let detail =
                "no view is served, and documents are kept only beside views: see `served_views` in the configuration";
            Err(Problem::not_found(detail))
        }
        ["shipments", identifier] => shipments::shipment(&asked, identifier).await,
        ["shipments", identifier, "timeline"] => shipments::timeline(&asked, identifier).await,
        ["orders", order_id, "landed-cost"] => shipments::order(&asked, order_id).await,
        ["documents", kind, ..] => records::document(&asked, kind, &path[2..]),
        ["search"] => search::search(&asked).await,
        _ => Err(nowhere(request.uri().path())),
    }
}

async fn nothing_here(request: Request) -> Response<Body> {
    nowhere(request.uri().path()).into_response()
}

fn nowhere(path: &str) -> Problem {
    Problem::not_found(format!("there is nothing at {path}; /openapi.json lists what there is"))
}

async fn wrong_method() -> Response<Body> {
    not_allowed().into_response()
}

fn not_allowed() -> Problem {
    let detail = "this address is only read: use GET";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "method not allowed", detail)
}

/// An answer begins in time, or the request is given up.
async fn in_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response<Body> {
    tokio::time::timeout(timeout, next.run(request)).await.unwrap_or_else(|_| {
        let detail = format!("no answer within {} ms: filter, or ask for less", timeout.as_millis());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "it took too long", detail).into_response()
    })
}

/// Pages of other origins see nothing, unless their origins are listed.
async fn shared(State(origins): State<Arc<[String]>>, request: Request, next: Next) -> Response<Body> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let listed = |origin: &HeaderValue| origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
    let Some(origin) = origin.filter(listed) else { return next.run(request).await };
    let asks_first =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let allowed = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, last-event-id, if-none-match"),
            (header::ACCESS_CONTROL_MAX_AGE, "600"),
        ];
        for (name, value) in allowed {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("landfall-tick, etag"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// Headers that keep a browser from doing what our page never needs.
async fn secured(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    response
}
