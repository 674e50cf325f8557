//! `information_schema`: the query engine's, with PostgreSQL's names of types and with the primary keys. Power BI reads
//! columns and keys here, Metabase the keys.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::{CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::error::Result;
use datafusion::scalar::ScalarValue;
use landfall_operators::rows::View;

use super::catalog::DATABASE;
use super::catalog_schema::{Amended, Row, batch, fixed, text};
use super::primary_keys;

const CONSTRAINTS: &str = "table_constraints";
const KEY_COLUMNS: &str = "key_column_usage";
const CONSTRAINED_COLUMNS: &str = "constraint_column_usage";
const REFERENCES: &str = "referential_constraints";

/// Tables of ours, and their columns of text.
const TABLES: &[(&str, &[&str])] = &[
    (
        CONSTRAINTS,
        &[
            "table_catalog",
            "table_schema",
            "table_name",
            "constraint_type",
            "is_deferrable",
            "initially_deferred",
            "enforced",
        ],
    ),
    (KEY_COLUMNS, &["table_catalog", "table_schema", "table_name", "column_name"]),
    (CONSTRAINED_COLUMNS, &["table_catalog", "table_schema", "table_name", "column_name"]),
    (
        REFERENCES,
        &[
            "unique_constraint_catalog",
            "unique_constraint_schema",
            "unique_constraint_name",
            "match_option",
            "update_rule",
            "delete_rule",
        ],
    ),
];

/// Columns that PostgreSQL has in `columns` besides, with their only value.
const MORE: &[(&str, Option<&str>)] = &[
    ("udt_catalog", Some(DATABASE)),
    ("udt_schema", Some("pg_catalog")),
    ("udt_name", None),
    ("domain_name", None),
    ("collation_name", None),
    ("is_identity", Some("NO")),
    ("identity_generation", None),
    ("is_generated", Some("NEVER")),
    ("generation_expression", None),
    ("is_updatable", Some("NO")),
];

/// The schema.
#[derive(Debug)]
pub(super) struct Information {
    inner: InformationSchemaProvider,
    served: Vec<View>,
}

impl Information {
    /// Of everything in a list of catalogs; `served` have primary keys.
    pub fn new(catalogs: Arc<dyn CatalogProviderList>, served: &[View]) -> Information {
        Information { inner: InformationSchemaProvider::new(catalogs), served: served.to_vec() }
    }

