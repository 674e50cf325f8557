//! Freight: invoices against expectations.

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use triomphe::Arc;

use super::{Exceptions, Flow};
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::resolve::ShipmentSet;
use crate::operator::variants::fan_out;
use crate::rows::{ChargeStatus, ExceptionRow, FreightChargeRow, TimelineRow, View};
use crate::stage::accounts::{AccountDossier, AccountFact, AccountFinding, SharedVerdict};
use crate::stage::costs::CostFinding;
use crate::stage::invoices::{InvoiceDossier, InvoiceFact, InvoiceFinding, Replacement};
use crate::stage::shared_charges::{ChargeKey, SharedChargeFact, SharedChargeFinding, SharedCharges, SharedVerdicts};
use crate::stage::target::Target;
use crate::views::control_totals::{self, ControlPart};
use crate::views::exceptions::{freight_charge, unbilled_charge};
use crate::views::freight_charges::{self, SettledCharge};
use crate::views::kpis::{self, Tally};
use crate::views::shipment_timeline;
use crate::views::unbilled_charges::Unbilled;

/// Invoices that count, line by line.
pub struct Invoices<'scope> {
    /// Lines for one shipment.
    alone: Flow<'scope, (Text, AccountFact)>,
    /// Lines for several.
    together: Flow<'scope, (ShipmentSet, SharedChargeFact)>,
    /// Shipments with the sets of shipments that lines are for together.
    pub sets: Flow<'scope, (Text, ShipmentSet)>,
    /// Lines that are for no shipment.
    unresolved: Flow<'scope, Arc<SettledCharge>>,
    /// What the timelines of shipments say about invoices.
    pub timeline: Flow<'scope, Arc<TimelineRow>>,
    /// What lines add to the control total.
    control_parts: Flow<'scope, ControlPart>,
}

/// What became of invoices.
pub struct Freight<'scope> {
    /// The rows of `freight_charges`.
    pub rows: Flow<'scope, Arc<FreightChargeRow>>,
    /// The rows of `unmatched_freight_charges`.
    pub unmatched: Flow<'scope, Arc<FreightChargeRow>>,
    /// Expected charges nobody billed in time.
    pub unbilled: Flow<'scope, Unbilled>,
    /// Exceptions of charges and of expected charges.
    pub exceptions: Exceptions<'scope>,
    /// What charges count in key figures.
    pub tallies: Flow<'scope, Tally>,
    /// What charges add to landed cost.
    pub costs: Flow<'scope, CostFinding>,
    /// Parts of the control totals of charges.
    pub control_parts: Flow<'scope, ControlPart>,
}

/// Which invoices count, and which shipments their lines are for.
#[inline]
pub fn invoices<'scope>(
    base: &BaseCollections<'scope>,
    identity: &Identity<'scope>,
    ambient: &Ambient<'scope>,
) -> Invoices<'scope> {
    let (documents, replacements) = fan_out!(
        "InvoiceFacts",
        base.invoices.clone(),
        [documents: ((Text, Text), InvoiceFact), replacements: ((Text, Text), InvoiceFact)],
        |(invoice, tick, diff)| {
            if let Some(number) = invoice.data.replaces.clone() {
                let replaced = InvoiceFact::ReplacedBy(Box::new(Replacement::by(&invoice)));
                replacements.give((((invoice.data.issuer.clone(), number), replaced), tick, diff));
            }
            let number = (invoice.data.issuer.clone(), invoice.data.invoice_no.clone());
            documents.give(((number, InvoiceFact::Invoice(invoice)), tick, diff));
        }
    );
    let facts = concatenate(documents.scope(), [documents, replacements, identity.invoices.clone()]);
    let audience = ambient.audience();
    let (alone, together, sets, unresolved, timeline, control_parts) = fan_out!(
        "InvoiceFindings",
        maintain::<InvoiceDossier>(facts, ambient),
        [
            alone: (Text, AccountFact),
            together: (ShipmentSet, SharedChargeFact),
            sets: (Text, ShipmentSet),
            unresolved: Arc<SettledCharge>,
            timeline: Arc<TimelineRow>,
            control_parts: ControlPart
        ],
        |(finding, tick, diff)| match finding {
            InvoiceFinding::Charge(charge) => {
                control_parts.give((control_totals::of_invoice_line(charge.base()), tick, diff));
                match charge.target.clone() {
                    Target::One(shipment) => alone.give(((shipment, AccountFact::Charge(charge)), tick, diff)),
                    Target::Several(set) => {
                        set.iter().for_each(|shipment| sets.give(((shipment.clone(), set.clone()), tick, diff)));
                        together.give(((set, SharedChargeFact::Charge(charge)), tick, diff));
                    }
                    Target::Missing | Target::Unknown | Target::Ambiguous => {
                        unreachable!("a line for no shipment is settled")
                    }
                }
            }
            InvoiceFinding::Settled(settled) => {
                control_parts.give((control_totals::of_invoice_line(settled.charge.base()), tick, diff));
                unresolved.give((settled, tick, diff));
            }
            InvoiceFinding::Bills(invoice, shipment, sum) if audience.reads(View::ShipmentTimeline) => {
                timeline.give((shipment_timeline::of_invoice(&shipment, &invoice, sum), tick, diff));
            }
            InvoiceFinding::Bills(..) => {}
        }
    );
    Invoices { alone, together, sets, unresolved, timeline, control_parts }
}

