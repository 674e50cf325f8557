//! Goods: what orders were to cost and have cost, and how they were shipped and declared.

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use landfall_schemas::event::Order;
use triomphe::Arc;

use super::customs::{Customs, Expectations};
use super::movement::Movement;
use super::{Exceptions, Flow};
use crate::document::Doc;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::lookup::{Side, lookup};
use crate::operator::variants::fan_out;
use crate::rows::{ExceptionRow, LandedCostLineRow, LandedCostRow, View};
use crate::shared::Shared;
use crate::stage::costs::CostFinding;
use crate::stage::declared_lines::DeclaredLine;
use crate::stage::order_lines::{OrderLineDossier, OrderLineFact, OrderLineFinding};
use crate::stage::orders::{OrderDossier, OrderFact, OrderFinding};
use crate::views::control_totals::{ControlPart, Placing, of_cost};
use crate::views::exceptions::hs_mismatch;
use crate::views::kpis::Tally;

/// What became of orders.
pub struct Goods<'scope> {
    /// The rows of `landed_cost`.
    pub landed_cost: Flow<'scope, Arc<LandedCostRow>>,
    /// The rows of `landed_cost_lines`.
    pub lines: Flow<'scope, Arc<LandedCostLineRow>>,
    /// The rows of `landed_cost_variance`.
    pub lines_off: Flow<'scope, Arc<LandedCostLineRow>>,
    /// Exceptions of orders and their lines.
    pub exceptions: Exceptions<'scope>,
    /// What orders count in key figures.
    pub tallies: Flow<'scope, Tally>,
    /// Parts of the control totals of landed cost.
    pub control_parts: Flow<'scope, ControlPart>,
}

/// Orders in force as those who collect by order see them.
struct Orders<'scope> {
    /// By their lines.
    lines: Flow<'scope, ((Text, u32), OrderLineFact)>,
    /// For whole orders.
    documents: Flow<'scope, (Text, OrderFact)>,
    /// For declared lines that name them.
    by_id: Flow<'scope, (Text, Side<DeclaredLine, Doc<Order>>)>,
}

#[inline]
fn orders_in_force<'scope>(base: &BaseCollections<'scope>) -> Orders<'scope> {
    let (lines, documents, by_id) = fan_out!(
        "OrdersInForce",
        base.orders.clone(),
        [
            lines: ((Text, u32), OrderLineFact),
            documents: (Text, OrderFact),
            by_id: (Text, Side<DeclaredLine, Doc<Order>>)
        ],
        |(order, tick, diff)| {
            let id = &order.data.order_id;
            for line in &order.data.lines {
                lines.give((((id.clone(), line.line_no), OrderLineFact::Ordered(order.clone())), tick, diff));
            }
            documents.give(((id.clone(), OrderFact::Order(order.clone())), tick, diff));
            by_id.give(((id.clone(), Side::Right(order)), tick, diff));
        }
    );
    Orders { lines, documents, by_id }
}

/// The facts about each order line, and what costs add to the control totals.
#[inline]
fn facts<'scope>(
    ordered: Flow<'scope, ((Text, u32), OrderLineFact)>,
    shared: &Shared<'scope>,
    costs: Flow<'scope, CostFinding>,
) -> (Flow<'scope, ((Text, u32), OrderLineFact)>, Flow<'scope, ControlPart>) {
    let (shipped,) = fan_out!(
        "ShippedLines",
        shared.live_shipments.clone(),
        [shipped: ((Text, u32), OrderLineFact)],
        |(shipment, tick, diff)| {
            let occurred_at = shipment.provenance().occurred_at;
            for line in &shipment.data.contents {
                let fact = OrderLineFact::Shipped(line.quantity, occurred_at);
                shipped.give((((line.order_id.clone(), line.line_no), fact), tick, diff));
            }
        }
    );
    let (on_lines, control_parts) = fan_out!(
        "Costs",
        costs,
        [on_lines: ((Text, u32), OrderLineFact), control_parts: ControlPart],
        |(cost, tick, diff)| match cost {
            CostFinding::Incurred(component, amount) => {
                control_parts.give((of_cost(component, Placing::Total, amount.get()), tick, diff));
            }
            CostFinding::Outside(component, amount) => {
                control_parts.give((of_cost(component, Placing::Outside, amount.get()), tick, diff));
            }
            CostFinding::OnLine(order_id, line_no, cost) => {
                on_lines.give((((order_id, line_no), OrderLineFact::Cost(cost)), tick, diff));
            }
        }
    );
    (concatenate(ordered.scope(), [ordered, shipped, on_lines]), control_parts)
}