    fn rows(&self, table: &str) -> Vec<Row> {
        let named = |view: View, mut row: Row| {
            row.extend([
                ("constraint_catalog", text(DATABASE)),
                ("constraint_schema", text("public")),
                ("constraint_name", text(primary_keys::name(view))),
                ("table_catalog", text(DATABASE)),
                ("table_schema", text("public")),
                ("table_name", text(view.as_str())),
            ]);
            row
        };
        let views = self.served.iter().copied();
        match table {
            CONSTRAINTS => {
                let row = || {
                    let no = ["is_deferrable", "initially_deferred"].map(|column| (column, text("NO")));
                    [("constraint_type", text("PRIMARY KEY")), ("enforced", text("YES"))]
                        .into_iter()
                        .chain(no)
                        .collect()
                };
                views.map(|view| named(view, row())).collect()
            }
            KEY_COLUMNS | CONSTRAINED_COLUMNS => views
                .flat_map(|view| view.key().iter().zip(1..).map(move |(column, number)| (view, *column, number)))
                .map(|(view, column, number)| {
                    let place = ("ordinal_position", ScalarValue::Int32(Some(number)));
                    named(view, vec![("column_name", text(column)), place])
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

#[async_trait]
impl SchemaProvider for Information {
    fn table_names(&self) -> Vec<String> {
        let ours = TABLES.iter().map(|(name, _)| (*name).to_owned());
        self.inner.table_names().into_iter().chain(ours).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let name = name.to_ascii_lowercase();
        if let Some((_, columns)) = TABLES.iter().find(|(table, _)| *table == name) {
            let named = ["constraint_catalog", "constraint_schema", "constraint_name"];
            let mut fields: Vec<Field> =
                named.iter().chain(*columns).map(|column| Field::new(*column, DataType::Utf8, true)).collect();
            if name == KEY_COLUMNS {
                let numbers = ["ordinal_position", "position_in_unique_constraint"];
                fields.extend(numbers.map(|column| Field::new(column, DataType::Int32, true)));
            }
            return fixed(batch(&Arc::new(Schema::new(fields)), &self.rows(&name))?).map(Some);
        }
        let Some(table) = self.inner.table(&name).await? else { return Ok(None) };
        if name != "columns" {
            return Ok(Some(table));
        }
        let known = table.schema();
        let more = MORE.iter().map(|(column, _)| Arc::new(Field::new(*column, DataType::Utf8, true)));
        let schema: SchemaRef = Arc::new(Schema::new(known.fields().iter().cloned().chain(more).collect::<Vec<_>>()));
        let target = Arc::clone(&schema);
        Ok(Some(Amended::new(table, schema, move |found| columns(&target, &found))))
    }

    fn table_exist(&self, name: &str) -> bool {
        TABLES.iter().any(|(table, _)| table.eq_ignore_ascii_case(name)) || self.inner.table_exist(name)
    }
}

/// The rows of `columns` in PostgreSQL's words.
fn columns(schema: &SchemaRef, found: &RecordBatch) -> Result<RecordBatch> {
    let types = cast(found.column(found.schema().index_of("data_type")?), &DataType::Utf8)?;
    let types: Vec<(&str, &str)> =
        types.as_string::<i32>().iter().map(|kind| names(kind.unwrap_or_default())).collect();
    let columns = schema.fields().iter().map(|field| -> Result<ArrayRef> {
        let found_values = found.column_by_name(field.name());
        let only = MORE.iter().find(|(column, _)| column == field.name()).and_then(|(_, value)| *value);
        let values: ArrayRef = match (field.name().as_str(), found_values) {
            ("data_type", _) => Arc::new(StringArray::from_iter_values(types.iter().map(|(name, _)| name))),
            ("udt_name", _) => Arc::new(StringArray::from_iter_values(types.iter().map(|(_, short)| short))),
            ("ordinal_position", Some(places)) => {
                let places = cast(places, &DataType::Int64)?;
                let from_one = places.as_primitive::<Int64Type>().iter().map(|place| place.map(|place| place + 1));
                Arc::new(from_one.collect::<Int64Array>())
            }
            (_, Some(values)) => Arc::clone(values),
            (_, None) => match only {
                Some(value) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, found.num_rows()))),
                None => new_null_array(field.data_type(), found.num_rows()),
            },
        };
        Ok(cast(&values, field.data_type())?)
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_>>()?)?)
}

/// PostgreSQL's long and short name of a type of the query engine.
fn names(kind: &str) -> (&'static str, &'static str) {
    match kind.split('(').next().unwrap_or_default() {
        "Boolean" => ("boolean", "bool"),
        "Int8" | "Int16" | "UInt8" => ("smallint", "int2"),
        "Int32" | "UInt16" => ("integer", "int4"),
        "Int64" | "UInt32" => ("bigint", "int8"),
        "Decimal128" | "Decimal256" | "UInt64" => ("numeric", "numeric"),
        "Float32" => ("real", "float4"),
        "Float64" => ("double precision", "float8"),
        "Date32" | "Date64" => ("date", "date"),
        "Timestamp" if kind.contains("Some") || kind.contains('+') || kind.contains('"') => {
            ("timestamp with time zone", "timestamptz")
        }
        "Timestamp" => ("timestamp without time zone", "timestamp"),
        "List" | "LargeList" | "FixedSizeList" => ("ARRAY", "_text"),
        "Binary" | "LargeBinary" => ("bytea", "bytea"),
        _ => ("text", "text"),
    }
}
