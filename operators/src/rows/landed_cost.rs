//! Rows of the views of landed cost. Money is in the base currency.

use landfall_schemas::event::Component;
use landfall_schemas::{Money, Text};

use super::cell::{Millionths, named_enum, view_row};

named_enum! {
    /// How much of a line's landed cost is actual.
    Completeness {
        /// No component of the totals has an actual.
        None = "none",
        /// Some have.
        Partial = "partial",
        /// Every component with a non-zero estimate is covered.
        Complete = "complete",
    }
}

view_row! {
    /// A component of the landed cost of an order line.
    LandedCostRow key(order_id: Text, line_no: u32, component: Component) {
        /// The order.
        order_id: Text,
        /// Its line.
        line_no: u32,
        /// Component of landed cost.
        component: Component,
        /// Estimated amount; 0 when none is given.
        estimate: Money,
        /// Invoiced and assessed so far; empty if nothing contributed.
        actual: Option<Money>,
        /// The actual plus the estimate of what is not covered yet.
        best: Money,
        /// Best minus estimate; empty without an actual.
        variance: Option<Money>,
        /// Share of the ordered quantity that the actual covers; empty without one.
        coverage: Option<Millionths>,
    }
}

view_row! {
    /// The landed cost of an order line.
    LandedCostLineRow key(order_id: Text, line_no: u32) {
        /// The order.
        order_id: Text,
        /// Its line.
        line_no: u32,
        /// Sum of the estimates.
        estimate_total: Money,
        /// Sum of the actuals; 0 when nothing is.
        actual_total: Money,
        /// Sum of the best figures.
        best_total: Money,
        /// Best minus estimate.
        variance: Money,
        /// Variance as a fraction of the estimate; empty when that is 0.
        variance_pct: Option<Millionths>,
        /// Quantity times unit price; empty without a rate.
        goods_value: Option<Money>,
        /// Goods value and best total for one unit; empty without a rate.
        landed_unit_cost: Option<Millionths>,
        /// How much of it is actual.
        completeness: Completeness,
    }
}
