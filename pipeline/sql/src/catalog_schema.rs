//! PostgreSQL's catalog as clients expect it: the tables of `datafusion-pg-catalog` with what it leaves out: comments,
//! primary keys, roles, and columns without which questions of psql and of drivers fail.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int32Array, RecordBatch, new_null_array};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use datafusion::catalog::{MemTable, SchemaProvider, Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::scalar::ScalarValue;

use super::descriptions::Descriptions;
use super::{further, primary_keys, routines};

/// Who owns everything.
pub(super) const OWNER_OID: i32 = 10;
/// The first of the users.
pub(super) const USER_OID_MIN: i32 = 16_000;
/// Columns that name a function, which are object ids and not names.
const FUNCTION_COLUMNS: &[&str] = &["typinput", "typoutput", "typreceive", "typsend", "amproc"];

/// A row of a catalog table: values by column. A column that is not named is null, or empty where it cannot be.
pub(super) type Row = Vec<(&'static str, ScalarValue)>;

/// A text.
pub(super) fn text(text: impl Into<String>) -> ScalarValue {
    ScalarValue::Utf8(Some(text.into()))
}

/// Rows in the columns of a table.
///
/// # Errors
/// When a value has no form in its column's type.
pub(super) fn batch(schema: &SchemaRef, rows: &[Row]) -> Result<RecordBatch> {
    if rows.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::clone(schema)));
    }
    let columns = schema.fields().iter().map(|field| {
        let value = |row: &Row| match row.iter().find(|(name, _)| name == field.name()) {
            Some((_, value)) => value.cast_to(field.data_type()),
            None if field.is_nullable() => ScalarValue::try_new_null(field.data_type()),
            None => ScalarValue::new_default(field.data_type()),
        };
        ScalarValue::iter_to_array(rows.iter().map(value).collect::<Result<Vec<_>>>()?)
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_>>()?)?)
}

/// The type of a list.
pub(super) fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, true)))
}

/// A table that holds these rows.
///
/// # Errors
/// When they are of other columns.
pub(super) fn fixed(rows: RecordBatch) -> Result<Arc<dyn TableProvider>> {
    Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))
}

/// All rows of a table.
///
/// # Errors
/// When it cannot be read.
async fn whole(table: &dyn TableProvider, state: &dyn Session) -> Result<RecordBatch> {
    let plan = table.scan(state, None, &[], None).await?;
    Ok(concat_batches(&table.schema(), &collect(plan, state.task_ctx()).await?)?)
}

type Amend = dyn Fn(RecordBatch) -> Result<RecordBatch> + Send + Sync;

/// A small table whose rows are changed when it is read.
pub(super) struct Amended {
    inner: Arc<dyn TableProvider>,
    schema: SchemaRef,
    amend: Box<Amend>,
}

impl Amended {
    /// `amend` makes rows of `schema` from those of the table.
    pub fn new(
        inner: Arc<dyn TableProvider>,
        schema: SchemaRef,
        amend: impl Fn(RecordBatch) -> Result<RecordBatch> + Send + Sync + 'static,
    ) -> Arc<Amended> {
        Arc::new(Amended { inner, schema, amend: Box::new(amend) })
    }
}

impl fmt::Debug for Amended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amended").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Amended {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = (self.amend)(whole(self.inner.as_ref(), state).await?)?;
        fixed(rows)?.scan(state, projection, filters, limit).await
    }
}

/// PostgreSQL's catalog.
#[derive(Debug)]
pub(super) struct CatalogSchema {
    inner: Arc<dyn SchemaProvider>,
    descriptions: Arc<Descriptions>,
    users: Vec<String>,
}

impl CatalogSchema {
    /// Over the tables that are there; `users` may connect.
    pub fn new(inner: Arc<dyn SchemaProvider>, descriptions: Arc<Descriptions>, users: Vec<String>) -> CatalogSchema {
        CatalogSchema { inner, descriptions, users }
    }

    /// What PostgreSQL says of a column where the table has it in another type, or lacks it.
    fn columns(table: &str, inner: &Schema) -> SchemaRef {
        let retyped = |field: &Arc<Field>| -> Arc<Field> {
            let name = field.name().as_str();
            let kind = match name {
                "conkey" | "confkey" => list_of(DataType::Int16),
                "setconfig" | "reloptions" | "attoptions" | "attfdwoptions" | "stxkind" => list_of(DataType::Utf8),
                name if name.ends_with("acl") => list_of(DataType::Utf8),
                name if FUNCTION_COLUMNS.contains(&name) => DataType::Int32,
                _ => return Arc::clone(field),
            };
            Arc::new(Field::new(name, kind, true).with_metadata(field.metadata().clone()))
        };
        let lacking: &[(&str, DataType)] = match table {
            "pg_class" => &[("relacl", list_of(DataType::Utf8)), ("reloptions", list_of(DataType::Utf8))],
            "pg_settings" => &[("boot_val", DataType::Utf8)],
            "pg_collation" => &[("colliculocale", DataType::Utf8)],
            "pg_constraint" | "pg_language" | "pg_opclass" | "pg_opfamily" | "pg_rewrite" | "pg_trigger" => {
                &[("tableoid", DataType::Int32)]
            }
            _ => &[],
        };
        let lacking = lacking.iter().map(|(name, kind)| Arc::new(Field::new(*name, kind.clone(), true)));
        Arc::new(Schema::new(inner.fields().iter().map(retyped).chain(lacking).collect::<Vec<_>>()))
    }

