//! `control_totals`: counts and amounts whose parts must sum to the whole, at every tick (§8).
//!
//! Grain and key: (kind, name, status). `records`: received is the sum of what became of the records. `charges`: the
//! rows of `freight_charges` by status, and the total taken from the invoices themselves. `landed_cost`: what is in the
//! view and what fell outside, and the total taken from charges and declarations before anything was split.

use differential_dataflow::VecCollection;
use landfall_schemas::event::Component;
use landfall_schemas::{Money, Stream, Text};
use serde::{Deserialize, Serialize};
use timely::dataflow::Scope;
use timely::dataflow::operators::vec::ToStream;

use super::freight_charges::SettledCharge;
use crate::Tick;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::{Dossier, maintain};
use crate::operator::upsert::RecordStatus;
use crate::operator::world::World;
use crate::rows::{ControlKind, ControlTotalRow};

/// (kind, name, status).
pub type ControlKey = (ControlKind, Text, Text);

/// A part of a control total: what it counts and how much that is in the base currency.
pub type ControlPart = (ControlKey, ControlFact);

/// What a control total sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ControlFact {
    /// One thing with an amount.
    Counted(i128),
    /// An amount alone.
    Amount(i128),
    /// The row is there even when it counts nothing.
    Always,
}

const INVOICE_LINES: Text = Text::const_new("invoice_lines");
const TOTAL: Text = Text::const_new("total");

/// A record that has a status; `None` stands for a stream that could not be read.
pub fn of_record(stream: Option<Stream>, status: RecordStatus) -> ControlPart {
    (record_key(stream, status), ControlFact::Counted(0))
}

/// A record that is no event. With the first of a stream that could not be read come all rows of that stream.
pub fn of_dead_letter(stream: Option<Stream>) -> impl Iterator<Item = ControlPart> {
    let counted = [RecordStatus::Received, RecordStatus::DeadLettered].map(|status| of_record(stream, status));
    let always = RecordStatus::ALL.map(|status| (record_key(stream, status), ControlFact::Always));
    counted.into_iter().chain(always.into_iter().filter(move |_| stream.is_none()))
}

fn record_key(stream: Option<Stream>, status: RecordStatus) -> ControlKey {
    let stream = stream.map_or("unknown", Stream::as_str);
    (ControlKind::Records, Text::from(stream), Text::from(status.as_str()))
}

/// A row of `freight_charges`.
pub fn of_charge(settled: &SettledCharge) -> ControlPart {
    let key = (ControlKind::Charges, INVOICE_LINES, Text::from(settled.status.as_str()));
    (key, ControlFact::Counted(settled.charge.base.unwrap_or(0)))
}

/// A line of an invoice that counts.
pub fn of_invoice_line(base: Option<i128>) -> ControlPart {
    ((ControlKind::Charges, INVOICE_LINES, TOTAL), ControlFact::Counted(base.unwrap_or(0)))
}

/// A part of landed cost that has this status: `in_view`, `outside` or `total`.
pub fn of_cost(component: Component, status: &'static str, amount: i128) -> ControlPart {
    (cost_key(component, status), ControlFact::Amount(amount))
}

fn cost_key(component: Component, status: &'static str) -> ControlKey {
    (ControlKind::LandedCost, Text::from(component.as_str()), Text::const_new(status))
}

/// The rows that are always there.
#[inline]
pub fn always<'scope>(scope: Scope<'scope, Tick>) -> VecCollection<'scope, Tick, ControlPart> {
    use differential_dataflow::AsCollection;
    let records =
        Stream::ALL.into_iter().flat_map(|stream| RecordStatus::ALL.map(|status| record_key(Some(stream), status)));
    let costs = Component::ALL
        .into_iter()
        .flat_map(|component| ["in_view", "outside", "total"].map(|status| cost_key(component, status)));
    let keys = records.chain(costs).chain([(ControlKind::Charges, INVOICE_LINES, TOTAL)]);
    let rows: Vec<(ControlPart, Tick, isize)> = match scope.index() {
        0 => keys.map(|key| ((key, ControlFact::Always), 0, 1)).collect(),
        _ => Vec::new(),
    };
    rows.to_stream(scope).as_collection()
}

/// The rows of the view.
#[inline]
pub fn control_totals<'scope>(
    parts: VecCollection<'scope, Tick, ControlPart>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, ControlTotalRow> {
    maintain::<ControlTotal>(parts, ambient)
}

/// The sums of one control total.
#[derive(Default)]
pub struct ControlTotal {
    facts: isize,
    count: i64,
    amount: i128,
}

impl Dossier for ControlTotal {
    const NAME: &'static str = "ControlTotals";
    type Key = ControlKey;
    type Fact = ControlFact;
    type Finding = ControlTotalRow;

    fn apply(&mut self, fact: ControlFact, diff: isize) {
        self.facts += diff;
        match fact {
            ControlFact::Counted(amount) => {
                self.count += diff as i64;
                self.amount += amount * diff as i128;
            }
            ControlFact::Amount(amount) => self.amount += amount * diff as i128,
            ControlFact::Always => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.facts == 0
    }

    fn evaluate(&self, (kind, name, status): &ControlKey, world: &mut World<'_>, findings: &mut Vec<ControlTotalRow>) {
        let base = world.settings().base_currency;
        findings.push(ControlTotalRow {
            kind: *kind,
            name: name.clone(),
            status: status.clone(),
            count: u64::try_from(self.count).expect("nothing is uncounted before it is counted"),
            base_amount: (*kind != ControlKind::Records).then(|| Money::new(self.amount, base)),
        });
    }
}