/// Charges for several shipments: those that were stopped, and the parts of the others.
#[inline]
fn shared_charges<'scope>(
    facts: Flow<'scope, (ShipmentSet, SharedChargeFact)>,
    ambient: &Ambient<'scope>,
) -> (Flow<'scope, Arc<SettledCharge>>, Flow<'scope, (Text, AccountFact)>) {
    fan_out!(
        "SharedChargeFindings",
        maintain::<SharedCharges>(facts, ambient),
        [stopped: Arc<SettledCharge>, parts: (Text, AccountFact)],
        |(finding, tick, diff)| match finding {
            SharedChargeFinding::Settled(settled) => stopped.give((settled, tick, diff)),
            SharedChargeFinding::Part(shipment, part) => {
                parts.give(((shipment, AccountFact::Shared(part)), tick, diff));
            }
        }
    )
}

/// Invoices against expectations.
#[inline]
pub fn freight<'scope>(
    invoices: Invoices<'scope>,
    terms: Flow<'scope, (Text, AccountFact)>,
    members: Flow<'scope, (ShipmentSet, SharedChargeFact)>,
    delivered: Flow<'scope, (Text, AccountFact)>,
    ambient: &Ambient<'scope>,
) -> Freight<'scope> {
    let base = ambient.settings().base_currency;
    let (stopped, parts) = shared_charges(invoices.together.concat(members), ambient);
    let facts = concatenate(terms.scope(), [terms, invoices.alone, parts, delivered]);
    let (settled, verdicts, unbilled, late, costs) = fan_out!(
        "AccountFindings",
        maintain::<AccountDossier>(facts, ambient),
        [
            settled: Arc<SettledCharge>,
            verdicts: (ChargeKey, Arc<SharedVerdict>),
            unbilled: Unbilled,
            late: Arc<ExceptionRow>,
            costs: CostFinding
        ],
        |(finding, tick, diff)| match finding {
            AccountFinding::Settled(charge) => settled.give((Arc::new(charge), tick, diff)),
            AccountFinding::Verdict(verdict) => verdicts.give(((verdict.charge.key(), verdict), tick, diff)),
            AccountFinding::Unbilled(expected) => {
                late.give((Arc::new(unbilled_charge::exception(&expected, base)), tick, diff));
                unbilled.give((expected, tick, diff));
            }
            AccountFinding::Cost(cost) => cost.each(|part| costs.give((part, tick, diff))),
            AccountFinding::Covered(component, goods, row) => {
                goods.each_covered(component, row, |part| costs.give((part, tick, diff)));
            }
        }
    );
    let shared = maintain::<SharedVerdicts>(verdicts, ambient);
    let settled = concatenate(settled.scope(), [settled, stopped, shared, invoices.unresolved]);
    let (rows, unmatched, exceptions, tallies, control_parts) = views(settled, ambient);
    Freight {
        rows,
        unmatched,
        unbilled,
        exceptions: exceptions.concat(late),
        tallies,
        costs,
        control_parts: control_parts.concat(invoices.control_parts),
    }
}

/// What the views say about charges that have their status.
#[inline]
fn views<'scope>(
    settled: Flow<'scope, Arc<SettledCharge>>,
    ambient: &Ambient<'scope>,
) -> (
    Flow<'scope, Arc<FreightChargeRow>>,
    Flow<'scope, Arc<FreightChargeRow>>,
    Exceptions<'scope>,
    Flow<'scope, Tally>,
    Flow<'scope, ControlPart>,
) {
    let (audience, base) = (ambient.audience(), ambient.settings().base_currency);
    fan_out!(
        "SettledCharges",
        settled,
        [
            rows: Arc<FreightChargeRow>,
            unmatched: Arc<FreightChargeRow>,
            exceptions: Arc<ExceptionRow>,
            tallies: Tally,
            control_parts: ControlPart
        ],
        |(settled, tick, diff)| {
            let is_unmatched = settled.status != ChargeStatus::Matched;
            if audience.reads_part(View::FreightCharges, View::UnmatchedFreightCharges, is_unmatched) {
                let row = Arc::new(freight_charges::row(&settled, base));
                if is_unmatched {
                    unmatched.give((Arc::clone(&row), tick, diff));
                }
                rows.give((row, tick, diff));
            }
            if let Some(row) = freight_charge::exception(&settled, base) {
                exceptions.give((Arc::new(row), tick, diff));
            }
            kpis::of_charge(&settled).into_iter().for_each(|tally| tallies.give((tally, tick, diff)));
            control_parts.give((control_totals::of_charge(&settled), tick, diff));
        }
    )
}
