//! Comments on tables and columns, from the data dictionary, where PostgreSQL keeps them: `pg_description`,
//! `obj_description` and `col_description`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::prelude::SessionContext;
use landfall_operators::rows::View;

use super::routines;

/// What a view is about; the first words that somebody reads who looks around.
pub(super) fn about(view: View) -> &'static str {
    match view {
        View::FreightCharges => "Every billed charge against what was expected",
        View::UnmatchedFreightCharges => "Billed charges that are not matched",
        View::UnbilledCharges => "Expected charges that nobody billed in time",
        View::LandedCost => "Cost of order lines by component, in the base currency",
        View::LandedCostLines => "Cost of order lines, in the base currency",
        View::LandedCostVariance => "Order lines whose cost is outside the tolerance of the estimate",
        View::Milestones => "Milestones of shipments: due, expected, actual",
        View::LateMilestones => "Milestones that are late, overdue or at risk",
        View::Exceptions => "Everything somebody should look at",
        View::ShipmentTimeline => "Every document that touches a shipment, in business time",
        View::ShipmentStatus => "Where shipments stand",
        View::FeedHealth => "Whether partners speak",
        View::Kpis => "Key figures by partner and region",
        View::ControlTotals => "Totals that balance at every tick",
        View::DataErrors => "Records that are no events, are held, or conflict",
    }
}

/// Comments by object and number of the column, 0 for the table.
#[derive(Debug)]
pub(super) struct Descriptions {
    served: Vec<View>,
    /// Object ids are handed out when the catalog is first read.
    by_object: OnceLock<Objects>,
}

#[derive(Debug, Default)]
struct Objects {
    /// The object id of `pg_class` itself.
    class: i32,
    views: Vec<Relation>,
    /// PostgreSQL's functions.
    functions: HashMap<String, i32>,
    texts: HashMap<(i32, i32), &'static str>,
}

/// A view as PostgreSQL's catalog knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relation {
    /// Which.
    pub view: View,
    /// Its object id.
    pub oid: i32,
    /// The object id of its schema.
    pub namespace: i32,
}

impl Descriptions {
    pub fn new(served: &[View]) -> Descriptions {
        Descriptions { served: served.to_vec(), by_object: OnceLock::new() }
    }

    /// Reads the object ids of the views. Until then there are no comments.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn load(&self, context: &SessionContext) -> Result<()> {
        let classes =
            context.sql("SELECT oid, relnamespace, relname FROM pg_catalog.pg_class").await?.collect().await?;
        let mut objects = Objects::default();
        for batch in &classes {
            let (oids, spaces) = (cast(batch.column(0), &DataType::Int32)?, cast(batch.column(1), &DataType::Int32)?);
            let names = cast(batch.column(2), &DataType::Utf8)?;
            let ids = oids.as_primitive::<Int32Type>().iter().zip(spaces.as_primitive::<Int32Type>());
            for ((oid, namespace), name) in ids.zip(names.as_string::<i32>()) {
                let (Some(oid), Some(namespace), Some(name)) = (oid, namespace, name) else { continue };
                if name == "pg_class" {
                    objects.class = oid;
                }
                if let Some(view) = self.served.iter().find(|view| view.as_str() == name) {
                    objects.views.push(Relation { view: *view, oid, namespace });
                    objects.texts.insert((oid, 0), about(*view));
                    let columns = view.columns().iter().zip(1..);
                    objects.texts.extend(columns.map(|(column, number)| ((oid, number), column.doc.trim())));
                }
            }
        }
        let functions = context.sql("SELECT oid, proname FROM pg_catalog.pg_proc").await?.collect().await?;
        for batch in &functions {
            let (oids, names) = (cast(batch.column(0), &DataType::Int32)?, cast(batch.column(1), &DataType::Utf8)?);
            let named = names.as_string::<i32>().iter().zip(oids.as_primitive::<Int32Type>());
            objects.functions.extend(named.filter_map(|(name, oid)| Some((name?.to_owned(), oid?))));
        }
        let _loaded_before = self.by_object.set(objects);
        Ok(())
    }

    /// `obj_description` and `col_description`.
    pub fn functions(self: &Arc<Descriptions>) -> Vec<ScalarUDF> {
        let names = ["obj_description", "col_description", "shobj_description"];
        names.map(|name| ScalarUDF::from(DescriptionFunction::new(name, Arc::clone(self)))).into()
    }

    /// The object id of `pg_class`, once the catalog is read.
    pub fn class(&self) -> Option<i32> {
        self.by_object.get().map(|objects| objects.class)
    }

    /// The views, once the catalog is read.
    pub fn relations(&self) -> &[Relation] {
        self.by_object.get().map_or(&[], |objects| &objects.views)
    }

    /// The object id of one of PostgreSQL's functions.
    pub fn function(&self, name: &str) -> Option<i32> {
        self.by_object.get()?.functions.get(name).copied()
    }

    fn text(&self, object: i32, column: i32) -> Option<&'static str> {
        let text = self.by_object.get()?.texts.get(&(object, column)).copied();
        text.or_else(|| routines::about(object).filter(|_| column == 0))
    }

    /// The rows of `pg_description`, in the columns of this schema.
    pub fn rows(&self, schema: &SchemaRef) -> Result<RecordBatch> {
        let nothing = Objects::default();
        let objects = self.by_object.get().unwrap_or(&nothing);
        let texts: Vec<_> = objects.texts.iter().collect();
        let columns = schema.fields().iter().map(|field| {
            let values: ArrayRef = match field.name().as_str() {
                "objoid" => Arc::new(Int32Array::from_iter_values(texts.iter().map(|((object, _), _)| *object))),
                "objsubid" => Arc::new(Int32Array::from_iter_values(texts.iter().map(|((_, column), _)| *column))),
                "classoid" if field.data_type().is_integer() => {
                    Arc::new(Int32Array::from_iter_values(texts.iter().map(|_| objects.class)))
                }
                "classoid" => Arc::new(StringArray::from_iter_values(texts.iter().map(|_| "pg_class"))),
                _ => Arc::new(StringArray::from_iter_values(texts.iter().map(|(_, text)| text))),
            };
            cast(&values, field.data_type()).map_err(Into::into)
        });
        Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_>>()?)?)
    }
}

#[derive(Debug)]
struct DescriptionFunction {
    name: &'static str,
    descriptions: Arc<Descriptions>,
    signature: Signature,
}

impl DescriptionFunction {
    fn new(name: &'static str, descriptions: Arc<Descriptions>) -> DescriptionFunction {
        let shapes = vec![TypeSignature::Any(1), TypeSignature::Any(2)];
        DescriptionFunction { name, descriptions, signature: Signature::one_of(shapes, Volatility::Stable) }
    }
}

impl PartialEq for DescriptionFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for DescriptionFunction {}

impl std::hash::Hash for DescriptionFunction {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for DescriptionFunction {
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
        let objects = objects.as_primitive::<Int32Type>();
        let columns = match (self.name, arrays.get(1)) {
            ("col_description", Some(columns)) => cast(columns, &DataType::Int32)?,
            _ => Arc::new(Int32Array::from_value(0, objects.len())),
        };
        let columns = columns.as_primitive::<Int32Type>();
        let is_shared = self.name == "shobj_description";
        let texts = objects.iter().zip(columns).map(|(object, column)| {
            let (object, column) = (object?, column?);
            if is_shared { None } else { self.descriptions.text(object, column) }
        });
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        Ok(ColumnarValue::Array(texts))
    }
}
