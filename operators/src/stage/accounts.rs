//! Freight accounts: one per shipment, what was billed against what was expected.

use std::hint::black_box;

use landfall_schemas::event::Component;
use landfall_schemas::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use triomphe::Arc;

use super::cargo::Cargo;
use super::charge::Charge;
use super::costs::{Carried, ChargeCost};
use super::proportions::{Parts, Proportions};
use super::subject::Subject;
use super::terms::{ListedTerms, Terms};
use super::wide::Wide;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::views::freight_charges::{
    Compared, Part, SettledCharge, Settlement, Verdict, compare, converted, settle, verdict_status,
};
use crate::views::unbilled_charges::{Unbilled, listed_since, unbilled};

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
    Settled(SettledCharge),
    /// What this shipment says about a shared charge.
    Verdict(Arc<SharedVerdict>),
    /// An expected charge nobody billed in time.
    Unbilled(Unbilled),
    /// A part of landed cost.
    Cost(ChargeCost),
    /// Goods are covered by a component: those of one row of the cargo, or all.
    Covered(Component, Carried, Option<usize>),
}

/// A part of a charge as the account sees it.
struct Entry<'a> {
    charge: &'a Charge,
    part: Part,
    /// Which of the expected charges it is held against.
    position: Option<usize>,
    open: bool,
}

/// For each expected charge what was billed for it, if anything was.
type Comparisons = SmallVec<[Option<Compared>; 8]>;

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

    fn bring(&self) {
        self.terms.iter().for_each(|terms| {
            let expected = terms.cargo.shipment.data.charges.first();
            black_box((expected.map(|charge| charge.amount), terms.cargo.rows.len()));
        });
        self.charges.iter().for_each(|charge| {
            black_box(charge.amount());
        });
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<AccountFinding>) {
        let Some(terms) = self.terms.only() else { return };
        let shipment = &Subject::new(&terms.cargo.shipment);
        let delivered = self.delivered.only().copied();
        let terms_listed = [terms.listed()];
        let [listed] = &terms_listed;
        let mut charges: SmallVec<[&Charge; 8]> = SmallVec::new();
        self.charges.iter().for_each(|charge| charges.push(charge));
        charges.sort_unstable_by(|a, b| a.sequence().cmp(&b.sequence()));
        let settlements = settle(&charges, &terms_listed, world);
        let mut shared: SmallVec<[&SharedPart; 4]> = SmallVec::new();
        self.shared.iter().for_each(|part| shared.push(part));
        shared.sort_unstable_by(|a, b| a.charge.sequence().cmp(&b.charge.sequence()));
        let mut entries: SmallVec<[Entry<'_>; 8]> = SmallVec::new();
        for Settlement { charge, stopped, parts } in &settlements {
            let entry = |(part, position)| Entry { charge, part, position, open: stopped.is_none() };
            entries.extend(parts.first().copied().map(entry));
        }
        for SharedPart { charge, part, open } in shared.iter().copied() {
            let position = listed.position(&charge.code, &charge.invoice.data.issuer);
            entries.push(Entry { charge, part: *part, position, open: *open });
        }
        let compared: Comparisons = comparisons(listed, &entries, delivered.is_some(), world);
        let find = |position: Option<usize>| position.and_then(|position| compared[position]);

        for (index, settlement) in settlements.iter().enumerate() {
            let position = settlement.parts.first().and_then(|(_, position)| *position);
            let same = |later: &Settlement<'_>| {
                later.stopped.is_none() && later.parts.first().is_some_and(|(_, other)| *other == position)
            };
            let is_last = !settlements[index + 1..].iter().any(same);
            let settled = own_charge(settlement, shipment, find(position), is_last, world);
            findings.push(AccountFinding::Settled(settled));
        }
        for entry in entries[entries.len() - shared.len()..].iter().filter(|entry| entry.open) {
            findings.push(AccountFinding::Verdict(Arc::new(SharedVerdict {
                charge: entry.charge.clone(),
                shipment: key.clone(),
                verdict: find(entry.position).map_or(Verdict::Inside, |compared| compared.comparison.verdict),
                delivered: delivered.is_some(),
            })));
        }
        list_unbilled(shipment, listed, &compared, delivered, world, findings);
        landed_cost(&terms.cargo, &entries, world, findings);
    }
}

