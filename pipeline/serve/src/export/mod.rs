//! Exports of a view: CSV, XLSX, Parquet, Arrow. Written while they are read, whatever their size.

mod arrow;
mod channel;
mod xlsx;

use std::io::BufWriter;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use landfall_operators::rows::{Cell, Column, View};
use landfall_schemas::Timestamp;

use super::api::{Answer, Asked};
use super::problem::Problem;
use super::query::Selection;
use super::query::column::{self, At};
use super::views::columns_asked;
use channel::ChannelWriter;
use landfall_dump::{WriteError, csv, parquet};
use landfall_snapshot::{Rows, RowsVisitor, Snapshot, SnapshotRow};

const BUFFER_BYTES: usize = 1 << 16;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Xlsx,
    Parquet,
    Arrow,
}

impl Format {
    fn named(suffix: &str) -> Option<Format> {
        match suffix {
            "csv" => Some(Format::Csv),
            "xlsx" => Some(Format::Xlsx),
            "parquet" => Some(Format::Parquet),
            "arrow" => Some(Format::Arrow),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Parquet => "application/vnd.apache.parquet",
            Format::Arrow => "application/vnd.apache.arrow.stream",
        }
    }
}

/// A view as a file: `csv` (the bytes that `landfall replay` writes), `xlsx`, `parquet` or `arrow` (a stream of Arrow
/// IPC). Whole, or filtered, sorted and with some columns.
#[allow(dead_code, reason = "the description of the endpoint hangs on it")]
#[utoipa::path(get, path = "/api/v1/views/{view}.{format}", operation_id = "export", tag = "views",
    params(
        ("view" = String, Path, description = "Name of the view"),
        ("format" = String, Path, description = "csv, xlsx, parquet or arrow"),
        ("filter" = Option<Vec<String>>, Query, description = "As for pages"),
        ("sort" = Option<String>, Query, description = "As for pages"),
        ("columns" = Option<String>, Query, description = "Columns separated by commas"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window"),
    ),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub fn documented() {}

/// See [`documented`].
pub fn export(asked: &Asked, name: &str, suffix: &str) -> Answer {
    let (api, parameters) = (&asked.api, &asked.parameters);
    let view = api.view(name)?;
    let format = Format::named(suffix).ok_or_else(|| {
        Problem::not_found(format!("there is no format `{suffix}`: there are csv, xlsx, parquet and arrow"))
    })?;
    parameters.only(&["filter", "sort", "columns", "as_of_tick"])?;
    let selection = Selection::read(view, parameters)?;
    let is_whole = parameters.names("columns")?.is_empty();
    let columns = if is_whole { column::own(view) } else { columns_asked(view, asked)? };
    let snapshot = api.snapshot(parameters)?;
    if let Some(unchanged) = api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    if format == Format::Xlsx && selection.filter.is_empty() && snapshot.len(view) > xlsx::ROWS_MAX {
        let rows = snapshot.len(view);
        let detail = format!("{rows} rows, and a sheet takes {}: filter, or take csv or parquet", xlsx::ROWS_MAX);
        return Err(Problem::too_large(detail));
    }
    let (writer, body) = ChannelWriter::new();
    let (tick, work) = (snapshot.tick, Export { snapshot, selection, columns, format });
    let computing = Arc::clone(api);
    tokio::spawn(async move {
        let failures = writer.clone();
        let written = computing.compute(move || work.write(writer)).await;
        if let Err(reason) = written.map_err(|problem| problem.detail).and_then(|done| done.map_err(|e| e.to_string()))
        {
            failures.fail(&reason).await;
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    api.stamp(response.headers_mut(), tick);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    let disposition = format!("attachment; filename=\"{}.{suffix}\"", view.as_str());
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

struct Export {
    snapshot: Arc<Snapshot>,
    selection: Selection,
    columns: Vec<At>,
    format: Format,
}

impl Export {
    fn write(&self, output: ChannelWriter) -> Result<(), WriteError> {
        let output = BufWriter::with_capacity(BUFFER_BYTES, output);
        let writing = Writing { export: self, clock: self.snapshot.clock, output };
        self.snapshot.visit(self.selection.view, writing)
    }
}

struct Writing<'a> {
    export: &'a Export,
    clock: Timestamp,
    output: BufWriter<ChannelWriter>,
}

impl RowsVisitor for Writing<'_> {
    type Output = Result<(), WriteError>;

    fn rows<R: SnapshotRow>(self, view: View, rows: &Rows<R>) -> Result<(), WriteError>
    where
        R::Key: Sync,
    {
        let Export { selection, columns, format, .. } = self.export;
        let clock = self.clock;
        let cells = selection
            .rows(rows, clock)
            .map(|row| -> Vec<Cell<'_>> { columns.iter().map(|at| at.cell(row, clock)).collect() });
        let columns: Vec<&Column> = columns.iter().map(|at| at.column).collect();
        match format {
            Format::Csv => csv::write(self.output, &columns, cells),
            Format::Parquet => parquet::write(self.output, view.as_str(), &columns, cells),
            Format::Xlsx => xlsx::write(self.output, view.as_str(), &columns, cells),
            Format::Arrow => arrow::write(self.output, &columns, cells),
        }
    }
}
