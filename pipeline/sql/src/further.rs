//! Tables of PostgreSQL's catalog that `datafusion-pg-catalog` lacks and tools ask for, with the columns of PostgreSQL 16
//! (its documentation, chapter 54, "System Views"). Most are empty: there is nothing of the kind here.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::error::Result;
use datafusion::scalar::ScalarValue;

use super::catalog_schema::{Row, USER_OID_MIN, batch, fixed, list_of, text};
use super::descriptions::Relation;
use super::primary_keys;
use super::types::UTC;

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Texts,
    Id,
    Count,
    Yes,
    Time,
    Interval,
}

use Kind::{Count, Id, Interval, Text, Texts, Time, Yes};

const TABLES: &[(&str, &[(&str, Kind)])] = &[
    (
        "pg_available_extensions",
        &[("name", Text), ("default_version", Text), ("installed_version", Text), ("comment", Text)],
    ),
    (
        "pg_cursors",
        &[
            ("name", Text),
            ("statement", Text),
            ("is_holdable", Yes),
            ("is_binary", Yes),
            ("is_scrollable", Yes),
            ("creation_time", Time),
        ],
    ),
    ("pg_group", &[("groname", Text), ("grosysid", Id), ("grolist", Texts)]),
    (
        "pg_indexes",
        &[("schemaname", Text), ("tablename", Text), ("indexname", Text), ("tablespace", Text), ("indexdef", Text)],
    ),
    (
        "pg_locks",
        &[
            ("locktype", Text),
            ("database", Id),
            ("relation", Id),
            ("page", Count),
            ("virtualxid", Text),
            ("transactionid", Text),
            ("classid", Id),
            ("objid", Id),
            ("virtualtransaction", Text),
            ("pid", Count),
            ("mode", Text),
            ("granted", Yes),
            ("fastpath", Yes),
            ("waitstart", Time),
        ],
    ),
    (
        "pg_policies",
        &[
            ("schemaname", Text),
            ("tablename", Text),
            ("policyname", Text),
            ("permissive", Text),
            ("roles", Texts),
            ("cmd", Text),
            ("qual", Text),
            ("with_check", Text),
        ],
    ),
    (
        "pg_prepared_statements",
        &[("name", Text), ("statement", Text), ("prepare_time", Time), ("parameter_types", Texts), ("from_sql", Yes)],
    ),
    (
        "pg_publication_tables",
        &[("pubname", Text), ("schemaname", Text), ("tablename", Text), ("attnames", Texts), ("rowfilter", Text)],
    ),
    ("pg_rules", &[("schemaname", Text), ("tablename", Text), ("rulename", Text), ("definition", Text)]),
    (
        "pg_seclabels",
        &[
            ("objoid", Id),
            ("classoid", Id),
            ("objsubid", Count),
            ("objtype", Text),
            ("objnamespace", Id),
            ("objname", Text),
            ("provider", Text),
            ("label", Text),
        ],
    ),
    (
        "pg_sequences",
        &[
            ("schemaname", Text),
            ("sequencename", Text),
            ("sequenceowner", Text),
            ("data_type", Text),
            ("start_value", Count),
            ("min_value", Count),
            ("max_value", Count),
            ("increment_by", Count),
            ("cycle", Yes),
            ("cache_size", Count),
            ("last_value", Count),
        ],
    ),
    (
        "pg_stat_activity",
        &[
            ("datid", Id),
            ("datname", Text),
            ("pid", Count),
            ("usesysid", Id),
            ("usename", Text),
            ("application_name", Text),
            ("client_addr", Text),
            ("client_hostname", Text),
            ("client_port", Count),
            ("backend_start", Time),
            ("xact_start", Time),
            ("query_start", Time),
            ("state_change", Time),
            ("wait_event_type", Text),
            ("wait_event", Text),
            ("state", Text),
            ("backend_xid", Text),
            ("backend_xmin", Text),
            ("query_id", Count),
            ("query", Text),
            ("backend_type", Text),
        ],
    ),
    ("pg_timezone_names", &[("name", Text), ("abbrev", Text), ("utc_offset", Interval), ("is_dst", Yes)]),
    (
        "pg_user",
        &[
            ("usename", Text),
            ("usesysid", Id),
            ("usecreatedb", Yes),
            ("usesuper", Yes),
            ("userepl", Yes),
            ("usebypassrls", Yes),
            ("passwd", Text),
            ("valuntil", Time),
            ("useconfig", Texts),
        ],
    ),
    (
        "pg_user_mappings",
        &[("umid", Id), ("srvid", Id), ("srvname", Text), ("umuser", Id), ("usename", Text), ("umoptions", Texts)],
    ),
];

/// Their names.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The table with this name, if it is one of these.
///
/// # Errors
/// When a value has no form in its column's type.
pub(super) fn table(name: &str, relations: &[Relation], users: &[String]) -> Result<Option<Arc<dyn TableProvider>>> {
    let Some((_, columns)) = TABLES.iter().find(|(known, _)| *known == name) else { return Ok(None) };
    let field = |(name, kind): &(&str, Kind)| Field::new(*name, kind.data_type(), true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let rows: Vec<Row> = match name {
        "pg_indexes" => relations.iter().map(index).collect(),
        "pg_user" => users.iter().zip(USER_OID_MIN..).map(|(user, oid)| user_row(user, oid)).collect(),
        "pg_timezone_names" => vec![utc()],
        _ => Vec::new(),
    };
    fixed(batch(&schema, &rows)?).map(Some)
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Text => DataType::Utf8,
            Texts => list_of(DataType::Utf8),
            Id => DataType::Int32,
            Count => DataType::Int64,
            Yes => DataType::Boolean,
            Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Interval => DataType::Interval(datafusion::arrow::datatypes::IntervalUnit::MonthDayNano),
        }
    }
}

fn index(relation: &Relation) -> Row {
    vec![
        ("schemaname", text("public")),
        ("tablename", text(relation.view.as_str())),
        ("indexname", text(primary_keys::name(relation.view))),
        ("indexdef", text(primary_keys::index_definition(relation.view))),
    ]
}

fn user_row(user: &str, oid: i32) -> Row {
    let refused = ["usecreatedb", "usesuper", "userepl", "usebypassrls"];
    let refused = refused.map(|column| (column, ScalarValue::Boolean(Some(false))));
    let given = [("usename", text(user)), ("usesysid", ScalarValue::Int32(Some(oid))), ("passwd", text("********"))];
    refused.into_iter().chain(given).collect()
}

/// The only zone that times are in.
fn utc() -> Row {
    vec![
        ("name", text("UTC")),
        ("abbrev", text("UTC")),
        ("utc_offset", ScalarValue::new_interval_mdn(0, 0, 0)),
        ("is_dst", ScalarValue::Boolean(Some(false))),
    ]
}
