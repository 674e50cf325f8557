//! Views as tables. A table holds no rows: the statement brings the snapshot that all its tables are read from.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{SchemaProvider, Session, TableProvider};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use landfall_operators::rows::View;

use super::pin::Pin;
use super::range::KeyRange;
use super::scan::ScanExec;
use super::{source, types};

/// A view.
#[derive(Debug)]
pub(super) struct ViewTable {
    view: View,
    schema: SchemaRef,
}

impl ViewTable {
    fn new(view: View) -> ViewTable {
        ViewTable { view, schema: types::schema(view) }
    }
}

#[async_trait]
impl TableProvider for ViewTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let (_, answered) = KeyRange::of(self.view, filters);
        let answer = |answered| match answered {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(answered.into_iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(pin) = state.config().get_extension::<Pin>() else {
            return internal_err!("a statement without a tick");
        };
        let (range, answered) = KeyRange::of(self.view, &filters.iter().collect::<Vec<_>>());
        if answered.contains(&false) {
            return internal_err!("a filter that was not asked for: {filters:?}");
        }
        let projection: Arc<[usize]> = match projection {
            Some(columns) => columns.as_slice().into(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&projection)?);
        let rows = source::source(&pin.snapshot, self.view);
        Ok(Arc::new(ScanExec::new(self.view, rows, range, projection, limit, schema)))
    }
}

/// The schema `public`: the served views and nothing else, for ever.
#[derive(Debug)]
pub(super) struct Views(Vec<(View, Arc<ViewTable>)>);

impl Views {
    pub fn new(served: &[View]) -> Views {
        Views(served.iter().map(|view| (*view, Arc::new(ViewTable::new(*view)))).collect())
    }
}

#[async_trait]
impl SchemaProvider for Views {
    fn table_names(&self) -> Vec<String> {
        self.0.iter().map(|(view, _)| view.as_str().to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let found = self.0.iter().find(|(view, _)| view.as_str() == name);
        Ok(found.map(|(_, table)| Arc::clone(table) as Arc<dyn TableProvider>))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.iter().any(|(view, _)| view.as_str() == name)
    }
}
