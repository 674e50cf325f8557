//! What to generate: how much, from which seed, how faulty.

use landfall_schemas::{Date, Timestamp};

/// Milliseconds of one hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// Milliseconds of one day.
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// Which kind of population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// A freight business over time: most of it is in order, some of it is not.
    Business,
    /// Few identifiers, so that everything collides with everything; every rule of the semantics is reached. Generated
    /// in memory at once: meant for hundreds of shipments, not for millions.
    Hostile,
}

/// What to generate. The same configuration gives the same events on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The kind of population.
    pub population: Population,
    /// Number of shipment documents (of distinct shipments).
    pub shipments: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// When the first order is placed; the reference data comes before it.
    pub start: Timestamp,
    /// How many shipments begin in one day: at the default, a million shipments cover eleven months. Memory grows with
    /// it, not with `shipments`. Not for hostile populations, which last about 60 days whatever their size.
    pub shipments_per_day: u64,
    /// What goes wrong on the way.
    pub faults: Faults,
}

/// What goes wrong between a source and us, in percent of the events (0-100) it befalls. It befalls the `reference`
/// stream only with `duplicates_pct`, `late_pct`, `out_of_order_pct` and `bad_pct`, and never what is there before the
/// first order. Retractions, duplicates and contradictions are events of their own: at the defaults they are one in
/// sixty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faults {
    /// The same record comes a second time, minutes to two days later.
    pub duplicates_pct: f64,
    /// The record comes one to ten days late.
    pub late_pct: f64,
    /// The record comes ten minutes to six hours late, so after records made after it.
    pub out_of_order_pct: f64,
    /// The document is withdrawn later (one time in five the withdrawal overtakes it); two thirds are made again.
    pub retractions_pct: f64,
    /// The source's clock is three to thirty days ahead: the event is held until then.
    pub future_dated_pct: f64,
    /// A second event with the same revision, time, source and event id says something else.
    pub conflicting_pct: f64,
    /// A broken record comes before the good one.
    pub bad_pct: f64,
}

impl Faults {
    /// Nothing goes wrong: every event comes once, in the order it was recorded.
    pub const NONE: Faults = Faults {
        duplicates_pct: 0.0,
        late_pct: 0.0,
        out_of_order_pct: 0.0,
        retractions_pct: 0.0,
        future_dated_pct: 0.0,
        conflicting_pct: 0.0,
        bad_pct: 0.0,
    };
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            duplicates_pct: 1.0,
            late_pct: 1.5,
            out_of_order_pct: 5.0,
            retractions_pct: 0.4,
            future_dated_pct: 0.02,
            conflicting_pct: 0.02,
            bad_pct: 0.0,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            population: Population::Business,
            shipments: 10_000,
            seed: 1,
            start: Date(START_DAY).midnight(),
            shipments_per_day: 3_000,
            faults: Faults::default(),
        }
    }
}

/// 2026-01-05, a Monday.
const START_DAY: i32 = 20_458;

impl Config {
    /// A small hostile population for property tests, about 45 events a shipment and 150 of reference data.
    pub fn for_tests(seed: u64, shipments: u64) -> Config {
        let faults = Faults {
            duplicates_pct: 8.0,
            late_pct: 10.0,
            out_of_order_pct: 25.0,
            retractions_pct: 4.0,
            future_dated_pct: 2.0,
            conflicting_pct: 4.0,
            bad_pct: 0.0,
        };
        Config { population: Population::Hostile, shipments, seed, faults, ..Config::default() }
    }

    /// A clock at which much has happened and much is still open: some of the population is overdue, some is not, and
    /// some events are still of the future.
    pub fn as_of(&self) -> Timestamp {
        let span_ms = match self.population {
            Population::Business => self.start_offset_ms(self.shipments) + 30 * DAY_MS,
            Population::Hostile => 60 * DAY_MS,
        };
        self.start.plus_ms(span_ms)
    }

    /// A clock at which every event counts: for measurements, which would otherwise leave a part of them held.
    pub fn when_all_count(&self) -> Timestamp {
        self.as_of().plus_ms(90 * DAY_MS)
    }

    /// Milliseconds from `start` to where the shipment with this number begins, before chance moves it.
    pub(crate) fn start_offset_ms(&self, shipment: u64) -> i64 {
        let offset = u128::from(shipment) * DAY_MS as u128 / u128::from(self.shipments_per_day.max(1));
        i64::try_from(offset).expect("a population spans less than 300 million years")
    }
}
