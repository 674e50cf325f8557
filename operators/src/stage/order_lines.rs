//! Order lines: what was ordered, what was shipped of it, and what it has cost so far.

use landfall_schemas::event::{Component, Order, OrderLine, OrderStatus};
use landfall_schemas::exact::quotient;
use landfall_schemas::{Date, Decimal, Text, Timestamp};
use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;
use triomphe::Arc;

use super::cargo::Goods;
use super::costs::LineCost;
use crate::document::Doc;
use crate::operator::bag::{Bag, SortedBag};
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{ExceptionRow, LandedCostLineRow};
use crate::views::exceptions::{self, Place};
use crate::views::landed_cost::{self, ComponentCost};
use crate::views::landed_cost_lines;

/// What is known about an order line.
#[derive(Default)]
pub struct OrderLineDossier {
    order: Bag<Doc<Order>>,
    costs: LineCosts,
    shipped: Shipped,
}

/// Costs by component, as running sums: an order line may be in very many shipments. Ascending.
#[derive(Default)]
pub struct LineCosts(ThinVec<Costs>);

/// What one component of a line has cost so far. There are several for each order line, so what few have is in a box.
pub struct Costs {
    component: Component,
    parts: i32,
    /// Sum of the amounts: its high and its low half.
    amount: [i64; 2],
    days: SortedBag<Date>,
    shipments: Covered,
    declared: Option<Box<Declared>>,
}

/// Shipments whose goods are covered, and how often each.
enum Covered {
    None,
    One(Arc<Goods>),
    Several(Box<Several>),
}

/// Several shipments with covered goods.
#[derive(Default)]
struct Several {
    shipments: Bag<Arc<Goods>>,
    /// Sum of the quantities, each shipment's once.
    quantity: i128,
}

/// What declaration lines cover that name the order line.
#[derive(Default)]
struct Declared {
    /// Sum of the quantities that they name.
    quantity: i128,
    /// How many name one.
    named: i32,
    /// How many name none: each stands for the ordered one.
    whole: i32,
}

/// How much of a line is in shipments that are not cancelled.
#[derive(Default)]
struct Shipped {
    quantity: i128,
    occurred_at: SortedBag<Timestamp>,
}

/// Which part of a line's quantity costs were for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage {
    /// Units covered; at most those ordered.
    pub covered: i128,
    /// Units ordered, above 0.
    pub ordered: i128,
}

impl Coverage {
    /// Whether everything is covered.
    pub fn is_whole(self) -> bool {
        self.covered == self.ordered
    }

    /// As a number of millionths, rounded.
    pub fn millionths(self) -> Option<i128> {
        quotient(&[self.covered, 1_000_000], &[self.ordered])
    }
}

/// A fact about an order line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OrderLineFact {
    /// An order in force has the line.
    Ordered(Doc<Order>),
    /// A shipment carries so much of it.
    Shipped(Decimal, Timestamp),
    /// It costs something.
    Cost(LineCost),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderLineFinding {
    /// The cost of a component.
    LandedCost(Doc<Order>, u32, ComponentCost),
    /// The cost of the line, and whether it is off the estimate.
    Line(Arc<LandedCostLineRow>, bool),
    /// Something somebody should look at.
    Exception(Arc<ExceptionRow>),
    /// So much of a component is in the view.
    InView(Component, i128),
    /// So much fell on a line that has no row.
    Outside(Component, i128),
}

impl LineCosts {
    /// What a component has cost so far.
    pub fn of(&self, component: Component) -> Option<&Costs> {
        self.0.iter().find(|costs| costs.component == component)
    }

    /// What each component has cost so far.
    pub fn iter(&self) -> impl Iterator<Item = (Component, &Costs)> {
        self.0.iter().map(|costs| (costs.component, costs))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn apply(&mut self, cost: LineCost, diff: isize) {
        let component = cost.component();
        let index = self.0.binary_search_by_key(&component, |costs| costs.component).unwrap_or_else(|index| {
            if self.0.len() == self.0.capacity() {
                self.0.reserve_exact(1);
            }
            self.0.insert(index, Costs::new(component));
            index
        });
        let costs = &mut self.0[index];
        costs.apply(cost, diff);
        if costs.is_empty() {
            self.0.remove(index);
        }
    }
}

impl Covered {
    fn apply(&mut self, goods: Arc<Goods>, diff: isize) {
        match (&mut *self, diff) {
            (Covered::None, 1) => *self = Covered::One(goods),
            (Covered::One(known), -1) if *known == goods => *self = Covered::None,
            (Covered::Several(several), _) => {
                several.apply(goods, diff);
                if several.shipments.is_empty() {
                    *self = Covered::None;
                }
            }
            _ => {
                let mut several = Box::<Several>::default();
                if let Covered::One(known) = std::mem::replace(self, Covered::None) {
                    several.apply(known, 1);
                }
                several.apply(goods, diff);
                *self = Covered::Several(several);
            }
        }
    }

    fn quantity(&self) -> i128 {
        match self {
            Covered::None => 0,
            Covered::One(goods) => goods.quantity.units(),
            Covered::Several(several) => several.quantity,
        }
    }
}

impl Several {
    fn apply(&mut self, goods: Arc<Goods>, diff: isize) {
        let quantity = goods.quantity;
        let (before, after) = self.shipments.recount(goods, diff);
        self.quantity += quantity.units() * (i128::from(after > 0) - i128::from(before > 0));
    }
}

impl Costs {
    fn new(component: Component) -> Costs {
        Costs { component, parts: 0, amount: [0; 2], days: SortedBag::None, shipments: Covered::None, declared: None }
    }

