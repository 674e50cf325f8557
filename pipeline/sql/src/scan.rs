//! Reads a view inside a query: lazily, from the statement's tick.

use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, assert_eq_or_internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::stream;
use landfall_operators::rows::View;

use super::range::KeyRange;
use super::source::{Cursor, Read, Source};

/// The first batch is small, so that a small answer costs little; they grow from there.
const FIRST_BATCH_ROWS: usize = 256;
const BATCH_ROWS_MAX: usize = 8_192;

/// Reads some columns of a range of a view's rows.
#[derive(Debug)]
pub(super) struct ScanExec {
    view: View,
    source: Arc<dyn Source>,
    range: KeyRange,
    projection: Arc<[usize]>,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
}

impl ScanExec {
    pub fn new(
        view: View,
        source: Arc<dyn Source>,
        range: KeyRange,
        projection: Arc<[usize]>,
        limit: Option<usize>,
        schema: SchemaRef,
    ) -> ScanExec {
        let properties = PlanProperties::new(
            ordered(view, &projection, schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        ScanExec { view, source, range, projection, limit, properties: Arc::new(properties) }
    }

    fn rows(&self) -> Precision<usize> {
        let all = self.source.len();
        let limited = |rows: usize| self.limit.map_or(rows, |limit| limit.min(rows));
        if self.range.is_full() {
            Precision::Exact(limited(all))
        } else if self.range.is_point(self.view) {
            Precision::Inexact(limited(all.min(1)))
        } else {
            // A fixed part of a key usually leaves few rows; the engine only has to know which side of a join is small.
            Precision::Inexact(limited(all.isqrt()))
        }
    }
}

/// Rows come in the order of the view's key, as far as its columns are read.
fn ordered(view: View, projection: &[usize], schema: SchemaRef) -> EquivalenceProperties {
    let places = view.key().iter().map_while(|name| {
        let at = view.columns().iter().position(|column| column.name == *name)?;
        let place = projection.iter().position(|column| *column == at)?;
        Some((*name, place))
    });
    let ordering = places.map(|(name, place)| {
        let options = SortOptions { descending: false, nulls_first: false };
        PhysicalSortExpr::new(Arc::new(PhysicalColumn::new(name, place)), options)
    });
    EquivalenceProperties::new_with_orderings(schema, LexOrdering::new(ordering))
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ViewScan: {}, range=[{}]", self.view.as_str(), self.range)?;
        self.limit.map_or(Ok(()), |limit| write!(f, ", limit={limit}"))
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &'static str {
        "ViewScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        assert_eq_or_internal_err!(children.len(), 0, "a scan has no children");
        Ok(self)
    }

    fn partition_statistics(&self, _partition: Option<usize>) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = self.rows();
        Ok(Arc::new(statistics))
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let limit = if self.range.is_empty() { 0 } else { self.limit.unwrap_or(usize::MAX) };
        let read = Read {
            view: self.view,
            ends: self.range.ends(),
            projection: Arc::clone(&self.projection),
            schema: self.schema(),
        };
        let state = Reading { cursor: self.source.cursor(read), left: limit, batch_rows: FIRST_BATCH_ROWS };
        let batches = stream::iter(state.filter_map(Result::transpose));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// How far a scan is.
struct Reading {
    cursor: Box<dyn Cursor>,
    left: usize,
    batch_rows: usize,
}

impl Iterator for Reading {
    type Item = Result<Option<datafusion::arrow::array::RecordBatch>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let batch = self.cursor.next(self.batch_rows.min(self.left));
        match &batch {
            Ok(Some(batch)) => self.left -= batch.num_rows(),
            Ok(None) | Err(_) => self.left = 0,
        }
        self.batch_rows = (self.batch_rows * 2).min(BATCH_ROWS_MAX);
        Some(batch)
    }
}
