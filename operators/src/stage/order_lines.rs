//! Order lines: what was ordered, what was shipped of it, and what it has cost so far.

use landfall_schemas::event::{Component, Order, OrderStatus};
use landfall_schemas::exact::quotient;
use landfall_schemas::{Date, Decimal, Text, Timestamp};
use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;
use triomphe::Arc;

use super::cargo::Goods;
use super::costs::LineCost;
use super::wide::Wide;
use crate::document::{Doc, OrderFields, OrderLineFields};
use crate::operator::bag::{Bag, SortedBag};
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::views::exceptions::of_order_line::{OfOrderLine, What};
use crate::views::exceptions::{duty_variance, landed_cost_variance};
use crate::views::landed_cost::{self, ComponentCost};
use crate::views::landed_cost_lines::LineTotals;

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
    covered: Wide,
    ordered: Wide,
}

impl Coverage {
    /// Units covered; at most those ordered.
    pub fn covered(self) -> i128 {
        self.covered.get()
    }

    /// Units ordered, above 0.
    pub fn ordered(self) -> i128 {
        self.ordered.get()
    }

    /// Whether everything is covered.
    pub fn is_whole(self) -> bool {
        self.covered == self.ordered
    }

    /// As a number of millionths, rounded.
    pub fn millionths(self) -> Option<i128> {
        if self.is_whole() { Some(1_000_000) } else { quotient(&[self.covered(), 1_000_000], &[self.ordered()]) }
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
    /// The cost of a component; what was spent of it is in the view.
    LandedCost(Doc<Order>, u32, ComponentCost),
    /// The cost of the line.
    Line(Doc<Order>, LineTotals),
    /// Something somebody should look at.
    Exception(OfOrderLine),
    /// So much fell on a line that has no row.
    Outside(Component, Wide),
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
                let sum = self.amount() + amount.get() * diff as i128;
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
        Coverage { covered: covered.min(ordered).into(), ordered: ordered.into() }
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
        let order = self.order.only().filter(|order| order.data.status != OrderStatus::Cancelled);
        let Some((doc, line)) = order.and_then(|order| Some((order, order.data.line(key.1)?))) else {
            let actuals = self.costs.iter().filter_map(|(component, costs)| Some((component, costs.actual()?)));
            findings.extend(actuals.map(|(component, amount)| OrderLineFinding::Outside(component, amount.into())));
            return;
        };
        let order = &doc.data;
        let view = Line { order, line, ordered: self.ordered(order, line), costs: &self.costs };
        let base = world.settings().base_currency;
        let rate = world.rate(order.currency, base, order.ordered_on);
        let components = landed_cost::components(&view, rate.as_deref(), base);
        let totals = LineTotals::of(&view, &components, rate, world);
        self.exceptions(doc, &view, &components, &totals, world, findings);
        for cost in components {
            findings.push(OrderLineFinding::LandedCost(doc.clone(), line.line_no, cost));
        }
        findings.push(OrderLineFinding::Line(doc.clone(), totals));
    }
}

impl OrderLineDossier {
    /// What of the line somebody should look at.
    fn exceptions(
        &self,
        order: &Doc<Order>,
        view: &Line<'_>,
        components: &[ComponentCost],
        totals: &LineTotals,
        world: &mut World<'_>,
        findings: &mut Vec<OrderLineFinding>,
    ) {
        let shipped = Decimal::from_units(self.shipped.quantity);
        let latest = self.shipped.occurred_at.last().filter(|_| shipped > view.line.quantity);
        let found = [
            landed_cost_variance::noticed(view, totals, world),
            duty_variance::noticed(view, components, world),
            latest.map(|latest| (What::OverShipped(shipped), *latest)),
        ];
        if found.iter().all(Option::is_none) {
            return;
        }
        let supplier = world.partner(&view.order.supplier);
        findings.extend(found.into_iter().flatten().map(|(what, since)| {
            let (order, supplier) = (order.clone(), supplier.clone());
            OrderLineFinding::Exception(OfOrderLine { order, line_no: view.line.line_no, supplier, what, since })
        }));
    }

    /// The quantity that coverage is measured against: of a closed order, what was shipped.
    fn ordered(&self, order: &OrderFields, line: &OrderLineFields) -> Decimal {
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
    pub order: &'a OrderFields,
    /// The line.
    pub line: &'a OrderLineFields,
    /// The quantity that coverage is measured against.
    pub ordered: Decimal,
    /// Costs so far.
    pub costs: &'a LineCosts,
}
