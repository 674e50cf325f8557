//! The endpoints over views: status, list of views, pages, groups, single rows.

use std::sync::Arc;

use landfall_operators::Tick;
use landfall_operators::for_each_view;
use landfall_operators::rows::{ColumnKind, View};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::{Answer, Asked};
use super::problem::Problem;
use super::query::Selection;
use super::query::column::{self, At};
use super::query::cursor::Cursor;
use super::query::filter::Filter;
use super::query::groups::{Group, GroupQuery, Grouping};
use super::query::json::RowJson;
use super::query::lookup::Lookup;
use super::query::page::{Page, PageQuery};
use landfall_snapshot::Snapshot;

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: u64 = 1_000;

macro_rules! descriptions {
    ($($(#[doc = $doc:literal])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// What a view holds, in a sentence.
        fn description(view: View) -> &'static str {
            match view { $(View::$variant => concat!($($doc),*).trim_ascii(),)* }
        }
    };
}

for_each_view!(descriptions);

/// The state of the process.
#[derive(Serialize, ToSchema)]
pub struct Status {
    tick: Tick,
    /// The clock of the tick.
    clock: String,
    /// The time now.
    now: String,
    /// Whether the views are caught up.
    ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    base_currency: String,
    version: &'static str,
    started_at: String,
    /// Names of the views that are served.
    views: Vec<&'static str>,
}

/// The state of the process.
#[utoipa::path(get, path = "/api/v1/status", tag = "views", responses((status = 200, body = Status)))]
pub fn status(asked: &Asked) -> Answer {
    asked.parameters.only(&[])?;
    let api = &asked.api;
    let snapshot = api.store.current();
    let readiness = if snapshot.tick == 0 { Err("no tick has closed yet".to_owned()) } else { (api.info.readiness)() };
    let status = Status {
        tick: snapshot.tick,
        clock: clock(&snapshot),
        now: (api.info.now)().to_string(),
        ready: readiness.is_ok(),
        reason: readiness.err(),
        base_currency: api.info.base_currency.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        started_at: api.info.started_at.to_string(),
        views: api.store.served().iter().map(|view| view.as_str()).collect(),
    };
    let mut response = api.answer(snapshot.tick, &status)?;
    // It also tells the time, which no tick changes.
    response.headers_mut().remove(axum::http::header::ETAG);
    Ok(response)
}

/// The clock of a snapshot as it is shown.
pub fn clock(snapshot: &Snapshot) -> String {
    if snapshot.tick == 0 { "1970-01-01T00:00:00Z".to_owned() } else { snapshot.clock.to_string() }
}

/// The views that are served.
#[derive(Serialize, ToSchema)]
pub struct Views {
    tick: Tick,
    clock: String,
    views: Vec<ViewInfo>,
}

/// A view.
#[derive(Serialize, ToSchema)]
struct ViewInfo {
    name: &'static str,
    description: &'static str,
    /// Its key columns.
    key: &'static [&'static str],
    /// How many rows it has.
    rows: usize,
    columns: Vec<ColumnInfo>,
}

/// A column.
#[derive(Serialize, ToSchema)]
struct ColumnInfo {
    name: &'static str,
    /// `text`, `integer`, `money`, `decimal`, `figure`, `time` or `date`.
    kind: &'static str,
    description: &'static str,
}