/// What orders were to cost and have cost, and how they were shipped and declared.
#[inline]
pub fn goods<'scope>(
    base: &BaseCollections<'scope>,
    shared: &Shared<'scope>,
    costs: Flow<'scope, CostFinding>,
    customs: &Customs<'scope>,
    expectations: &Expectations<'scope>,
    movement: &Movement<'scope>,
    ambient: &Ambient<'scope>,
) -> Goods<'scope> {
    let base_currency = ambient.settings().base_currency;
    let in_force = orders_in_force(base);
    let (facts, incurred) = facts(in_force.lines, shared, costs);
    let audience = ambient.audience();
    let (landed_cost, lines, lines_off, of_lines, placed) = fan_out!(
        "OrderLineFindings",
        maintain::<OrderLineDossier>(facts, ambient),
        [
            landed_cost: Arc<LandedCostRow>,
            lines: Arc<LandedCostLineRow>,
            lines_off: Arc<LandedCostLineRow>,
            exceptions: Arc<ExceptionRow>,
            placed: ControlPart
        ],
        |(finding, tick, diff)| match finding {
            OrderLineFinding::LandedCost(order, line_no, cost) => {
                if audience.reads(View::LandedCost) {
                    let row = cost.row(&order.data, line_no, base_currency);
                    landed_cost.give((Arc::new(row), tick, diff));
                }
                if let Some(actual) = cost.actual() {
                    placed.give((of_cost(cost.component, Placing::InView, actual), tick, diff));
                }
            }
            OrderLineFinding::Line(order, totals) => {
                if audience.reads_part(View::LandedCostLines, View::LandedCostVariance, totals.off) {
                    let row = Arc::new(totals.row(&order.data, base_currency));
                    if totals.off {
                        lines_off.give((Arc::clone(&row), tick, diff));
                    }
                    lines.give((row, tick, diff));
                }
            }
            OrderLineFinding::Exception(found) => exceptions.give((Arc::new(found.row(base_currency)), tick, diff)),
            OrderLineFinding::Outside(component, amount) => {
                placed.give((of_cost(component, Placing::Outside, amount.get()), tick, diff));
            }
        }
    );
    let declared = customs
        .lines
        .clone()
        .concat(expectations.lines.clone())
        .map(|declared| (declared.order_line().0, Side::Left(declared)));
    let hs_mismatches = lookup(declared.concat(in_force.by_id), ambient.gauge("DeclaredLines"), "DeclaredLines")
        .flat_map(|(declared, order)| hs_mismatch::exception(&declared, &order).map(Arc::new));
    let (of_orders, tallies) = orders(in_force.documents, expectations, movement, ambient);
    Goods {
        landed_cost,
        lines,
        lines_off,
        exceptions: concatenate(of_lines.scope(), [of_lines, hs_mismatches, of_orders]),
        tallies,
        control_parts: incurred.concat(placed),
    }
}

/// What follows for whole orders: exceptions and what they count in key figures.
#[inline]
fn orders<'scope>(
    documents: Flow<'scope, (Text, OrderFact)>,
    expectations: &Expectations<'scope>,
    movement: &Movement<'scope>,
    ambient: &Ambient<'scope>,
) -> (Exceptions<'scope>, Flow<'scope, Tally>) {
    let mismatches =
        expectations.mismatches.clone().map(|mismatch| (mismatch.order_id.clone(), OrderFact::Mismatch(mismatch)));
    let facts = concatenate(documents.scope(), [documents, movement.carried.clone(), mismatches]);
    fan_out!(
        "OrderFindings",
        maintain::<OrderDossier>(facts, ambient),
        [exceptions: Arc<ExceptionRow>, tallies: Tally],
        |(finding, tick, diff)| match finding {
            OrderFinding::Exception(row) => exceptions.give((row, tick, diff)),
            OrderFinding::Tally(tally) => tallies.give((tally, tick, diff)),
        }
    )
}
