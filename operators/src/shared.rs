//! What several views join with, once, by name.

use differential_dataflow::VecCollection;
use landfall_schemas::Text;
use landfall_schemas::event::{Order, Shipment, ShipmentStatus};

use crate::Tick;
use crate::document::Doc;
use crate::inputs::{BaseCollections, Docs};
use crate::operator::ambient::Ambient;
use crate::operator::lookup::{Side, lookup};
use crate::operator::variants::fan_out;

/// What several views join with.
pub struct Shared<'scope> {
    /// Shipments in force that are not cancelled.
    pub live_shipments: Docs<'scope, Shipment>,
    /// Orders in force that a live shipment's contents name: (shipment_id, order).
    pub orders_of_shipments: VecCollection<'scope, Tick, (Text, Doc<Order>)>,
}

/// Builds them.
#[inline]
pub fn shared<'scope>(base: &BaseCollections<'scope>, ambient: &Ambient<'scope>) -> Shared<'scope> {
    let (live_shipments, shipments_by_order) = fan_out!(
        "LiveShipments",
        base.shipments.clone(),
        [live: Doc<Shipment>, by_order: (Text, Side<Text, Doc<Order>>)],
        |(shipment, tick, diff)| {
            if shipment.data.status != ShipmentStatus::Cancelled {
                let mut orders: Vec<&Text> = shipment.data.contents.iter().map(|line| &line.order_id).collect();
                orders.sort_unstable();
                orders.dedup();
                for order_id in orders {
                    let named_by = Side::Left(shipment.data.shipment_id.clone());
                    by_order.give(((order_id.clone(), named_by), tick, diff));
                }
                live.give((shipment, tick, diff));
            }
        }
    );
    let orders = base.orders.clone().map(|order| (order.data.order_id.clone(), Side::Right(order)));
    let orders_of_shipments =
        lookup(shipments_by_order.concat(orders), ambient.gauge("OrdersOfShipments"), "OrdersOfShipments");
    Shared { live_shipments, orders_of_shipments }
}
