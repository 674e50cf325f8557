//! Freight accounts: one per shipment, what was billed against what was expected.

use landfall_schemas::event::{Component, Shipment};
use landfall_schemas::{Date, Text, Timestamp};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::cargo::{Cargo, split_over};
use super::charge::Charge;
use super::costs::{CostFinding, LineCost, covers};
use super::terms::{Expected, Terms};
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::views::freight_charges::{
    Comparison, Part, SettledCharge, Settlement, Verdict, compare, settle, verdict_status,
};
use crate::views::unbilled_charges::{Unbilled, unbilled};

/// A shipment's part of a charge that several shipments share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SharedPart {
    /// The charge.
    pub charge: Charge,
    /// What falls on this shipment.
    pub part: Part,
    /// Whether no rule has stopped the charge: then it counts as billed here.
    pub open: bool,
}

/// What is known about a shipment's money.
#[derive(Default)]
pub struct AccountDossier {
    terms: Bag<Arc<Terms>>,
    charges: Bag<Charge>,
    shared: Bag<Arc<SharedPart>>,
    delivered: Bag<Timestamp>,
}

/// A fact about a shipment's money.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccountFact {
    /// What we expect to pay.
    Terms(Arc<Terms>),
    /// A charge for this shipment alone.
    Charge(Charge),
    /// A part of a charge that is for several.
    Shared(Arc<SharedPart>),
    /// It was delivered.
    Delivered(Timestamp),
}

/// How one shipment sees a charge that several share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SharedVerdict {
    /// The charge.
    pub charge: Charge,
    /// The shipment.
    pub shipment: Text,
    /// Billed against expected there; inside where nothing is expected.
    pub verdict: Verdict,
    /// Whether the shipment is delivered.
    pub delivered: bool,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountFinding {
    /// A charge of this shipment alone has its status.
    Settled(Arc<SettledCharge>),
    /// What this shipment says about a shared charge.
    Verdict(Arc<SharedVerdict>),
    /// An expected charge nobody billed in time.
    Unbilled(Arc<Unbilled>),
    /// A part of landed cost.
    Cost(CostFinding),
}

/// A part of a charge as the account sees it.
struct Entry<'a> {
    charge: &'a Charge,
    part: Part,
    open: bool,
}

impl Dossier for AccountDossier {
    const NAME: &'static str = "Accounts";
    type Key = Text;
    type Fact = AccountFact;
    type Finding = AccountFinding;

