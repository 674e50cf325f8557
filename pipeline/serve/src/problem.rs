//! Errors as readers get them: problem details (RFC 9457) that say what to do.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;

use landfall_snapshot::WindowPassed;

/// What went wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name of the kind of problem: `about:landfall/<kind>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words; the same for all problems of the kind.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong in this request and what to do.
    pub detail: String,
    /// The parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Problem {
        let (kind, detail) = (format!("about:landfall/{kind}"), detail.into());
        Problem { kind, title, status: status.as_u16(), detail, parameter: None }
    }

    /// A parameter is wrong.
    pub fn parameter(parameter: &str, detail: impl Into<String>) -> Problem {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "bad-parameter", "a parameter is wrong", detail);
        Problem { parameter: Some(parameter.to_owned()), ..problem }
    }

    /// The request itself cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "bad-request", "the request cannot be read", detail)
    }

    /// What was asked for is not there.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not-found", "not found", detail)
    }

    /// What was asked for is too much for one answer.
    pub fn too_large(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too-large", "too much for one answer", detail)
    }

    /// Something of ours failed.
    pub fn internal(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed", detail)
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<WindowPassed> for Problem {
    fn from(passed: WindowPassed) -> Problem {
        let detail = if passed.asked > passed.newest {
            format!("{passed}; a tick to come cannot be read yet")
        } else {
            format!("{passed}; begin again without a tick, cursor or Last-Event-ID")
        };
        Problem::new(StatusCode::GONE, "tick-gone", "the tick is not kept", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let content_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == 401 {
            let challenge = HeaderValue::from_static("Bearer realm=\"landfall\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
