//! Freight: invoices against expectations.

use std::sync::Arc;

use differential_dataflow::collection::concatenate;
use landfall_schemas::event::Invoice;
use landfall_schemas::{Currency, Text, Timestamp};

use super::{Exceptions, Flow};
use crate::document::Doc;
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::variants::by_variant;
use crate::rows::{ChargeStatus, FreightChargeRow};
use crate::stage::accounts::{AccountDossier, AccountFact, AccountFinding, SharedPart};
use crate::stage::charge::Charge;
use crate::stage::costs::CostFinding;
use crate::stage::invoices::{InvoiceDossier, InvoiceFact, InvoiceFinding, Replacement};
use crate::stage::shared_charges::{SharedChargeFact, SharedChargeFinding, SharedCharges, SharedVerdicts};
use crate::stage::target::Target;
use crate::stage::terms::Terms;
use crate::views::control_totals::{self, ControlPart};
use crate::views::exceptions::{freight_charge, unbilled_charge};
use crate::views::freight_charges::{SettledCharge, freight_charges};
use crate::views::unbilled_charges::Unbilled;

/// What became of invoices.
pub struct Freight<'scope> {
    /// Every charge with its status.
    pub settled: Flow<'scope, SettledCharge>,
    /// Expected charges nobody billed in time.
    pub unbilled: Flow<'scope, Unbilled>,
    /// What charges add to landed cost.
    pub costs: Flow<'scope, CostFinding>,
    /// Which shipments invoices bill, and for how much.
    pub bills: Flow<'scope, (Doc<Invoice>, Text, i128)>,
    /// Base amounts of all invoice lines that count.
    lines: Flow<'scope, Option<i128>>,
}

impl<'scope> Freight<'scope> {
    /// The rows of `freight_charges`.
    #[inline]
    pub fn rows(&self, base: Currency) -> Flow<'scope, FreightChargeRow> {
        freight_charges(self.settled.clone(), base)
    }

    /// The rows of `unmatched_freight_charges`.
    #[inline]
    pub fn unmatched(&self, base: Currency) -> Flow<'scope, FreightChargeRow> {
        freight_charges(self.settled.clone().filter(|settled| settled.status != ChargeStatus::Matched), base)
    }

    /// Exceptions of charges and of expected charges.
    #[inline]
    pub fn exceptions(&self, base: Currency) -> Exceptions<'scope> {
        let charges =
            self.settled.clone().flat_map(move |settled| freight_charge::exception(&settled, base).map(Arc::new));
        charges.concat(self.unbilled.clone().map(move |unbilled| Arc::new(unbilled_charge::exception(&unbilled, base))))
    }

    /// Parts of the control totals of charges.
    #[inline]
    pub fn control_parts(&self) -> Flow<'scope, ControlPart> {
        let by_status = self.settled.clone().map(|settled| control_totals::of_charge(&settled));
        by_status.concat(self.lines.clone().map(control_totals::of_invoice_line))
    }
}

/// Invoices that count, line by line.
struct Invoices<'scope> {
    charges: Flow<'scope, Charge>,
    unresolved: Flow<'scope, SettledCharge>,
    bills: Flow<'scope, (Doc<Invoice>, Text, i128)>,
}

#[inline]
fn invoices<'scope>(
    base: &BaseCollections<'scope>,
    identity: &Identity<'scope>,
    ambient: &Ambient<'scope>,
) -> Invoices<'scope> {
    let documents = base
        .invoices
        .clone()
        .map(|invoice| ((invoice.data.issuer.clone(), invoice.data.invoice_no.clone()), InvoiceFact::Invoice(invoice)));
    let replacements = base.invoices.clone().flat_map(|invoice| {
        let replaced = invoice.data.replaces.clone();
        replaced
            .map(|number| ((invoice.data.issuer.clone(), number), InvoiceFact::ReplacedBy(Replacement::by(&invoice))))
    });
    let resolved = identity
        .invoices
        .clone()
        .map(|(number, (identifier, resolution))| (number, InvoiceFact::Resolved(identifier, resolution)));
    let facts = concatenate(documents.scope(), [documents, replacements, resolved]);
    let [charges, unresolved, bills] =
        by_variant(maintain::<InvoiceDossier>(facts, ambient), |finding| match finding {
            InvoiceFinding::Charge(_) => 0,
            InvoiceFinding::Settled(_) => 1,
            InvoiceFinding::Bills(..) => 2,
        });
    Invoices {
        charges: charges.flat_map(|finding| match finding {
            InvoiceFinding::Charge(charge) => Some(charge),
            _ => None,
        }),
        unresolved: unresolved.flat_map(|finding| match finding {
            InvoiceFinding::Settled(settled) => Some(settled),
            _ => None,
        }),
        bills: bills.flat_map(|finding| match finding {
            InvoiceFinding::Bills(invoice, shipment, sum) => Some((invoice, shipment, sum)),
            _ => None,
        }),
    }
}

