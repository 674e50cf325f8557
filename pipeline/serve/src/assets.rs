//! The web page and what belongs to it, embedded in the binary.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use rust_embed::{Embed, EmbeddedFile};

use super::problem::Problem;
use super::query::hex;
use super::request::segments;

/// The files of the web page.
#[derive(Embed)]
#[folder = "../ui/"]
struct Ui;

/// The web page.
pub async fn index(request: Request) -> Response<Body> {
    serve(request.headers(), "index.html")
}

/// A file that the web page uses.
pub async fn asset(request: Request) -> Response<Body> {
    match segments(request.uri(), "/ui") {
        Ok(path) => serve(request.headers(), &path.join("/")),
        Err(problem) => problem.into_response(),
    }
}

fn serve(headers: &HeaderMap, path: &str) -> Response<Body> {
    let is_plain = path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.contains('\\'));
    match Ui::get(path).filter(|_| is_plain) {
        Some(file) => answer(headers, path, file),
        None => Problem::not_found(format!("the web page has no file `{path}`")).into_response(),
    }
}

fn answer(headers: &HeaderMap, path: &str, file: EmbeddedFile) -> Response<Body> {
    let etag = format!("\"{}\"", hex(&file.metadata.sha256_hash()[..16]));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if known.is_some_and(|known| known.contains(&etag)) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        let mut response = Response::new(Body::from(file.data.into_owned()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        response
    };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    // The page must fit the binary: a browser asks each time, and is mostly told that nothing has changed.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, suffix)| suffix) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
