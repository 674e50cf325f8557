//! The description of the API (OpenAPI 3.1), made from the endpoints.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::frames::SnapshotFrame;
use super::{changes, export, records, search, shipments, views};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Landfall",
        description = "Live views of freight: every answer shows one closed tick, named by `tick` and the header `Landfall-Tick`. Amounts, rates and quantities are decimal texts, counts are numbers, times are RFC 3339 in UTC, empty cells are null. Errors are problem details (RFC 9457)."
    ),
    paths(
        views::status,
        views::views,
        views::page,
        views::groups,
        views::row,
        export::documented,
        changes::changes,
        shipments::shipment,
        shipments::timeline,
        shipments::order,
        records::document,
        search::search
    ),
    components(schemas(SnapshotFrame)),
    modifiers(&Bearer),
    security((), ("token" = []))
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        let scheme = scheme.description(Some("Needed where the server is configured with tokens."));
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// The description as it is served and as it is kept in `docs/openapi.json`.
pub fn text() -> String {
    let mut text = Description::openapi().to_pretty_json().expect("the description is JSON");
    text.push('\n');
    text
}

/// Serves the description.
pub async fn serve() -> Response<Body> {
    let mut response = Response::new(Body::from(text()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
