//! Exceptions about goods: `over_shipped`, `quantity_mismatch`, `hs_mismatch`.

use std::collections::BTreeMap;

use landfall_schemas::Decimal;
use landfall_schemas::event::{Declaration, DeclarationLine, OrderStatus};

use super::{Finding, Sources};
use crate::reference::contents::OrderLineKey;
use crate::reference::customs::Case;
use crate::reference::world::World;
use crate::rows::ExceptionCategory;

pub(super) fn over_shipped<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    let world = sources.world;
    world
        .contents
        .lines()
        .iter()
        .filter_map(|(key, carriers)| {
            let order = world.documents.orders.get(key.order_id)?.data;
            let ordered = order.line(key.line_no)?.quantity;
            let shipped: Decimal = carriers.values().copied().sum();
            if order.status == OrderStatus::Cancelled || shipped <= ordered {
                return None;
            }
            let since =
                carriers.keys().map(|shipment| world.documents.shipments[shipment].envelope.occurred_at).max()?;
            let parts = [key.order_id, &key.line_no.to_string()];
            Some(Finding {
                partner: &order.supplier,
                order: Some(&order.order_id),
                detail: format!("shipped={shipped};ordered={ordered}"),
                ..Finding::new(ExceptionCategory::OverShipped, &parts, "over_shipped", since)
            })
        })
        .collect()
}

/// What all declarations of the same shipments declare of an order line.
struct Declared<'w, 'a> {
    quantity: Decimal,
    /// The one with the smallest id.
    first: &'w Case<'a>,
}

pub(super) fn quantity_mismatches<'s, 'a>(sources: &Sources<'s, 'a>) -> Vec<Finding<'s>> {
    let mut declared: BTreeMap<(&[&str], OrderLineKey<'a>), Declared<'s, 'a>> = BTreeMap::new();
    for case in sources.world.live_declarations().filter(|case| case.is_import()) {
        let shipments = case.resolution.shipments();
        for line in case.doc.data.lines.iter().filter(|_| !shipments.is_empty()) {
            let Some(((order_id, line_no), quantity)) = line.order_line().zip(line.quantity) else { continue };
            let sum = declared
                .entry((shipments, OrderLineKey { order_id, line_no }))
                .or_insert(Declared { quantity: Decimal::ZERO, first: case });
            sum.quantity = sum.quantity + quantity;
        }
    }
    declared
        .into_iter()
        .filter_map(|((shipments, key), declared)| quantity_mismatch(sources.world, shipments, key, &declared))
        .collect()
}

fn quantity_mismatch<'s>(
    world: &World<'_>,
    shipments: &[&str],
    key: OrderLineKey<'s>,
    declared: &Declared<'s, '_>,
) -> Option<Finding<'s>> {
    let carried = shipments.iter().filter_map(|shipment| world.contents.of(shipment).get(&key));
    let shipped: Decimal = carried.map(|measures| measures.quantity).sum();
    if declared.quantity == shipped {
        return None;
    }
    let declaration: &'s Declaration = declared.first.doc.data;
    let parts = [declaration.declaration_id.as_str(), key.order_id, &key.line_no.to_string()];
    let since = declaration.declared_on.midnight();
    Some(Finding {
        partner: &declaration.broker,
        shipment: declared.first.resolution.only_shipment(),
        order: Some(key.order_id),
        declaration_id: &declaration.declaration_id,
        detail: format!("declared={};shipped={shipped}", declared.quantity),
        ..Finding::new(ExceptionCategory::QuantityMismatch, &parts, "quantity_mismatch", since)
    })
}

pub(super) fn hs_mismatches<'a>(sources: &Sources<'_, 'a>) -> Vec<Finding<'a>> {
    sources
        .world
        .live_declarations()
        .filter(|case| case.is_import())
        .flat_map(|case| case.doc.data.lines.iter().filter_map(|line| hs_mismatch(sources.world, case, line)))
        .collect()
}

fn hs_mismatch<'a>(world: &World<'a>, case: &Case<'a>, line: &'a DeclarationLine) -> Option<Finding<'a>> {
    let (order_id, line_no) = line.order_line()?;
    let ordered = world.documents.orders.get(order_id.as_str())?.data.line(line_no)?.hs_code.as_ref()?;
    let (declared, ordered) = (heading(&line.hs_code), heading(ordered));
    let compared = declared.len().min(ordered.len());
    if declared[..compared] == ordered[..compared] {
        return None;
    }
    let declaration = case.doc.data;
    let key = [declaration.declaration_id.as_str(), &line.line_no.to_string()];
    let since = declaration.declared_on.midnight();
    Some(Finding {
        partner: &declaration.broker,
        shipment: case.resolution.only_shipment(),
        order: Some(order_id),
        declaration_id: &declaration.declaration_id,
        detail: format!("declared={declared};ordered={ordered}"),
        ..Finding::new(ExceptionCategory::HsMismatch, &key, "hs_mismatch", since)
    })
}

/// The first six digits of an HS code, or as many as it has.
fn heading(hs_code: &str) -> String {
    hs_code.chars().filter(char::is_ascii_digit).take(6).collect()
}
