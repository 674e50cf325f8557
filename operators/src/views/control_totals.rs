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
use triomphe::Arc;

use super::freight_charges::SettledCharge;
use crate::Tick;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::{Dossier, maintain};
use crate::operator::sums::{Sum, sums};
use crate::operator::upsert::RecordStatus;
use crate::operator::world::World;
use crate::rows::{ChargeStatus, ControlKind, ControlTotalRow};

/// What a control total is about: (kind, name, status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ControlKey {
    /// Records of a stream that have a status; `None` stands for a stream that could not be read.
    Records(Option<Stream>, RecordStatus),
    /// Lines of invoices that have a status; `None` stands for all.
    Charges(Option<ChargeStatus>),
    /// Parts of a component of landed cost.
    Costs(Component, Placing),
}

/// Where a part of landed cost is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Placing {
    /// In a row.
    InView,
    /// On something that has no row.
    Outside,
    /// Before anything is split.
    Total,
}

impl Placing {
    const ALL: [Placing; 3] = [Placing::InView, Placing::Outside, Placing::Total];
}

/// A part of a control total: what it counts and how much that is in the base currency.
pub type ControlPart = (ControlKey, ControlSum);

/// What a control total sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ControlSum {
    /// How many parts make the row; it is there as long as there are any.
    parts: i64,
    /// How many of them count.
    count: i64,
    amount: i128,
}

impl ControlSum {
    /// One thing with an amount.
    fn counted(amount: i128) -> ControlSum {
        ControlSum { parts: 1, count: 1, amount }
    }

    /// An amount alone.
    fn amount(amount: i128) -> ControlSum {
        ControlSum { parts: 1, count: 0, amount }
    }
}

impl Sum for ControlSum {
    fn add(&mut self, part: &ControlSum, times: isize) {
        self.parts += part.parts * times as i64;
        self.count += part.count * times as i64;
        self.amount += part.amount * times as i128;
    }
}

/// A record that has a status; `None` stands for a stream that could not be read.
pub fn of_record(stream: Option<Stream>, status: RecordStatus) -> ControlPart {
    (ControlKey::Records(stream, status), ControlSum::counted(0))
}

/// A record that is no event. With the first of a stream that could not be read come all rows of that stream.
pub fn of_dead_letter(stream: Option<Stream>) -> impl Iterator<Item = ControlPart> {
    let counted = [RecordStatus::Received, RecordStatus::DeadLettered].map(|status| of_record(stream, status));
    let always = RecordStatus::ALL.map(|status| (ControlKey::Records(stream, status), ControlSum::amount(0)));
    counted.into_iter().chain(always.into_iter().filter(move |_| stream.is_none()))
}

/// A row of `freight_charges`.
pub fn of_charge(settled: &SettledCharge) -> ControlPart {
    (ControlKey::Charges(Some(settled.status)), ControlSum::counted(settled.charge.base().unwrap_or(0)))
}

/// A line of an invoice that counts.
pub fn of_invoice_line(base: Option<i128>) -> ControlPart {
    (ControlKey::Charges(None), ControlSum::counted(base.unwrap_or(0)))
}

/// A part of landed cost.
pub fn of_cost(component: Component, placing: Placing, amount: i128) -> ControlPart {
    (ControlKey::Costs(component, placing), ControlSum::amount(amount))
}

/// The rows that are always there.
#[inline]
pub fn always<'scope>(scope: Scope<'scope, Tick>) -> VecCollection<'scope, Tick, ControlPart> {
    use differential_dataflow::AsCollection;
    let records = Stream::ALL
        .into_iter()
        .flat_map(|stream| RecordStatus::ALL.map(|status| ControlKey::Records(Some(stream), status)));
    let costs = Component::ALL
        .into_iter()
        .flat_map(|component| Placing::ALL.map(|placing| ControlKey::Costs(component, placing)));
    let keys = records.chain(costs).chain([ControlKey::Charges(None)]);
    let rows: Vec<(ControlPart, Tick, isize)> = match scope.index() {
        0 => keys.map(|key| ((key, ControlSum::amount(0)), 0, 1)).collect(),
        _ => Vec::new(),
    };
    rows.to_stream(scope).as_collection()
}

/// The rows of the view.
#[inline]
pub fn control_totals<'scope>(
    parts: VecCollection<'scope, Tick, ControlPart>,
    ambient: &Ambient<'scope>,
) -> VecCollection<'scope, Tick, Arc<ControlTotalRow>> {
    maintain::<ControlTotal>(sums(parts, "ControlSums"), ambient)
}

/// The sums of one control total.
#[derive(Default)]
pub struct ControlTotal(ControlSum);

impl Dossier for ControlTotal {
    const NAME: &'static str = "ControlTotals";
    type Key = ControlKey;
    type Fact = ControlSum;
    type Finding = Arc<ControlTotalRow>;

    fn apply(&mut self, sum: ControlSum, diff: isize) {
        self.0.add(&sum, diff);
    }

    fn is_empty(&self) -> bool {
        self.0.parts == 0
    }

    fn evaluate(&self, key: &ControlKey, world: &mut World<'_>, findings: &mut Vec<Arc<ControlTotalRow>>) {
        let base = world.settings().base_currency;
        let (kind, name, status) = match *key {
            ControlKey::Records(stream, status) => {
                (ControlKind::Records, stream.map_or("unknown", Stream::as_str), status.as_str())
            }
            ControlKey::Charges(status) => {
                (ControlKind::Charges, "invoice_lines", status.map_or("total", ChargeStatus::as_str))
            }
            ControlKey::Costs(component, placing) => {
                let status = match placing {
                    Placing::InView => "in_view",
                    Placing::Outside => "outside",
                    Placing::Total => "total",
                };
                (ControlKind::LandedCost, component.as_str(), status)
            }
        };
        findings.push(Arc::new(ControlTotalRow {
            kind,
            name: Text::from(name),
            status: Text::from(status),
            count: u64::try_from(self.0.count).expect("nothing is uncounted before it is counted"),
            base_amount: (kind != ControlKind::Records).then(|| Money::new(self.0.amount, base)),
        }));
    }
}
