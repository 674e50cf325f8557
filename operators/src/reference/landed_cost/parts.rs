//! The actual costs: shares of charge lines and declaration lines, split over order lines.

use std::collections::BTreeMap;

use landfall_schemas::event::{Basis, Component, DeclarationLine};
use landfall_schemas::{Date, Decimal};

use crate::reference::contents::{OrderLineKey, split_over_goods};
use crate::reference::customs::Case;
use crate::reference::freight_charges::Charge;
use crate::reference::world::World;

/// What quantity of the order line a part covers.
pub(crate) enum Coverer<'a> {
    /// What these shipments carry of it.
    Shipments(Vec<&'a str>),
    /// The quantity of the declaration line that names it; all of it where none is given.
    Declared(Option<Decimal>),
}

/// What a charge share or a declaration line puts on an order line, known or not.
pub(crate) struct CostPart<'a> {
    pub line: OrderLineKey<'a>,
    pub component: Component,
    /// Minor units of the base currency.
    pub minor: i128,
    /// Date of issue or declaration.
    pub day: Date,
    pub coverer: Coverer<'a>,
}

/// All actual costs.
#[derive(Default)]
pub(crate) struct CostParts<'a> {
    pub on_lines: Vec<CostPart<'a>>,
    /// What has no contents to fall on, by component.
    pub on_nothing: BTreeMap<Component, i128>,
    /// Everything, before any split, by component.
    pub total: BTreeMap<Component, i128>,
}

/// An amount before it is split over goods.
struct Cost {
    component: Component,
    minor: i128,
    day: Date,
}

impl<'a> CostParts<'a> {
    /// The costs that charges and declarations bring.
    pub fn new(world: &World<'a>, charges: &[Charge<'a>]) -> CostParts<'a> {
        let mut parts = CostParts::default();
        for charge in charges {
            parts.add_charge(world, charge);
        }
        for case in world.live_declarations().filter(|case| case.is_import()) {
            for line in &case.doc.data.lines {
                parts.add_declaration_line(world, case, line);
            }
        }
        parts
    }

    fn add_charge(&mut self, world: &World<'a>, charge: &Charge<'a>) {
        let line = &charge.line;
        let of_customs = matches!(line.component, Component::Duty | Component::Tax | Component::Fees);
        if charge.is_no_cost() || of_customs {
            return;
        }
        let day = line.invoice.data.issued_on;
        for share in &line.shares {
            if let Some(minor) = world.rates.to_base(share.minor, line.currency(), day) {
                self.add_split(world, Cost { component: line.component, minor, day }, line.basis, &[share.to]);
            }
        }
    }

    fn add_declaration_line(&mut self, world: &World<'a>, case: &Case<'a>, line: &'a DeclarationLine) {
        let declaration = case.doc.data;
        let amounts =
            [(Component::Duty, Some(line.duty)), (Component::Tax, Some(line.tax)), (Component::Fees, line.fees)];
        for (component, amount) in amounts {
            let minor = amount.and_then(|minor| {
                world.rates.to_base(i128::from(minor), declaration.currency, declaration.declared_on)
            });
            let Some(minor) = minor else { continue };
            let cost = Cost { component, minor, day: declaration.declared_on };
            match line.order_line() {
                None => self.add_split(world, cost, Basis::Value, case.resolution.shipments()),
                Some((order_id, line_no)) => {
                    *self.total.entry(component).or_default() += minor;
                    self.on_lines.push(CostPart {
                        line: OrderLineKey { order_id, line_no },
                        component,
                        minor,
                        day: cost.day,
                        coverer: Coverer::Declared(line.quantity),
                    });
                }
            }
        }
    }

    /// Splits a cost over what shipments carry together.
    fn add_split(&mut self, world: &World<'a>, cost: Cost, basis: Basis, shipments: &[&'a str]) {
        let Cost { component, minor, day } = cost;
        *self.total.entry(component).or_default() += minor;
        let goods = world.contents.of_all(shipments);
        if goods.is_empty() {
            *self.on_nothing.entry(component).or_default() += minor;
            return;
        }
        for part in split_over_goods(minor, basis, &goods) {
            let carries = |shipment: &&&str| world.contents.of(shipment).contains_key(&part.to);
            let carriers = shipments.iter().filter(carries).copied().collect();
            let coverer = Coverer::Shipments(carriers);
            self.on_lines.push(CostPart { line: part.to, component, minor: part.minor, day, coverer });
        }
    }
}
