//! The hostile population: so few identifiers, amounts, times and codes that documents collide all the time.
//!
//! Each module names the clauses of the semantics it reaches. Two limits are out of reach of a small population at
//! their defaults: tests set `max_component` to about 8 and `max_group` to about 3.

mod customs;
mod invoices;
mod orders;
mod reference;
mod shipments;
#[cfg(test)]
mod tests;
mod world;

use super::GeneratedEvent;
use super::config::Config;
use super::dice::Dice;
use super::faults::Transmission;
use world::World;

/// The whole population in the order of arrival.
pub(crate) fn population(config: &Config) -> Vec<GeneratedEvent> {
    let mut world = World::new(config);
    reference::populate(&mut world);
    orders::populate(&mut world);
    shipments::populate(&mut world);
    customs::populate(&mut world);
    invoices::populate(&mut world);
    let transmission = Transmission::new(config);
    let mut dice = Dice::new(config.seed, &[6]);
    let mut records: Vec<GeneratedEvent> = Vec::new();
    for event in world.said {
        transmission.transmit(&mut dice, event, &mut |record| records.push(record));
    }
    // What is recorded in the future, and some of the rest, comes when it likes.
    for record in &mut records {
        if record.arrived_at > config.as_of() || dice.percent(15) {
            let span_ms = config.as_of().0 - config.start.0;
            record.arrived_at = config.start.plus_ms(dice.between(0, span_ms));
        }
    }
    for place in (1..records.len()).rev() {
        records.swap(place, dice.index(place + 1));
    }
    records.sort_by_key(|record| record.arrived_at);
    records
}