/// Charges for several shipments: those that were stopped, and the parts of the others.
#[inline]
fn shared_charges<'scope>(
    charges: Flow<'scope, Charge>,
    terms: Flow<'scope, (Text, Arc<Terms>)>,
    ambient: &Ambient<'scope>,
) -> (Flow<'scope, SettledCharge>, Flow<'scope, (Text, SharedPart)>) {
    let shared = charges.flat_map(|charge| match &charge.target {
        Target::Several(shipments) => Some((Arc::clone(shipments), charge)),
        _ => None,
    });
    let members = shared
        .clone()
        .flat_map(|(set, _)| (0..set.len()).map(move |index| (set[index].clone(), Arc::clone(&set))))
        .join_map(terms, |_shipment, set, terms| (Arc::clone(set), SharedChargeFact::Member(Arc::clone(terms))));
    let facts = shared.map(|(set, charge)| (set, SharedChargeFact::Charge(charge))).concat(members);
    let [settled, parts] = by_variant(maintain::<SharedCharges>(facts, ambient), |finding| match finding {
        SharedChargeFinding::Settled(_) => 0,
        SharedChargeFinding::Part(..) => 1,
    });
    let settled = settled.flat_map(|finding| match finding {
        SharedChargeFinding::Settled(settled) => Some(settled),
        SharedChargeFinding::Part(..) => None,
    });
    let parts = parts.flat_map(|finding| match finding {
        SharedChargeFinding::Part(shipment, part) => Some((shipment, part)),
        SharedChargeFinding::Settled(_) => None,
    });
    (settled, parts)
}

/// Invoices against expectations.
#[inline]
pub fn freight<'scope>(
    base: &BaseCollections<'scope>,
    identity: &Identity<'scope>,
    terms: Flow<'scope, (Text, Arc<Terms>)>,
    delivered: Flow<'scope, (Text, Timestamp)>,
    ambient: &Ambient<'scope>,
) -> Freight<'scope> {
    let invoices = invoices(base, identity, ambient);
    let (stopped, parts) = shared_charges(invoices.charges.clone(), terms.clone(), ambient);
    let alone = invoices.charges.clone().flat_map(|charge| {
        let shipment = charge.target.only().cloned();
        shipment.map(|shipment| (shipment, AccountFact::Charge(charge)))
    });
    let terms = terms.map(|(shipment, terms)| (shipment, AccountFact::Terms(terms)));
    let parts = parts.map(|(shipment, part)| (shipment, AccountFact::Shared(part)));
    let delivered = delivered.map(|(shipment, at)| (shipment, AccountFact::Delivered(at)));
    let facts = concatenate(terms.scope(), [terms, alone, parts, delivered]);
    let [settled, verdicts, unbilled, costs] =
        by_variant(maintain::<AccountDossier>(facts, ambient), |finding| match finding {
            AccountFinding::Settled(_) => 0,
            AccountFinding::Verdict(_) => 1,
            AccountFinding::Unbilled(_) => 2,
            AccountFinding::Cost(_) => 3,
        });
    let settled = settled.flat_map(|finding| match finding {
        AccountFinding::Settled(settled) => Some(settled),
        _ => None,
    });
    let verdicts = verdicts.flat_map(|finding| match finding {
        AccountFinding::Verdict(verdict) => Some((verdict.charge.key(), verdict)),
        _ => None,
    });
    let shared = maintain::<SharedVerdicts>(verdicts, ambient);
    let resolved_lines = invoices.charges.map(|charge| charge.base);
    let unresolved_lines = invoices.unresolved.clone().map(|settled| settled.charge.base);
    Freight {
        settled: concatenate(settled.scope(), [settled, stopped, shared, invoices.unresolved]),
        unbilled: unbilled.flat_map(|finding| match finding {
            AccountFinding::Unbilled(unbilled) => Some(unbilled),
            _ => None,
        }),
        costs: costs.flat_map(|finding| match finding {
            AccountFinding::Cost(cost) => Some(cost),
            _ => None,
        }),
        bills: invoices.bills,
        lines: resolved_lines.concat(unresolved_lines),
    }
}
