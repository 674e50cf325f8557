//! The realistic population: campaigns of orders and shipments that live through their phases.
//!
//! A phase is performed when its time comes and only then makes its events, so what is kept of a shipment under way is
//! its plan and one entry in a queue.

pub(crate) mod campaign;
mod charges;
mod customs;
mod identity;
mod invoices;
mod milestones;
mod orders;
pub(crate) mod reference;
mod script;
mod shipments;
mod times;

use landfall_schemas::event::{Mode, PostingKind};
use landfall_schemas::{Event, Timestamp};

use super::config::{Config, DAY_MS, HOUR_MS};
use campaign::{Campaign, MOST_ORDERS, SHIPMENTS_PER_CAMPAIGN, ShipmentPlan};
use orders::Posted;
use script::Script;

/// Places of a campaign, at most: shipments and orders.
pub(crate) const MOST_PLACES: u64 = SHIPMENTS_PER_CAMPAIGN + MOST_ORDERS;
/// Phases of a shipment or an order, at most.
pub(crate) const MOST_PHASES: u64 = 16;

/// Phases of a shipment, in the order of time.
const BOOKED: u64 = 0;
const PICKED_UP: u64 = 1;
const DEPARTED: u64 = 2;
const NEARING: u64 = 3;
const ARRIVED: u64 = 4;
const DELIVERED: u64 = 5;
const RECEIVED: u64 = 6;
const BILLED: u64 = 7;
const ASSESSED: u64 = 8;
const SETTLED: u64 = 9;

/// Places of a campaign: its shipments first, its orders after.
pub(crate) fn places(campaign: &Campaign) -> impl Iterator<Item = u64> {
    let orders = SHIPMENTS_PER_CAMPAIGN..SHIPMENTS_PER_CAMPAIGN + campaign.orders.len() as u64;
    (0..campaign.shipments.len() as u64).chain(orders)
}

/// When a phase of a place of a campaign begins; `None` after the last. Phases of a place begin in their order.
pub(crate) fn phase_at(campaign: &Campaign, place: u64, phase: u64) -> Option<Timestamp> {
    if place >= SHIPMENTS_PER_CAMPAIGN {
        return orders::phase_at(&campaign.orders[(place - SHIPMENTS_PER_CAMPAIGN) as usize], phase);
    }
    let times = &campaign.shipments[place as usize].times;
    match phase {
        BOOKED => Some(times.booked),
        PICKED_UP => Some(times.picked_up),
        DEPARTED => Some(times.departed),
        NEARING => Some(nearing_at(&campaign.shipments[place as usize])),
        ARRIVED => Some(times.arrived),
        DELIVERED => Some(times.delivered.plus_ms(-2 * HOUR_MS).max(times.arrived)),
        RECEIVED => Some(times.received),
        BILLED => Some(times.billed),
        ASSESSED => Some(times.assessed),
        SETTLED => Some(times.settled),
        _ => None,
    }
}

/// Two days before the arrival, or on the way of short ones.
fn nearing_at(shipment: &ShipmentPlan) -> Timestamp {
    shipment.times.arrived.plus_ms(-2 * DAY_MS).max(shipment.times.departed)
}

/// What is said in a phase of a place of a campaign; none of it is recorded before the phase begins.
pub(crate) fn perform(config: &Config, campaign: &Campaign, place: u64, phase: u64) -> Vec<Event> {
    let mut script = Script::new(config, campaign, place, phase);
    if place >= SHIPMENTS_PER_CAMPAIGN {
        orders::perform(&mut script, (place - SHIPMENTS_PER_CAMPAIGN) as usize, phase);
    } else {
        let shipment = &campaign.shipments[place as usize];
        match (shipment.cancelled, phase) {
            (true, PICKED_UP) => shipments::cancel(&mut script, shipment),
            (true, BOOKED) | (false, _) => perform_shipment(&mut script, place as usize, shipment, phase),
            (true, _) => {}
        }
    }
    script.events
}

fn perform_shipment(script: &mut Script, place: usize, shipment: &ShipmentPlan, phase: u64) {
    match phase {
        BOOKED => {
            shipments::book(script, shipment);
            milestones::booked(script, shipment);
        }
        PICKED_UP => {
            shipments::dispatch(script, shipment);
            milestones::picked_up(script, shipment);
            customs::export(script, shipment);
        }
        DEPARTED => milestones::departed(script, place, shipment),
        NEARING if shipment.lane.transit_hours > 60 => {
            milestones::nearing(script, place, shipment, nearing_at(shipment));
        }
        ARRIVED => {
            milestones::arrived(script, place, shipment);
            if customs::declares(place, shipment) {
                customs::import(script, shipment);
            }
        }
        DELIVERED => milestones::delivered(script, shipment),
        RECEIVED => {
            orders::receive(script, shipment);
            milestones::received(script, shipment);
        }
        BILLED => invoices::bill(script, place, shipment),
        ASSESSED if customs::declares(place, shipment) => {
            customs::assess(script, shipment);
            if shipment.number % 25 != 3 {
                invoices::bill_brokerage(script, shipment);
            }
        }
        SETTLED => settle(script, place, shipment),
        _ => {}
    }
}

fn settle(script: &mut Script, place: usize, shipment: &ShipmentPlan) {
    invoices::settle(script, place, shipment);
    milestones::settled(script, shipment);
    if script.percent(if shipment.lane.mode == Mode::Air { 80 } else { 19 }) {
        let landed = Posted {
            kind: PostingKind::LandedCost,
            declaration_id: None,
            invoice: None,
            amount: shipment.value_cents,
            currency: *super::rates::USD,
        };
        orders::post(script, shipment, shipment.times.settled.plus_ms(2 * HOUR_MS), landed);
    }
}
