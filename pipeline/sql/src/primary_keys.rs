//! The key of every view as PostgreSQL's catalog shows a primary key: an index, its columns, and a constraint. Tools read
//! it to tell rows apart, and people to see what identifies one.

use std::sync::Arc;

use arrow_pg::datatypes::into_pg_type;
use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::scalar::ScalarValue;
use landfall_operators::rows::View;

use super::catalog_schema::{OWNER_OID, Row, text};
use super::descriptions::{Descriptions, Relation};
use super::types;

/// Indexes and constraints are numbered from here, by the number of their view, beyond all other object ids.
const INDEX_OID_MIN: i32 = 1_000_000;
const CONSTRAINT_OID_MIN: i32 = 2_000_000;
/// PostgreSQL's `btree`.
const BTREE_OID: i32 = 403;

fn short(number: usize) -> ScalarValue {
    ScalarValue::Int16(i16::try_from(number).ok())
}

fn id(oid: i32) -> ScalarValue {
    ScalarValue::Int32(Some(oid))
}

fn yes(holds: bool) -> ScalarValue {
    ScalarValue::Boolean(Some(holds))
}

/// The name of a view's primary key, and of its index.
pub(super) fn name(view: View) -> String {
    format!("{}_pkey", view.as_str())
}

/// Numbers of the key columns, from 1, in the order of the key.
fn key_columns(view: View) -> Vec<usize> {
    let number = |key: &&str| view.columns().iter().position(|column| column.name == *key).map(|at| at + 1);
    view.key().iter().filter_map(number).collect()
}

/// The index in `pg_class`.
pub(super) fn class(relation: &Relation) -> Row {
    vec![
        ("oid", id(INDEX_OID_MIN + relation.oid)),
        ("relname", text(name(relation.view))),
        ("relnamespace", id(relation.namespace)),
        ("relowner", id(OWNER_OID)),
        ("relam", id(BTREE_OID)),
        ("relpersistence", text("p")),
        ("relkind", text("i")),
        ("relnatts", short(relation.view.key().len())),
        ("relispopulated", yes(true)),
        ("relreplident", text("n")),
    ]
}

/// The columns of the index in `pg_attribute`.
pub(super) fn attributes(relation: &Relation) -> Vec<Row> {
    let schema = types::schema(relation.view);
    let attribute = |(at, key): (usize, &&'static str)| {
        let kind = schema.field_with_name(key).ok().and_then(|field| into_pg_type(field.data_type()).ok());
        vec![
            ("attrelid", id(INDEX_OID_MIN + relation.oid)),
            ("attname", text(*key)),
            ("atttypid", ScalarValue::UInt32(kind.map(|kind| kind.oid()))),
            ("attnum", short(at + 1)),
            ("atttypmod", id(-1)),
            ("attlen", ScalarValue::Int16(Some(-1))),
            ("attislocal", yes(true)),
        ]
    };
    relation.view.key().iter().enumerate().map(attribute).collect()
}

/// The index in `pg_index`.
pub(super) fn index(relation: &Relation) -> Row {
    let columns = key_columns(relation.view);
    let spaced = |texts: Vec<String>| text(texts.join(" "));
    let zeros = || spaced(columns.iter().map(|_| "0".to_owned()).collect());
    vec![
        ("indexrelid", id(INDEX_OID_MIN + relation.oid)),
        ("indrelid", id(relation.oid)),
        ("indnatts", short(columns.len())),
        ("indnkeyatts", short(columns.len())),
        ("indisunique", yes(true)),
        ("indisprimary", yes(true)),
        ("indimmediate", yes(true)),
        ("indisvalid", yes(true)),
        ("indisready", yes(true)),
        ("indislive", yes(true)),
        ("indkey", spaced(columns.iter().map(usize::to_string).collect())),
        ("indcollation", zeros()),
        ("indclass", zeros()),
        ("indoption", zeros()),
    ]
}

/// The constraint in `pg_constraint`.
pub(super) fn constraint(relation: &Relation) -> Row {
    let columns: Vec<ScalarValue> = key_columns(relation.view).into_iter().map(short).collect();
    vec![
        ("oid", id(CONSTRAINT_OID_MIN + relation.oid)),
        ("conname", text(name(relation.view))),
        ("connamespace", id(relation.namespace)),
        ("contype", text("p")),
        ("convalidated", yes(true)),
        ("conrelid", id(relation.oid)),
        ("conindid", id(INDEX_OID_MIN + relation.oid)),
        ("confupdtype", text(" ")),
        ("confdeltype", text(" ")),
        ("confmatchtype", text(" ")),
        ("conislocal", yes(true)),
        ("connoinherit", yes(true)),
        ("conkey", ScalarValue::List(ScalarValue::new_list_nullable(&columns, &DataType::Int16))),
    ]
}

/// The statement that would make the index.
pub(super) fn index_definition(view: View) -> String {
    let columns = view.key().join(", ");
    format!("CREATE UNIQUE INDEX {} ON public.{} USING btree ({columns})", name(view), view.as_str())
}

/// `pg_get_indexdef` and `pg_get_constraintdef`.
pub(super) fn functions(descriptions: &Arc<Descriptions>) -> Vec<ScalarUDF> {
    let names = ["pg_get_indexdef", "pg_get_constraintdef"];
    names.map(|name| ScalarUDF::from(Definition::new(name, Arc::clone(descriptions)))).into()
}

/// The text of an index or a constraint.
#[derive(Debug)]
struct Definition {
    name: &'static str,
    descriptions: Arc<Descriptions>,
    signature: Signature,
}

impl Definition {
    fn new(name: &'static str, descriptions: Arc<Descriptions>) -> Definition {
        let shapes = (1..=3).map(TypeSignature::Any).collect();
        Definition { name, descriptions, signature: Signature::one_of(shapes, Volatility::Stable) }
    }

    /// Of the object with this id; of an index also the name of one column, where a number above 0 is given.
    fn text(&self, object: i32, column: usize) -> Option<String> {
        let is_index = self.name == "pg_get_indexdef";
        let least = if is_index { INDEX_OID_MIN } else { CONSTRAINT_OID_MIN };
        let view = self.descriptions.relations().iter().find(|relation| relation.oid == object - least)?.view;
        Some(match (is_index, column) {
            (false, _) => format!("PRIMARY KEY ({})", view.key().join(", ")),
            (true, 0) => index_definition(view),
            (true, number) => view.key().get(number - 1)?.to_string(),
        })
    }
}

impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Definition {}

impl std::hash::Hash for Definition {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Definition {
    fn name(&self) -> &'static str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let objects = cast(&arrays[0], &DataType::Int32)?;
        // `pg_get_indexdef(index, column, pretty)`; with two arguments the second is `pretty`.
        let columns = match arrays.as_slice() {
            [_, columns, _] if self.name == "pg_get_indexdef" => Some(cast(columns, &DataType::Int64)?),
            _ => None,
        };
        let texts = objects.as_primitive::<Int32Type>().iter().enumerate().map(|(at, object)| {
            let number = columns.as_ref().map_or(0, |columns| columns.as_primitive::<Int64Type>().value(at));
            self.text(object?, usize::try_from(number).ok()?)
        });
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        Ok(ColumnarValue::Array(texts))
    }
}
