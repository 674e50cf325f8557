//! The small talk of clients: `SET`, `SHOW`, `RESET`.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures::{Sink, SinkExt, stream};
use pgwire::api::portal::Format;
use pgwire::api::results::{DataRowEncoder, FieldInfo, QueryResponse, Response, Tag};
use pgwire::api::{ClientInfo, METADATA_USER, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::startup::ParameterStatus;

use super::fault::Fault;
use super::parameters;

const STATEMENT_TIMEOUT: &str = "statement_timeout";

/// How long a statement of this connection may take, if it said so.
pub(super) fn statement_timeout(client: &(impl ClientInfo + ?Sized)) -> Option<Duration> {
    let limit_ms = client.metadata().get(STATEMENT_TIMEOUT)?.parse().ok().filter(|limit| *limit > 0)?;
    Some(Duration::from_millis(limit_ms))
}

/// `SET name = value`, or back to its default.
pub(super) async fn set<C>(client: &mut C, name: &str, value: Option<&str>) -> PgWireResult<Response>
where
    C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
    C::Error: Debug,
    PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
{
    let value = match value {
        Some(value) => parameters::checked(name, value)?,
        None => match parameters::default(name) {
            Some(value) => value.to_owned(),
            None => return Err(unknown(name).into()),
        },
    };
    client.metadata_mut().insert(name.to_owned(), value.clone());
    if let Some(reported) = parameters::reported(name) {
        let status = ParameterStatus::new(reported.to_owned(), value);
        client.feed(PgWireBackendMessage::ParameterStatus(status)).await?;
    }
    Ok(Response::Execution(Tag::new("SET")))
}

/// Every parameter back to its default.
pub(super) fn reset_all(client: &mut impl ClientInfo) {
    let kept = ["application_name", "client_encoding"];
    for name in parameters::names().filter(|name| !kept.contains(name)) {
        client.metadata_mut().remove(name);
    }
}

/// `SHOW name`, `SHOW ALL`.
pub(super) fn show(client: &impl ClientInfo, name: &str, format: &Format) -> PgWireResult<Response> {
    let fields = Arc::new(show_fields(name, format));
    let mut encoder = DataRowEncoder::new(Arc::clone(&fields));
    let mut rows = Vec::new();
    if name == "all" {
        for name in parameters::names() {
            encoder.encode_field(&name)?;
            encoder.encode_field(&value(client, name)?)?;
            encoder.encode_field(&"")?;
            rows.push(Ok(encoder.take_row()));
        }
    } else {
        encoder.encode_field(&value(client, name)?)?;
        rows.push(Ok(encoder.take_row()));
    }
    let mut response = QueryResponse::new(fields, stream::iter(rows));
    response.set_command_tag("SHOW");
    Ok(Response::Query(response))
}

/// The columns of `SHOW`.
pub(super) fn show_fields(name: &str, format: &Format) -> Vec<FieldInfo> {
    let names = if name == "all" { vec!["name", "setting", "description"] } else { vec![name] };
    let field =
        |(at, name): (usize, &str)| FieldInfo::new(name.to_owned(), None, None, Type::TEXT, format.format_for(at));
    names.into_iter().enumerate().map(field).collect()
}

fn value(client: &impl ClientInfo, name: &str) -> Result<String, Fault> {
    let default = parameters::default(name).ok_or_else(|| unknown(name))?;
    let metadata = client.metadata();
    let set = match name {
        "session_authorization" => metadata.get(METADATA_USER),
        name => metadata.get(name),
    };
    Ok(set.map_or(default, String::as_str).to_owned())
}

fn unknown(name: &str) -> Fault {
    Fault::new("42704", format!("unrecognized configuration parameter \"{name}\""))
}
