//! When a shipment's milestones were promised and when they happen.

use landfall_schemas::Timestamp;
use landfall_schemas::event::Mode;

use crate::generator::config::{DAY_MS, HOUR_MS};
use crate::generator::dice::Dice;
use crate::generator::directory::Lane;

/// Times of a shipment. Actual times never run backwards, whatever was promised.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) booked: Timestamp,
    pub(crate) picked_up: Timestamp,
    pub(crate) departed: Timestamp,
    pub(crate) arrived: Timestamp,
    pub(crate) released: Timestamp,
    pub(crate) delivered: Timestamp,
    pub(crate) received: Timestamp,
    pub(crate) billed: Timestamp,
    pub(crate) assessed: Timestamp,
    pub(crate) settled: Timestamp,
    pub(crate) planned_departed: Timestamp,
    pub(crate) planned_arrived: Timestamp,
    pub(crate) planned_delivered: Timestamp,
}

/// Hours between booking and pick-up, pick-up and departure, release and delivery.
fn handling_hours(mode: Mode) -> (i64, i64, i64) {
    match mode {
        Mode::Ocean => (96, 72, 60),
        Mode::Air => (36, 14, 20),
        Mode::Road => (20, 3, 4),
        Mode::Rail => (60, 30, 30),
        Mode::Parcel => (6, 5, 8),
        Mode::Other => (40, 8, 8),
    }
}

/// What a leg of so many hours takes in fact, in milliseconds.
fn taken_ms(dice: &mut Dice, hours: i64) -> i64 {
    let percent = match dice.below(100) {
        0..=59 => dice.between(90, 101),
        60..=84 => dice.between(100, 115),
        85..=96 => dice.between(110, 150),
        _ => dice.between(150, 220),
    };
    // Whole seconds, as most systems say them.
    hours * 36 * percent * 1000 + dice.between(0, 1_800) * 1000
}

impl Times {
    /// The times of a shipment on this lane whose goods are ready then.
    pub(crate) fn plan(dice: &mut Dice, lane: &Lane, booked: Timestamp) -> Times {
        let (to_pickup, to_departure, to_delivery) = handling_hours(lane.mode);
        let at_customs = if lane.customs.is_some() { 20 } else { 0 };
        let planned_departed = booked.plus_ms((to_pickup + to_departure + 6) * HOUR_MS);
        let planned_arrived = planned_departed.plus_ms(lane.transit_hours * HOUR_MS);
        let picked_up = booked.plus_ms(taken_ms(dice, to_pickup));
        let departed = picked_up.plus_ms(taken_ms(dice, to_departure));
        let arrived = departed.plus_ms(taken_ms(dice, lane.transit_hours));
        let mut times = Times {
            booked,
            picked_up,
            departed,
            arrived,
            released: arrived.plus_ms(taken_ms(dice, at_customs)),
            planned_departed,
            planned_arrived,
            planned_delivered: planned_arrived.plus_ms((at_customs + to_delivery + 6) * HOUR_MS),
            delivered: arrived,
            received: arrived,
            billed: arrived,
            assessed: arrived,
            settled: arrived,
        };
        times.finish(dice, to_delivery);
        times
    }

    /// The times of another shipment in the same container: it departs and arrives with it.
    pub(crate) fn alongside(mut self, dice: &mut Dice) -> Times {
        self.finish(dice, 24);
        self
    }

    /// What comes after the release.
    fn finish(&mut self, dice: &mut Dice, to_delivery_hours: i64) {
        self.delivered = self.released.plus_ms(taken_ms(dice, to_delivery_hours));
        self.received = self.delivered.plus_ms(taken_ms(dice, 24));
        self.billed = self.received.plus_ms(dice.between(DAY_MS / 1000, 9 * DAY_MS / 1000) * 1000);
        self.assessed = self.billed.plus_ms(dice.between(HOUR_MS / 1000, 6 * DAY_MS / 1000) * 1000);
        self.settled = self.assessed.plus_ms(dice.between(2 * DAY_MS / 1000, 12 * DAY_MS / 1000) * 1000);
    }
}
