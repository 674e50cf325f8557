//! The whole dataflow: from records and clock to the changes of every view.
//!
//! Reads from top to bottom in the order in which an event passes.
//!
//! The functions that build it are `#[inline]`, so that the machine code of the operators, which takes minutes to make, is
//! made once: in the crate that runs them.

mod customs;
mod freight;
mod goods;
mod health;
mod movement;

use differential_dataflow::VecCollection;
use differential_dataflow::collection::concatenate;
use landfall_schemas::{DataError, Event, RecordId, Text, Timestamp};
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::{Broadcast, Map};
use timely::dataflow::{ProbeHandle, StreamVec};
use triomphe::Arc;

use crate::Tick;
use crate::identity::identity;
use crate::inputs::base_collections;
use crate::operator::ambient::{Ambient, AmbientChange, Gauges};
use crate::operator::upsert::Saved;
use crate::operator::variants::fan_out;
use crate::outputs::{Closed, collect};
use crate::rows::{Changes, ExceptionRow};
use crate::settings::Settings;
use crate::shared::shared;
use crate::views::control_totals;
use crate::views::data_errors;
use crate::views::kpis::{self, Tally};
use crate::views::shipment_status::StatusFact;
use crate::views::unbilled_charges::unbilled_charges;

/// A collection of rows or of what becomes rows.
pub(crate) type Flow<'scope, D> = VecCollection<'scope, Tick, D>;

/// Exceptions on their way to the view.
pub(crate) type Exceptions<'scope> = Flow<'scope, Arc<ExceptionRow>>;

/// What goes into the dataflow. Every tick has a clock on every worker.
pub struct Inputs<'scope> {
    /// Records that are events.
    pub events: StreamVec<'scope, Tick, (RecordId, Event)>,
    /// What a checkpoint kept, before all events.
    pub restored: StreamVec<'scope, Tick, Saved>,
    /// Records that are none.
    pub dead_letters: VecCollection<'scope, Tick, (RecordId, DataError)>,
    /// The clock.
    pub clock: StreamVec<'scope, Tick, Timestamp>,
}

/// Builds the dataflow on one worker. Changes of closed ticks arrive in `closed`; `probe` tells which are.
#[inline]
pub fn build(inputs: Inputs<'_>, settings: &Settings, gauges: &Gauges, closed: &Closed, probe: &ProbeHandle<Tick>) {
    let scope = inputs.clock.scope();
    let base = base_collections(inputs.events, inputs.restored, inputs.clock.clone(), settings, gauges, closed);
    let reference_changes =
        base.reference.clone().inner.broadcast().map(|(doc, _, diff)| AmbientChange::Reference(doc, diff));
    let changes = inputs.clock.map(AmbientChange::Clock).concat(reference_changes);
    let ambient = Ambient::new(changes, settings.clone(), gauges.clone(), closed.audience().clone());
    let shared = shared(&base, &ambient);
    let identity = identity(&base, shared.live_shipments.clone(), &ambient);

    let customs = customs::customs(&base, &identity, &ambient);
    let movement = movement::movement(&base, &shared, &identity, &customs, &ambient);
    let invoices = freight::invoices(&base, &identity, &ambient);
    let timeline = health::timeline(&shared, &identity, &customs, &movement, invoices.timeline.clone(), &ambient);
    let terms = customs::terms(&shared, &customs, invoices.sets.clone(), &ambient);
    let freight =
        freight::freight(invoices, terms.terms.clone(), terms.members.clone(), movement.delivered.clone(), &ambient);
    let costs = concatenate(scope, [customs.costs.clone(), terms.costs.clone(), freight.costs.clone()]);
    let goods = goods::goods(&base, &shared, costs, &customs, &terms, &movement, &ambient);
    let feeds = health::feeds(&base, &customs, &movement, &ambient);

    let all_exceptions = [
        customs.exceptions,
        movement.exceptions,
        identity.unresolved,
        freight.exceptions,
        goods.exceptions,
        feeds.exceptions,
    ];
    let (exceptions, open_exceptions, exception_tallies) = exceptions(concatenate(scope, all_exceptions));
    let tallies = concatenate(scope, [goods.tallies, movement.tallies, freight.tallies, exception_tallies]);
    let parts = concatenate(
        scope,
        [
            control_totals::always(scope),
            base.counted.clone().map(|(stream, status)| control_totals::of_record(Some(stream), status)),
            inputs.dead_letters.clone().flat_map(|(_, error)| control_totals::of_dead_letter(error.stream)),
            freight.control_parts,
            goods.control_parts,
        ],
    );
    let status = movement::shipment_status(movement.status, open_exceptions, &ambient);

    let errors = data_errors::data_errors(inputs.dead_letters.concat(base.listed));
    collect(freight.rows, Changes::FreightCharges, closed, probe);
    collect(freight.unmatched, Changes::UnmatchedFreightCharges, closed, probe);
    collect(unbilled_charges(freight.unbilled, &ambient), Changes::UnbilledCharges, closed, probe);
    collect(goods.landed_cost, Changes::LandedCost, closed, probe);
    collect(goods.lines, Changes::LandedCostLines, closed, probe);
    collect(goods.lines_off, Changes::LandedCostVariance, closed, probe);
    collect(movement.milestones, Changes::Milestones, closed, probe);
    collect(movement.late, Changes::LateMilestones, closed, probe);
    collect(exceptions, Changes::Exceptions, closed, probe);
    collect(timeline, Changes::ShipmentTimeline, closed, probe);
    collect(status, Changes::ShipmentStatus, closed, probe);
    collect(feeds.rows, Changes::FeedHealth, closed, probe);
    collect(kpis::kpis(tallies, &ambient), Changes::Kpis, closed, probe);
    collect(control_totals::control_totals(parts, &ambient), Changes::ControlTotals, closed, probe);
    collect(errors, Changes::DataErrors, closed, probe);
}

/// Exceptions as rows, as something that is open at a shipment, and as what they count in key figures.
#[inline]
fn exceptions<'scope>(
    all: Exceptions<'scope>,
) -> (Exceptions<'scope>, Flow<'scope, (Text, StatusFact)>, Flow<'scope, Tally>) {
    fan_out!(
        "Exceptions",
        all,
        [rows: Arc<ExceptionRow>, open: (Text, StatusFact), tallies: Tally],
        |(row, tick, diff)| {
            tallies.give((kpis::of_exception(&row), tick, diff));
            if !row.shipment_id.is_empty() {
                open.give(((row.shipment_id.clone(), StatusFact::OpenException), tick, diff));
            }
            rows.give((row, tick, diff));
        }
    )
}
