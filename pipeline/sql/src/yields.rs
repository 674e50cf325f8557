//! Makes queries give way: an operator that makes many rows of few would otherwise hear of no cancellation.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

/// A task gives way after 128 steps. A batch that a join compares by long texts takes 20 ms and more, so it counts for so many
/// steps: as one, a question that has been given up would keep its threads for seconds.
const STEPS: usize = 4;

/// Lets joins and other operators that multiply rows give way every thirty batches or so.
#[derive(Debug)]
pub(super) struct GiveWay;

const MULTIPLYING: &[&str] = &[
    "CrossJoinExec",
    "HashJoinExec",
    "NestedLoopJoinExec",
    "PiecewiseMergeJoinExec",
    "RecursiveQueryExec",
    "SortMergeJoinExec",
    "SymmetricHashJoinExec",
    "UnnestExec",
];

impl PhysicalOptimizerRule for GiveWay {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let wrapped = plan.transform_up(|node| {
            Ok(if MULTIPLYING.contains(&node.name()) {
                Transformed::yes((0..STEPS).fold(node, |node, _| Arc::new(CooperativeExec::new(node)) as _))
            } else {
                Transformed::no(node)
            })
        })?;
        Ok(wrapped.data)
    }

    fn name(&self) -> &'static str {
        "give_way"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
