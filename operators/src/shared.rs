//! Shared arrangements: what several views join with is indexed once, here, by name.

use differential_dataflow::VecCollection;
use differential_dataflow::operators::arrange::{Arranged, TraceAgent};
use differential_dataflow::trace::implementations::ValSpine;
use landfall_schemas::Text;
use landfall_schemas::event::{Order, Shipment, ShipmentStatus};

use crate::Tick;
use crate::document::Doc;
use crate::inputs::{BaseCollections, Docs};

/// An index of values by key.
pub type Indexed<'scope, K, V> = Arranged<'scope, TraceAgent<ValSpine<K, V, Tick, isize>>>;

/// What several views join with.
pub struct Shared<'scope> {
    /// Shipments in force that are not cancelled.
    pub live_shipments: Docs<'scope, Shipment>,
    /// The same by shipment_id.
    pub shipments_by_id: Indexed<'scope, Text, Doc<Shipment>>,
    /// Orders in force by order_id.
    pub orders_by_id: Indexed<'scope, Text, Doc<Order>>,
    /// Orders in force that a live shipment's contents name: (shipment_id, order).
    pub orders_of_shipments: VecCollection<'scope, Tick, (Text, Doc<Order>)>,
}

/// Builds them.
#[inline]
pub fn shared<'scope>(base: &BaseCollections<'scope>) -> Shared<'scope> {
    let live_shipments = base.shipments.clone().filter(|shipment| shipment.data.status != ShipmentStatus::Cancelled);
    let shipments_by_id = live_shipments
        .clone()
        .map(|shipment| (shipment.data.shipment_id.clone(), shipment))
        .arrange_by_key_named("ShipmentsById");
    let orders_by_id =
        base.orders.clone().map(|order| (order.data.order_id.clone(), order)).arrange_by_key_named("OrdersById");
    let shipments_by_order = live_shipments
        .clone()
        .flat_map(|shipment| {
            let mut orders: Vec<Text> = shipment.data.contents.iter().map(|line| line.order_id.clone()).collect();
            orders.sort_unstable();
            orders.dedup();
            orders.into_iter().map(move |order_id| (order_id, shipment.data.shipment_id.clone()))
        })
        .arrange_by_key_named("ShipmentsByOrder");
    let orders_of_shipments = shipments_by_order
        .join_core(orders_by_id.clone(), |_order_id, shipment_id, order| Some((shipment_id.clone(), order.clone())));
    Shared { live_shipments, shipments_by_id, orders_by_id, orders_of_shipments }
}
