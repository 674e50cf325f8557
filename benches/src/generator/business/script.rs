//! What is said in one phase of a shipment or an order: a collector that gives events their envelopes.

use landfall_schemas::event::{Body, Document};
use landfall_schemas::{Envelope, Event, Text, Timestamp};

use crate::generator::config::Config;
use crate::generator::dice::Dice;
use crate::generator::numbers::base36;

use super::campaign::{Campaign, OrderPlan, ShipmentPlan};
use super::{MOST_PHASES, MOST_PLACES};

/// Events of one phase, at most.
const MOST_EVENTS: u64 = 64;

/// Collects the events of one phase.
pub(crate) struct Script<'a> {
    pub(crate) config: &'a Config,
    pub(crate) campaign: &'a Campaign,
    pub(crate) dice: Dice,
    /// Number of the phase among all phases of the population.
    phase_number: u64,
    pub(crate) events: Vec<Event>,
}

impl<'a> Script<'a> {
    /// The script of a phase of the shipment (`place` below 8) or order (from 8 on) at this place of the campaign.
    pub(crate) fn new(config: &'a Config, campaign: &'a Campaign, place: u64, phase: u64) -> Script<'a> {
        let phase_number = (campaign.index * MOST_PLACES + place) * MOST_PHASES + phase;
        let dice = Dice::new(config.seed, &[2, phase_number]);
        Script { config, campaign, dice, phase_number, events: Vec::with_capacity(8) }
    }

    /// `source` says this of what happened at `occurred_at`, seconds to one and a half hours after it.
    pub(crate) fn say(&mut self, source: &Text, occurred_at: Timestamp, revision: u64, document: Document) {
        let recorded_at = occurred_at.plus_ms(self.dice.between(2, 5_400) * 1000);
        let nth = self.events.len() as u64;
        debug_assert!(nth < MOST_EVENTS, "event ids leave room for 64 events of a phase");
        let mut event_id = Text::from_static_str("ev-");
        event_id.push_str(&base36(self.phase_number * MOST_EVENTS + nth, 8));
        let envelope = Envelope { event_id, source: source.clone(), occurred_at, recorded_at, revision };
        self.events.push(Event { envelope, body: Body::Document(document) });
    }

    /// The order at this place of the campaign.
    pub(crate) fn order(&self, place: usize) -> &'a OrderPlan {
        &self.campaign.orders[place]
    }

    /// True in `pct` of 100 cases.
    pub(crate) fn percent(&mut self, pct: u64) -> bool {
        self.dice.percent(pct)
    }

    /// True in `count` of 1000 cases.
    pub(crate) fn per_mille(&mut self, count: u64) -> bool {
        self.dice.per_mille(count)
    }
}

/// The buyer's ledger and order system of a region.
pub(crate) fn erp(region: &str) -> Text {
    match region {
        "EU" => Text::from_static_str("erp:eu"),
        "NA" => Text::from_static_str("erp:na"),
        _ => Text::from_static_str("erp:apac"),
    }
}

/// The transport management system.
pub(crate) const TMS: Text = Text::from_static_str("tms");
/// The warehouse system.
pub(crate) const WMS: Text = Text::from_static_str("wms");

/// The system of a shipment's carrier.
pub(crate) fn carrier_system(shipment: &ShipmentPlan) -> Text {
    system("carrier:", shipment.carrier.code)
}

/// A partner's system.
pub(crate) fn system(kind: &str, code: &str) -> Text {
    let mut source = Text::from(kind);
    source.push_str(code);
    source
}