/// What was billed for each expected charge against it.
fn comparisons(listed: &ListedTerms<'_>, entries: &[Entry<'_>], delivered: bool, world: &mut World<'_>) -> Comparisons {
    let compared = listed.expected.iter().enumerate().map(|(position, expected)| {
        let open = entries.iter().filter(|entry| entry.open && entry.position == Some(position));
        let bills = open.map(|entry| {
            let invoice = &entry.charge.invoice.data;
            let billed = entry.part.billed.expect("an open charge was converted where one is expected");
            (billed.get(), invoice.currency != expected.currency, invoice.issued_on)
        });
        compare(expected, bills, delivered, world)
    });
    compared.collect()
}

/// A charge for this shipment alone, with its status. The last one of a comparison carries its variance.
fn own_charge(
    settlement: &Settlement<'_>,
    shipment: &Subject,
    compared: Option<Compared>,
    is_last: bool,
    world: &mut World<'_>,
) -> SettledCharge {
    let charge = settlement.charge.clone();
    let place = Some(shipment.clone());
    if let Some(status) = settlement.stopped {
        return SettledCharge::without_comparison(charge, status, place, world);
    }
    let Compared { comparison, waits } = compared.expect("a charge that no rule stopped is compared");
    let status = verdict_status(comparison.verdict, waits);
    let mut settled = SettledCharge::without_comparison(charge, status, place, world);
    if comparison.verdict != Verdict::Inside {
        settled.at_stake = if is_last {
            let day = settled.charge.invoice.data.issued_on;
            world.to_base(comparison.variance(), comparison.currency, day).map(Wide::from)
        } else {
            Some(Wide::default())
        };
    }
    settled.comparison = Some(comparison);
    settled
}

/// Expected charges nobody billed in time.
fn list_unbilled(
    shipment: &Subject,
    listed: &ListedTerms<'_>,
    compared: &Comparisons,
    delivered: Option<Timestamp>,
    world: &mut World<'_>,
    findings: &mut Vec<AccountFinding>,
) {
    let missing = || {
        let pairs = listed.expected.iter().zip(compared);
        pairs.filter(|(expected, compared)| compared.is_none() && expected.amount != 0).map(|(expected, _)| expected)
    };
    let Some(delivered_at) = delivered.filter(|_| missing().next().is_some()) else { return };
    let Some(since) = listed_since(delivered_at, world) else { return };
    for expected in missing() {
        let listed = unbilled(shipment, expected, delivered_at, since, world);
        findings.push(AccountFinding::Unbilled(listed));
    }
}

/// What charges add to the landed cost of the goods in the shipment: each part in the base currency, split by the
/// basis of its code. A component covers the goods here if it comes to more than 0 on them.
fn landed_cost(cargo: &Arc<Cargo>, entries: &[Entry<'_>], world: &mut World<'_>, findings: &mut Vec<AccountFinding>) {
    let mut sums: SmallVec<[(Component, Parts); 2]> = SmallVec::new();
    for entry in entries.iter().filter(|entry| !entry.charge.is_customs()) {
        let (charge, amount) = (entry.charge, entry.part.amount.get());
        let Some(amount) = converted(charge, amount, world.settings().base_currency, world) else { continue };
        let (component, basis, day) = (charge.component, charge.basis, charge.invoice.data.issued_on);
        let goods = Carried(Arc::clone(cargo));
        findings.push(AccountFinding::Cost(ChargeCost { component, basis, amount: amount.into(), day, goods }));
        if cargo.rows.is_empty() {
            continue;
        }
        let parts = Proportions::of(&cargo.rows, basis).split(amount);
        match sums.iter_mut().find(|(of, _)| *of == component) {
            Some((_, sum)) => sum.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part),
            None => sums.push((component, parts)),
        }
    }
    for (component, parts) in sums {
        let covered = |row| AccountFinding::Covered(component, Carried(Arc::clone(cargo)), row);
        if parts.iter().all(|sum| *sum > 0) {
            findings.push(covered(None));
        } else {
            let rows = parts.iter().enumerate().filter(|(_, sum)| **sum > 0);
            findings.extend(rows.map(|(row, _)| covered(Some(row))));
        }
    }
}