    fn apply(&mut self, fact: AccountFact, diff: isize) {
        match fact {
            AccountFact::Terms(terms) => self.terms.update(terms, diff),
            AccountFact::Charge(charge) => self.charges.update(charge, diff),
            AccountFact::Shared(part) => self.shared.update(part, diff),
            AccountFact::Delivered(at) => self.delivered.update(at, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.charges.is_empty() && self.shared.is_empty() && self.delivered.is_empty()
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<AccountFinding>) {
        let Some(terms) = self.terms.only() else { return };
        let delivered = self.delivered.only().copied();
        let mut charges: Vec<Charge> = self.charges.iter().cloned().collect();
        charges.sort_unstable_by(|a, b| {
            (&a.invoice.data.issuer, a.sequence()).cmp(&(&b.invoice.data.issuer, b.sequence()))
        });
        let settlements = settle(&charges, &[terms], world);
        let mut shared: Vec<&SharedPart> = self.shared.iter().map(Arc::as_ref).collect();
        shared.sort_unstable();
        let own = settlements.iter().filter_map(|settlement| {
            let part = *settlement.parts.first()?;
            Some(Entry { charge: &settlement.charge, part, open: settlement.stopped.is_none() })
        });
        let entries: Vec<Entry<'_>> = own
            .chain(shared.iter().map(|part| Entry { charge: &part.charge, part: part.part, open: part.open }))
            .collect();

        let compared: Vec<(Expected<'_>, Option<Comparison>)> =
            terms.expected().map(|expected| (expected, comparison(&expected, &entries, world))).collect();
        let find = |charge: &Charge| {
            compared.iter().find(|(expected, _)| is_for(charge, expected)).and_then(|(_, comparison)| *comparison)
        };
        for (index, settlement) in settlements.iter().enumerate() {
            let is_last = settlements[index + 1..].iter().all(|later| !same_comparison(settlement, later));
            let settled =
                own_charge(settlement, &terms.cargo.shipment, find(&settlement.charge), is_last, delivered, world);
            findings.push(AccountFinding::Settled(Arc::new(settled)));
        }
        findings.extend(shared.iter().filter(|part| part.open).map(|part| {
            AccountFinding::Verdict(Arc::new(SharedVerdict {
                charge: part.charge.clone(),
                shipment: key.clone(),
                verdict: find(&part.charge).map_or(Verdict::Inside, |comparison| comparison.verdict),
                delivered: delivered.is_some(),
            }))
        }));
        for (expected, comparison) in &compared {
            if comparison.is_none() {
                let listed = unbilled(&terms.cargo.shipment, expected, delivered, world);
                findings.extend(listed.map(|unbilled| AccountFinding::Unbilled(Arc::new(unbilled))));
            }
        }
        landed_cost(&terms.cargo, &entries, world, findings);
    }
}

fn is_for(charge: &Charge, expected: &Expected<'_>) -> bool {
    charge.code == *expected.code && charge.invoice.data.issuer == *expected.payee
}

/// Whether two charges of the shipment share a comparison.
fn same_comparison(a: &Settlement, b: &Settlement) -> bool {
    b.stopped.is_none()
        && a.charge.code == b.charge.code
        && a.charge.invoice.data.issuer == b.charge.invoice.data.issuer
}

/// What was billed for an expected charge against it; `None` when nothing was.
fn comparison(expected: &Expected<'_>, entries: &[Entry<'_>], world: &mut World<'_>) -> Option<Comparison> {
    let bills: Vec<(i128, bool, Date)> = entries
        .iter()
        .filter(|entry| entry.open && is_for(entry.charge, expected))
        .map(|entry| {
            let invoice = &entry.charge.invoice.data;
            let billed = entry.part.billed.expect("an open charge was converted where one is expected");
            (billed, invoice.currency != expected.currency, invoice.issued_on)
        })
        .collect();
    (!bills.is_empty()).then(|| compare(expected, &bills, world))
}

/// A charge for this shipment alone, with its status. The last one of a comparison carries its variance.
fn own_charge(
    settlement: &Settlement,
    shipment: &Doc<Shipment>,
    comparison: Option<Comparison>,
    is_last: bool,
    delivered: Option<Timestamp>,
    world: &mut World<'_>,
) -> SettledCharge {
    let charge = settlement.charge.clone();
    let place = Some(shipment.clone());
    if let Some(status) = settlement.stopped {
        return SettledCharge::without_comparison(charge, status, place, world);
    }
    let comparison = comparison.expect("a charge that no rule stopped is compared");
    let status = verdict_status(&charge, comparison.verdict, delivered.is_some(), world);
    let mut settled = SettledCharge::without_comparison(charge, status, place, world);
    if comparison.verdict != Verdict::Inside {
        settled.at_stake = if is_last {
            let variance = comparison.billed - comparison.expected;
            world.to_base(variance, comparison.currency, settled.charge.invoice.data.issued_on)
        } else {
            Some(0)
        };
    }
    settled.comparison = Some(comparison);
    settled
}

/// What charges add to the landed cost of the goods in the shipment: each part in the base currency, split by the
/// basis of its code. A component covers the goods here if it comes to more than 0 on them.
fn landed_cost(cargo: &Cargo, entries: &[Entry<'_>], world: &mut World<'_>, findings: &mut Vec<AccountFinding>) {
    let mut sums: Vec<(Component, usize, i128)> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.charge.is_customs()) {
        let (invoice, component) = (&entry.charge.invoice.data, entry.charge.component);
        let Some(amount) = world.to_base(entry.part.amount, invoice.currency, invoice.issued_on) else { continue };
        findings.push(AccountFinding::Cost(CostFinding::Incurred(component, amount)));
        if cargo.rows.is_empty() {
            findings.push(AccountFinding::Cost(CostFinding::Outside(component, amount)));
            continue;
        }
        let parts = split_over(&cargo.rows, entry.charge.basis, amount);
        for ((index, row), amount) in cargo.rows.iter().enumerate().zip(parts) {
            let part = LineCost::Amount { component, amount, day: invoice.issued_on };
            findings.push(AccountFinding::Cost(CostFinding::OnLine(row.order_id.clone(), row.line_no, part)));
            match sums.iter_mut().find(|(of, at, _)| *of == component && *at == index) {
                Some((_, _, sum)) => *sum += amount,
                None => sums.push((component, index, amount)),
            }
        }
    }
    let covered = sums.into_iter().filter(|(_, _, sum)| *sum > 0);
    findings.extend(covered.map(|(component, index, _)| AccountFinding::Cost(covers(cargo, index, component))));
}
