//! The endpoints about shipments and orders: found by whatever number somebody has.

use std::sync::Arc;

use axum::http::StatusCode;
use landfall_operators::Tick;
use landfall_operators::rows::View;
use landfall_schemas::{DocumentKey, Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::{Answer, Api, Asked};
use super::dossier::{Dossier, rows_under};
use super::problem::Problem;
use super::query::json::RowJson;
use super::views::clock;
use landfall_snapshot::Snapshot;

/// A shipment, or those that a number may mean.
#[derive(Serialize, ToSchema)]
pub struct ShipmentBody {
    tick: Tick,
    clock: String,
    /// The number as it was asked for.
    query: String,
    /// The shipments that it stands for.
    shipments: Vec<String>,
    /// Everything about the shipment, where there is exactly one.
    shipment: Option<Dossier>,
}

/// What happened to the shipments that a number stands for.
#[derive(Serialize, ToSchema)]
pub struct TimelineBody {
    tick: Tick,
    clock: String,
    /// The shipments that the number stands for.
    shipments: Vec<String>,
    /// Their rows of `shipment_timeline`.
    #[schema(value_type = Vec<Object>)]
    timeline: Vec<RowJson>,
}

/// What the goods of an order cost until they are here.
#[derive(Serialize, ToSchema)]
pub struct OrderBody {
    tick: Tick,
    clock: String,
    order_id: String,
    /// Its rows of `landed_cost_lines`.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<RowJson>,
    /// Its rows of `landed_cost`.
    #[schema(value_type = Vec<Object>)]
    components: Vec<RowJson>,
}

/// The shipments that somebody means: the one with exactly this id, else all that the number stands for.
fn found(api: &Api, snapshot: &Snapshot, identifier: &str) -> Result<Vec<Text>, Problem> {
    let names = api.names(snapshot);
    let is_id = snapshot.shipment_status.contains_key(&(Text::from(identifier),)) || names.is_shipment(identifier);
    let mut shipments: Vec<Text> =
        if is_id { vec![identifier.into()] } else { names.shipments_of(identifier).into_iter().collect() };
    if shipments.is_empty() {
        let detail = format!(
            "no shipment is known by `{identifier}` at tick {}: shipment ids, tracking, PRO and bill of lading numbers, \
             containers, bookings, orders, declarations and invoices are; /api/v1/search?q= finds numbers by their \
             beginning",
            snapshot.tick
        );
        return Err(Problem::not_found(detail));
    }
    if shipments.len() > api.info.names.group_max {
        shipments.truncate(api.info.names.group_max);
    }
    Ok(shipments)
}

fn texts(shipments: &[Text]) -> Vec<String> {
    shipments.iter().map(ToString::to_string).collect()
}

/// Everything about a shipment, found by any number: shipment, tracking, PRO, bill of lading, container, booking, order,
/// declaration, invoice. Where the number stands for several, their ids, status 300 and no `shipment`.
#[utoipa::path(get, path = "/api/v1/shipments/{identifier}", tag = "shipments",
    params(("identifier" = String, Path, description = "Any identifier"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = ShipmentBody), (status = 300, body = ShipmentBody), (status = 404, body = Problem)))]
pub async fn shipment(asked: &Asked, identifier: &str) -> Answer {
    asked.parameters.only(&["as_of_tick"])?;
    let snapshot = asked.api.snapshot(&asked.parameters)?;
    if let Some(unchanged) = asked.api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let (api, seen, query) = (Arc::clone(&asked.api), Arc::clone(&snapshot), identifier.to_owned());
    let body = asked.api.compute(move || {
        let shipments = found(&api, &seen, &query)?;
        let shipment = match shipments.as_slice() {
            [only] => Some(Dossier::gather(&seen, api.names(&seen), only)),
            _ => None,
        };
        Ok::<_, Problem>(ShipmentBody {
            tick: seen.tick,
            clock: clock(&seen),
            query,
            shipments: texts(&shipments),
            shipment,
        })
    });
    let body = body.await??;
    let mut response = asked.api.answer(snapshot.tick, &body)?;
    if body.shipment.is_none() {
        *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
    }
    Ok(response)
}

/// What happened to a shipment, found by any number, in business time.
#[utoipa::path(get, path = "/api/v1/shipments/{identifier}/timeline", tag = "shipments",
    params(("identifier" = String, Path, description = "Any identifier"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = TimelineBody), (status = 404, body = Problem)))]
pub async fn timeline(asked: &Asked, identifier: &str) -> Answer {
    asked.parameters.only(&["as_of_tick"])?;
    asked.api.view(View::ShipmentTimeline.as_str())?;
    let snapshot = asked.api.snapshot(&asked.parameters)?;
    if let Some(unchanged) = asked.api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let (api, seen, query) = (Arc::clone(&asked.api), Arc::clone(&snapshot), identifier.to_owned());
    let body = asked.api.compute(move || {
        let shipments = found(&api, &seen, &query)?;
        let rows = |id: &Text| rows_under(&seen, View::ShipmentTimeline, &seen.shipment_timeline, &[id]);
        let timeline = shipments.iter().flat_map(rows).collect();
        Ok::<_, Problem>(TimelineBody { tick: seen.tick, clock: clock(&seen), shipments: texts(&shipments), timeline })
    });
    let body = body.await??;
    asked.api.answer(snapshot.tick, &body)
}

/// What the goods of an order cost until they are here, by line and by component.
#[utoipa::path(get, path = "/api/v1/orders/{order_id}/landed-cost", tag = "orders",
    params(("order_id" = String, Path, description = "The order's number"),
        ("as_of_tick" = Option<u64>, Query, description = "A tick in the window")),
    responses((status = 200, body = OrderBody), (status = 404, body = Problem)))]
pub async fn order(asked: &Asked, order_id: &str) -> Answer {
    asked.parameters.only(&["as_of_tick"])?;
    asked.api.view(View::LandedCost.as_str())?;
    asked.api.view(View::LandedCostLines.as_str())?;
    let snapshot = asked.api.snapshot(&asked.parameters)?;
    if let Some(unchanged) = asked.api.unchanged(&asked.headers, snapshot.tick) {
        return Ok(unchanged);
    }
    let lines = rows_under(&snapshot, View::LandedCostLines, &snapshot.landed_cost_lines, &[order_id]);
    let components = rows_under(&snapshot, View::LandedCost, &snapshot.landed_cost, &[order_id]);
    let is_known = snapshot.documents.get(&DocumentKey::Order(order_id.into())).is_some();
    if lines.is_empty() && components.is_empty() && !is_known {
        let detail = format!("there is no order `{order_id}` at tick {}", snapshot.tick);
        return Err(Problem::not_found(detail));
    }
    let order_id = order_id.to_owned();
    let body = OrderBody { tick: snapshot.tick, clock: clock(&snapshot), order_id, lines, components };
    asked.api.answer(snapshot.tick, &body)
}
