//! Goods: what orders were to cost and have cost, and how they were shipped and declared.

use std::sync::Arc;

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;

use super::customs::{Customs, Expectations};
use super::movement::Movement;
use super::{Exceptions, Flow};
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::variants::by_variant;
use crate::rows::{LandedCostLineRow, LandedCostRow};
use crate::shared::Shared;
use crate::stage::costs::CostFinding;
use crate::stage::order_lines::{OrderLineDossier, OrderLineFact, OrderLineFinding};
use crate::stage::orders::{OrderDossier, OrderFact, OrderFinding};
use crate::views::control_totals::{ControlPart, of_cost};
use crate::views::exceptions::hs_mismatch;
use crate::views::kpis::Tally;

/// What became of orders.
pub struct Goods<'scope> {
    /// The rows of `landed_cost`.
    pub landed_cost: Flow<'scope, LandedCostRow>,
    /// The rows of `landed_cost_lines`.
    pub lines: Flow<'scope, LandedCostLineRow>,
    /// The rows of `landed_cost_variance`.
    pub lines_off: Flow<'scope, LandedCostLineRow>,
    /// Exceptions of orders and their lines.
    pub exceptions: Exceptions<'scope>,
    /// What orders count in key figures.
    pub tallies: Flow<'scope, Tally>,
    /// Parts of the control totals of landed cost.
    pub control_parts: Flow<'scope, ControlPart>,
}

/// The facts about each order line.
#[inline]
fn facts<'scope>(
    base: &BaseCollections<'scope>,
    shared: &Shared<'scope>,
    costs: Flow<'scope, CostFinding>,
) -> Flow<'scope, ((Text, u32), OrderLineFact)> {
    let ordered = base.orders.clone().flat_map(|order| {
        let lines: Vec<u32> = order.data.lines.iter().map(|line| line.line_no).collect();
        lines
            .into_iter()
            .map(move |line_no| ((order.data.order_id.clone(), line_no), OrderLineFact::Ordered(order.clone())))
    });
    let shipped = shared.live_shipments.clone().flat_map(|shipment| {
        let occurred_at = shipment.envelope.occurred_at;
        let contents = shipment.data.contents.to_vec();
        contents
            .into_iter()
            .map(move |line| ((line.order_id, line.line_no), OrderLineFact::Shipped(line.quantity, occurred_at)))
    });
    let costs = costs.flat_map(|cost| match cost {
        CostFinding::OnLine(order_id, line_no, cost) => Some(((order_id, line_no), OrderLineFact::Cost(cost))),
        _ => None,
    });
    concatenate(ordered.scope(), [ordered, shipped, costs])
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
    let incurred = costs.clone().flat_map(|cost| match cost {
        CostFinding::Incurred(component, amount) => Some(of_cost(component, "total", amount)),
        CostFinding::Outside(component, amount) => Some(of_cost(component, "outside", amount)),
        CostFinding::OnLine(..) => None,
    });
    let findings = maintain::<OrderLineDossier>(facts(base, shared, costs), ambient);
    let [landed_cost, lines, exceptions, placed] = by_variant(findings, |finding| match finding {
        OrderLineFinding::LandedCost(_) => 0,
        OrderLineFinding::Line(..) => 1,
        OrderLineFinding::Exception(_) => 2,
        OrderLineFinding::InView(..) | OrderLineFinding::Outside(..) => 3,
    });
    let placed = placed.flat_map(|finding| match finding {
        OrderLineFinding::InView(component, amount) => Some(of_cost(component, "in_view", amount)),
        OrderLineFinding::Outside(component, amount) => Some(of_cost(component, "outside", amount)),
        _ => None,
    });
    let lines = lines.flat_map(|finding| match finding {
        OrderLineFinding::Line(row, off) => Some((row, off)),
        _ => None,
    });
    let of_lines = exceptions.flat_map(|finding| match finding {
        OrderLineFinding::Exception(row) => Some(row),
        _ => None,
    });
    let declared = customs.lines.clone().concat(expectations.lines.clone());
    let hs_mismatches = declared
        .map(|declared| (declared.order_line().0, declared))
        .arrange_by_key_named("DeclaredLinesByOrder")
        .join_core(shared.orders_by_id.clone(), |_order_id, declared, order| {
            hs_mismatch::exception(declared, order).map(Arc::new)
        });
    let (of_orders, tallies) = orders(base, expectations, movement, ambient);
    Goods {
        landed_cost: landed_cost.flat_map(|finding| match finding {
            OrderLineFinding::LandedCost(row) => Some(row),
            _ => None,
        }),
        lines: lines.clone().map(|(row, _)| row),
        lines_off: lines.filter(|(_, off)| *off).map(|(row, _)| row),
        exceptions: concatenate(of_lines.scope(), [of_lines, hs_mismatches, of_orders]),
        tallies,
        control_parts: incurred.concat(placed),
    }
}

/// What follows for whole orders: exceptions and what they count in key figures.
#[inline]
fn orders<'scope>(
    base: &BaseCollections<'scope>,
    expectations: &Expectations<'scope>,
    movement: &Movement<'scope>,
    ambient: &Ambient<'scope>,
) -> (Exceptions<'scope>, Flow<'scope, Tally>) {
    let documents = base.orders.clone().map(|order| (order.data.order_id.clone(), OrderFact::Order(order)));
    let carried =
        movement.carried.clone().map(|(order_id, (tracking, eta))| (order_id, OrderFact::Carried { tracking, eta }));
    let mismatches =
        expectations.mismatches.clone().map(|mismatch| (mismatch.order_id.clone(), OrderFact::Mismatch(mismatch)));
    let facts = concatenate(documents.scope(), [documents, carried, mismatches]);
    let [exceptions, tallies] = by_variant(maintain::<OrderDossier>(facts, ambient), |finding| match finding {
        OrderFinding::Exception(_) => 0,
        OrderFinding::Tally(_) => 1,
    });
    let exceptions = exceptions.flat_map(|finding| match finding {
        OrderFinding::Exception(row) => Some(row),
        OrderFinding::Tally(_) => None,
    });
    let tallies = tallies.flat_map(|finding| match finding {
        OrderFinding::Tally(tally) => Some(tally),
        OrderFinding::Exception(_) => None,
    });
    (exceptions, tallies)
}