    fn is_empty(&self) -> bool {
        let nothing_spent = self.parts == 0 && self.amount == [0; 2] && self.days.is_empty();
        nothing_spent && matches!(self.shipments, Covered::None) && self.declared.is_none()
    }

    fn amount(&self) -> i128 {
        (i128::from(self.amount[0]) << 64) | i128::from(self.amount[1] as u64)
    }

    fn apply(&mut self, cost: LineCost, diff: isize) {
        let count = i32::try_from(diff).expect("a part changes fewer than 2^31 times in one tick");
        match cost {
            LineCost::Amount { amount, day, .. } => {
                let sum = self.amount() + amount * diff as i128;
                self.amount = [(sum >> 64) as i64, sum as i64];
                self.parts += count;
                self.days.update(day, diff);
            }
            LineCost::CoversShipment { goods, .. } => self.shipments.apply(goods, diff),
            LineCost::CoversDeclared { quantity, .. } => {
                let declared = self.declared.get_or_insert_default();
                match quantity {
                    Some(quantity) => {
                        declared.quantity += quantity.units() * diff as i128;
                        declared.named += count;
                    }
                    None => declared.whole += count,
                }
                if declared.named == 0 && declared.whole == 0 && declared.quantity == 0 {
                    self.declared = None;
                }
            }
        }
    }

    /// The sum so far; `None` if nothing contributed.
    pub fn actual(&self) -> Option<i128> {
        (self.parts > 0).then(|| self.amount())
    }

    /// The earliest date that contributed.
    pub fn earliest(&self) -> Option<Date> {
        self.days.first().copied()
    }

    /// Which part of `ordered` is covered.
    pub fn coverage(&self, ordered: Decimal) -> Coverage {
        let ordered = ordered.units();
        let declared = self.declared.as_ref();
        let declared = declared.map_or(0, |declared| declared.quantity + ordered * i128::from(declared.whole));
        let covered = self.shipments.quantity() + declared;
        Coverage { covered: covered.min(ordered), ordered }
    }
}

impl Dossier for OrderLineDossier {
    const NAME: &'static str = "OrderLines";
    type Key = (Text, u32);
    type Fact = OrderLineFact;
    type Finding = OrderLineFinding;

    fn apply(&mut self, fact: OrderLineFact, diff: isize) {
        match fact {
            OrderLineFact::Ordered(order) => self.order.update(order, diff),
            OrderLineFact::Shipped(quantity, occurred_at) => {
                self.shipped.quantity += quantity.units() * diff as i128;
                self.shipped.occurred_at.update(occurred_at, diff);
            }
            OrderLineFact::Cost(cost) => self.costs.apply(cost, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.order.is_empty() && self.costs.is_empty() && self.shipped.occurred_at.is_empty()
    }

    fn evaluate(&self, key: &(Text, u32), world: &mut World<'_>, findings: &mut Vec<OrderLineFinding>) {
        let actuals = self.costs.iter().filter_map(|(component, costs)| Some((component, costs.actual()?)));
        let order = self.order.only().filter(|order| order.data.status != OrderStatus::Cancelled);
        let Some((doc, line)) = order.and_then(|order| Some((order, order.data.line(key.1)?))) else {
            findings.extend(actuals.map(|(component, amount)| OrderLineFinding::Outside(component, amount)));
            return;
        };
        findings.extend(actuals.map(|(component, amount)| OrderLineFinding::InView(component, amount)));
        let order = &doc.data;
        let view = Line { order, line, ordered: self.ordered(order, line), costs: &self.costs };
        let components = landed_cost::components(&view, world);
        let supplier = world.partner(&order.supplier);
        let place = Place {
            shipment: None,
            order: Some(order),
            partner_code: &order.supplier,
            partner: supplier.as_ref().map(|partner| &partner.data),
        };
        let total = landed_cost_lines::line(&view, &components, world);
        let off = landed_cost_lines::is_off(&view, &total, world);
        let mut found = Vec::new();
        if off {
            found.extend(exceptions::landed_cost_variance::exception(&place, &view, &total, world));
        }
        found.extend(exceptions::duty_variance::exception(&place, &view, &components, world));
        let shipped = Decimal::from_units(self.shipped.quantity);
        if let Some(latest) = self.shipped.occurred_at.last().filter(|_| shipped > line.quantity) {
            found.push(exceptions::over_shipped::exception(&place, &view, shipped, *latest));
        }
        findings.extend(found.into_iter().map(|row| OrderLineFinding::Exception(Arc::new(row))));
        let costs = components.into_iter();
        findings.extend(costs.map(|cost| OrderLineFinding::LandedCost(doc.clone(), line.line_no, cost)));
        findings.push(OrderLineFinding::Line(Arc::new(total), off));
    }
}

impl OrderLineDossier {
    /// The quantity that coverage is measured against: of a closed order, what was shipped.
    fn ordered(&self, order: &Order, line: &OrderLine) -> Decimal {
        if order.status == OrderStatus::Closed && self.shipped.quantity > 0 {
            Decimal::from_units(self.shipped.quantity)
        } else {
            line.quantity
        }
    }
}

/// An order line of an order that is not cancelled, as the rules of landed cost see it.
pub struct Line<'a> {
    /// The order.
    pub order: &'a Order,
    /// The line.
    pub line: &'a OrderLine,
    /// The quantity that coverage is measured against.
    pub ordered: Decimal,
    /// Costs so far.
    pub costs: &'a LineCosts,
}
