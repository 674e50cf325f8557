//! Every view computed naively from a list of records and a clock: the oracle of the property tests.
//!
//! Written from the specification alone, section by section, in plain collections and from scratch each time.
//! Shares only the row types, the settings, the messages of `data_errors` and the arithmetic with the dataflow.

mod contents;
mod control_totals;
mod customs;
mod data_errors;
mod documents;
mod exceptions;
mod feed_health;
mod freight_charges;
mod identity;
mod kpis;
mod landed_cost;
mod landed_cost_lines;
mod landed_cost_variance;
mod milestones;
mod money;
mod shipment_status;
mod shipment_timeline;
mod tolerance;
mod unbilled_charges;
mod world;

use landfall_schemas::{DataError, Event, RecordId, Timestamp};

use crate::rows::{ChargeStatus, FreightChargeRow, MilestoneRow, Tables};
use crate::settings::Settings;
use documents::Intake;
use freight_charges::Expectations;
use landed_cost::CostParts;
use milestones::Facts;
use world::World;

/// The views over these records at this clock.
pub fn views(records: &[(RecordId, Result<Event, DataError>)], clock: Timestamp, settings: &Settings) -> Tables {
    let Intake { documents, counts, faults } = documents::take_in(records, clock, settings);
    let world = World::new(documents, clock, settings);
    let facts = Facts::new(&world);
    let progress = milestones::progress(&world, &facts);
    let expectations = Expectations::new(&world);
    let charges = freight_charges::charges(&world, &expectations, &facts);
    let unbilled = unbilled_charges::rows(&world, &expectations, &facts, &charges);
    let parts = CostParts::new(&world, &charges);
    let costs = landed_cost::line_costs(&world, &parts);
    let cost_lines = landed_cost_lines::rows(&world, &costs);
    let cost_variances = landed_cost_variance::rows(&world, &costs, &cost_lines);
    let feeds = feed_health::rows(&world);
    let exceptions = exceptions::rows(&exceptions::Sources {
        world: &world,
        facts: &facts,
        charges: &charges,
        unbilled: &unbilled,
        progress: &progress,
        costs: &costs,
        cost_variances: &cost_variances,
        feeds: &feeds,
    });
    let milestones: Vec<MilestoneRow> = progress.iter().map(|progress| progress.row.clone()).collect();
    let freight_charges: Vec<FreightChargeRow> =
        charges.iter().map(|charge| freight_charges::row(&world, charge)).collect();
    let unmatched = freight_charges.iter().filter(|row| row.status != ChargeStatus::Matched).cloned();
    Tables {
        unmatched_freight_charges: Tables::table_of(unmatched),
        freight_charges: Tables::table_of(freight_charges),
        unbilled_charges: Tables::table_of(unbilled),
        landed_cost: Tables::table_of(landed_cost::rows(&world, &costs)),
        landed_cost_variance: Tables::table_of(cost_variances.into_iter().map(|(_, row)| row)),
        landed_cost_lines: Tables::table_of(cost_lines),
        late_milestones: Tables::table_of(milestones.iter().filter(|row| milestones::is_late(row)).cloned()),
        milestones: Tables::table_of(milestones),
        shipment_timeline: Tables::table_of(shipment_timeline::rows(&world, &charges)),
        shipment_status: Tables::table_of(shipment_status::rows(&world, &facts, &progress, &exceptions)),
        feed_health: Tables::table_of(feeds),
        kpis: Tables::table_of(kpis::rows(&world, &facts, &charges, &progress, &exceptions)),
        control_totals: Tables::table_of(control_totals::rows(&world, &counts, &charges, &parts, &costs)),
        exceptions: Tables::table_of(exceptions),
        data_errors: Tables::table_of(data_errors::rows(&faults)),
    }
}