/// The views that are served, with their columns.
#[utoipa::path(get, path = "/api/v1/views", tag = "views",
    params(("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = Views), (status = 410, body = Problem)))]
pub fn views(asked: &Asked) -> Answer {
    asked.parameters.only(&["as_of_tick"])?;
    let api = &asked.api;
    let snapshot = api.snapshot(&asked.parameters)?;
    if let Some(unchanged) = api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let info = |view: &View| ViewInfo {
        name: view.as_str(),
        description: description(*view),
        key: view.key(),
        rows: snapshot.len(*view),
        columns: column::all(*view).into_iter().map(column_info).collect(),
    };
    let views = api.store.served().iter().map(info).collect();
    api.answer(snapshot.tick, &Views { tick: snapshot.tick, clock: clock(&snapshot), views })
}

fn column_info(at: At) -> ColumnInfo {
    let kind = match at.column.kind {
        ColumnKind::Text => "text",
        ColumnKind::Integer => "integer",
        ColumnKind::Money => "money",
        ColumnKind::Millionths => "decimal",
        ColumnKind::Figure => "figure",
        ColumnKind::Time => "time",
        ColumnKind::Date => "date",
    };
    ColumnInfo { name: at.column.name, kind, description: at.column.doc.trim() }
}

/// A page of rows.
#[derive(Serialize, ToSchema)]
pub struct PageBody {
    view: &'static str,
    tick: Tick,
    clock: String,
    #[schema(value_type = Vec<Object>)]
    rows: Vec<RowJson>,
    /// The cursor of the next page, of the same tick; null after the last.
    next: Option<String>,
    /// How many rows pass the filter, where `total=true` asks for it.
    total: Option<u64>,
}

/// The columns that a query asks for; all of them by default.
///
/// # Errors
/// When one does not exist.
pub fn columns_asked(view: View, asked: &Asked) -> Result<Vec<At>, Problem> {
    let names = asked.parameters.names("columns")?;
    if names.is_empty() {
        return Ok(column::all(view));
    }
    names.iter().map(|name| column::named(view, name, "columns")).collect()
}

/// Rows of a view: filtered, sorted, page by page. All pages of one cursor show one tick.
#[utoipa::path(get, path = "/api/v1/views/{view}", tag = "views",
    params(
        ("view" = String, Path, description = "Name of the view"),
        ("filter" = Option<Vec<String>>, Query, description = "COLUMN:OP:VALUE; several must all hold. OP is eq, ne, lt, le, gt, ge, in (values separated by commas), prefix, contains, empty or filled"),
        ("sort" = Option<String>, Query, description = "Columns separated by commas, `-` before those that go down"),
        ("columns" = Option<String>, Query, description = "Columns separated by commas"),
        ("limit" = Option<u64>, Query, description = "1 to 1000, 100 by default"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window"),
        ("total" = Option<bool>, Query, description = "Whether to count the rows"),
    ),
    responses((status = 200, body = PageBody), (status = 400, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub async fn page(asked: &Asked, name: &str) -> Answer {
    let (api, parameters) = (&asked.api, &asked.parameters);
    let view = api.view(name)?;
    parameters.only(&["filter", "sort", "columns", "limit", "cursor", "as_of_tick", "total"])?;
    let selection = Selection::read(view, parameters)?;
    let limit = limit(asked, LIMIT_DEFAULT, LIMIT_MAX)?;
    let columns = columns_asked(view, asked)?;
    let count = truth(asked, "total")?;
    let cursor = parameters.one("cursor")?.map(|text| Cursor::read(text, &selection)).transpose()?;
    let snapshot = match &cursor {
        Some(cursor) => api.store.at(cursor.tick)?,
        None => api.snapshot(parameters)?,
    };
    if let Some(unchanged) = api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let seen = Arc::clone(&snapshot);
    let (page, selection) = api
        .compute(move || {
            let behind = cursor.as_ref().map(|cursor| cursor.key.as_slice());
            let clock = seen.clock;
            let query = PageQuery { selection: &selection, columns: &columns, limit, behind, count, clock };
            (seen.visit(view, query), selection)
        })
        .await?;
    let Page { rows, last, total } = page?;
    let next = last.map(|key| Cursor { tick: snapshot.tick, key }.shown(&selection));
    let body = PageBody { view: view.as_str(), tick: snapshot.tick, clock: clock(&snapshot), rows, next, total };
    api.answer(snapshot.tick, &body)
}

/// The parameter `limit`.
///
/// # Errors
/// When it is not from 1 to `max`.
pub fn limit(asked: &Asked, default: usize, max: u64) -> Result<usize, Problem> {
    match asked.parameters.number("limit")? {
        None => Ok(default),
        Some(limit) if (1..=max).contains(&limit) => Ok(usize::try_from(limit).unwrap_or(default)),
        Some(limit) => {
            let detail = format!("{limit} is not from 1 to {max}: take further pages by `cursor`, or export the view");
            Err(Problem::parameter("limit", detail))
        }
    }
}

fn truth(asked: &Asked, name: &str) -> Result<bool, Problem> {
    match asked.parameters.one(name)? {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(text) => Err(Problem::parameter(name, format!("`{text}` is neither true nor false"))),
    }
}

/// Groups of rows.
#[derive(Serialize, ToSchema)]
pub struct GroupsBody {
    view: &'static str,
    tick: Tick,
    clock: String,
    groups: Vec<Group>,
    /// Whether there are more groups than are shown.
    truncated: bool,
}

/// How many rows share values, and sums of their amounts; the largest groups first, at most 1000. Amounts with a column
/// of currencies are grouped by it.
#[utoipa::path(get, path = "/api/v1/views/{view}/groups", tag = "views",
    params(
        ("view" = String, Path, description = "Name of the view"),
        ("by" = Option<String>, Query, description = "Columns separated by commas"),
        ("sum" = Option<String>, Query, description = "Columns of amounts or counts, separated by commas"),
        ("filter" = Option<Vec<String>>, Query, description = "As for pages"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window"),
    ),
    responses((status = 200, body = GroupsBody), (status = 400, body = Problem), (status = 422, body = Problem)))]
pub async fn groups(asked: &Asked, name: &str) -> Answer {
    let (api, parameters) = (&asked.api, &asked.parameters);
    let view = api.view(name)?;
    parameters.only(&["by", "sum", "filter", "as_of_tick"])?;
    let query = GroupQuery::read(view, &parameters.names("by")?, &parameters.names("sum")?)?;
    let filter = Filter::read(view, parameters.all("filter"))?;
    let snapshot = api.snapshot(parameters)?;
    if let Some(unchanged) = api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let seen = Arc::clone(&snapshot);
    let work = move || seen.visit(view, Grouping { query: &query, filter: &filter, clock: seen.clock });
    let found = api.compute(work).await??;
    let body = GroupsBody {
        view: view.as_str(),
        tick: snapshot.tick,
        clock: clock(&snapshot),
        groups: found.groups,
        truncated: found.truncated,
    };
    api.answer(snapshot.tick, &body)
}

/// One row.
#[derive(Serialize, ToSchema)]
pub struct RowBody {
    view: &'static str,
    tick: Tick,
    clock: String,
    #[schema(value_type = Object)]
    row: RowJson,
}

/// The row with a key: its parts in the order of the key columns, separated by `/`, each percent-encoded.
#[utoipa::path(get, path = "/api/v1/views/{view}/{key}", tag = "views",
    params(
        ("view" = String, Path, description = "Name of the view"),
        ("key" = String, Path, description = "Parts of the key, separated by `/`"),
        ("columns" = Option<String>, Query, description = "Columns separated by commas"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window"),
    ),
    responses((status = 200, body = RowBody), (status = 404, body = Problem)))]
pub fn row(asked: &Asked, name: &str, key: &[String]) -> Answer {
    let api = &asked.api;
    let view = api.view(name)?;
    asked.parameters.only(&["columns", "as_of_tick"])?;
    let columns = columns_asked(view, asked)?;
    let snapshot = api.snapshot(&asked.parameters)?;
    if let Some(unchanged) = api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let found = snapshot.visit(view, Lookup { key, columns: &columns, clock: snapshot.clock });
    let row = found.ok_or_else(|| {
        let parts = view.key().join("/");
        Problem::not_found(format!("{name} has no row with this key at tick {}; keys are {parts}", snapshot.tick))
    })?;
    api.answer(snapshot.tick, &RowBody { view: view.as_str(), tick: snapshot.tick, clock: clock(&snapshot), row })
}