    /// Rows that the table lacks.
    fn rows(&self, table: &str) -> Vec<Row> {
        let relations = self.descriptions.relations();
        match table {
            "pg_class" => relations.iter().map(primary_keys::class).collect(),
            "pg_attribute" => relations.iter().flat_map(primary_keys::attributes).collect(),
            "pg_index" => relations.iter().map(primary_keys::index).collect(),
            "pg_constraint" => relations.iter().map(primary_keys::constraint).collect(),
            "pg_proc" => relations.first().map_or_else(Vec::new, |relation| routines::rows(relation.namespace)),
            "pg_roles" => self.roles(),
            "pg_settings" => vec![vec![("name", text("max_index_keys")), ("setting", text("32"))]],
            _ => Vec::new(),
        }
    }

    /// The owner, who cannot connect, and who can.
    fn roles(&self) -> Vec<Row> {
        let role = |name: &str, oid: i32, connects: bool| {
            let refused = ["rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls"];
            let refused = refused.map(|column| (column, ScalarValue::Boolean(Some(false))));
            let given = [
                ("rolname", text(name)),
                ("rolinherit", ScalarValue::Boolean(Some(true))),
                ("rolcanlogin", ScalarValue::Boolean(Some(connects))),
                ("rolconnlimit", ScalarValue::Int32(Some(-1))),
                ("oid", ScalarValue::Int32(Some(oid))),
            ];
            refused.into_iter().chain(given).collect()
        };
        let users = self.users.iter().zip(USER_OID_MIN..).map(|(user, oid)| role(user, oid, true));
        std::iter::once(role(super::catalog::DATABASE, OWNER_OID, false)).chain(users).collect()
    }

    fn amended(&self, name: &str, inner: Arc<dyn TableProvider>) -> Arc<dyn TableProvider> {
        let schema = CatalogSchema::columns(name, &inner.schema());
        let rows = self.rows(name);
        if rows.is_empty() && schema == inner.schema() {
            return inner;
        }
        // What is there belongs to tables that are not, or has object ids that nothing here has.
        let keeps = !matches!(name, "pg_index" | "pg_constraint" | "pg_roles");
        let (target, known) = (Arc::clone(&schema), Arc::clone(&self.descriptions));
        Amended::new(inner, schema, move |found| {
            let more = batch(&target, &rows)?;
            if !keeps {
                return Ok(more);
            }
            let columns = target.fields().iter().map(|field| column(field, &found, &known));
            let found = RecordBatch::try_new(Arc::clone(&target), columns.collect::<Result<_>>()?)?;
            Ok(concat_batches(&target, [&found, &more])?)
        })
    }
}

/// A column as it should be, from rows as they are.
fn column(field: &Arc<Field>, found: &RecordBatch, known: &Descriptions) -> Result<ArrayRef> {
    let name = field.name().as_str();
    let Some(values) = found.column_by_name(name) else {
        return Ok(new_null_array(field.data_type(), found.num_rows()));
    };
    if FUNCTION_COLUMNS.contains(&name) {
        let names = cast(values, &DataType::Utf8)?;
        let ids = names.as_string::<i32>().iter().map(|name| name.and_then(|name| known.function(name)));
        return Ok(Arc::new(ids.map(|id| id.or(Some(0))).collect::<Int32Array>()));
    }
    match name {
        "relowner" => Ok(Arc::new(Int32Array::from_value(OWNER_OID, values.len()))),
        "relhasindex" => {
            let oids = cast(found.column(found.schema().index_of("oid")?), &DataType::Int32)?;
            let is_view = |oid| known.relations().iter().any(|relation| relation.oid == oid);
            let has = oids.as_primitive::<Int32Type>().iter().map(|oid| oid.map(is_view));
            Ok(Arc::new(has.collect::<BooleanArray>()))
        }
        _ if values.data_type() == field.data_type() => Ok(Arc::clone(values)),
        _ => Ok(new_null_array(field.data_type(), found.num_rows())),
    }
}

#[async_trait]
impl SchemaProvider for CatalogSchema {
    fn table_names(&self) -> Vec<String> {
        self.inner.table_names().into_iter().chain(further::names().map(str::to_owned)).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let name = name.to_ascii_lowercase();
        let Some(table) = self.inner.table(&name).await? else {
            return further::table(&name, self.descriptions.relations(), &self.users);
        };
        if name == "pg_description" {
            return fixed(self.descriptions.rows(&table.schema())?).map(Some);
        }
        Ok(Some(self.amended(&name, table)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.inner.table_exist(name) || further::names().any(|further| further.eq_ignore_ascii_case(name))
    }
}
