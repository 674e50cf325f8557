//! What we expect to pay for a shipment, and to whom (§4, expected charges).

use landfall_schemas::{Currency, Date, Text};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use triomphe::Arc;

use super::cargo::Cargo;
use super::costs::{CostFinding, of_unnamed_lines};
use super::declarations::{DeclarationState, customs_amounts};
use super::declared_lines::DeclaredLine;
use super::quantities::{QuantityMismatch, mismatches};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::ShipmentSet;
use crate::operator::world::World;

/// A shipment with its cargo and its expected charges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// The shipment and what it carries.
    pub cargo: Arc<Cargo>,
    /// What brokers are expected to bill for its declarations, one entry per broker.
    declared: Box<[DeclaredCharges]>,
}

/// What one broker is expected to bill for declarations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct DeclaredCharges {
    broker: Text,
    currency: Currency,
    /// Duty, tax and fees in minor units.
    amounts: [i128; 3],
}

/// An expected charge.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Canonical code.
    pub code: &'a Text,
    /// Who will bill it.
    pub payee: &'a Text,
    /// Minor units of `currency`.
    pub amount: i128,
    /// The currency.
    pub currency: Currency,
}

impl Terms {
    /// The terms with their expected charges; (code, payee) is unique: those of the shipment document, with what is
    /// declared standing above them for the customs codes.
    pub fn listed(&self) -> ListedTerms<'_> {
        let mut expected = SmallVec::new();
        for charge in &self.cargo.shipment.data.charges {
            let (code, payee) = (&charge.code, &charge.payee);
            if !self.is_declared(code, payee) {
                expected.push(Expected { code, payee, amount: charge.amount.into(), currency: charge.currency });
            }
        }
        for of_one in &self.declared {
            for (code, amount) in CUSTOMS_CODES.iter().zip(of_one.amounts) {
                expected.push(Expected { code, payee: &of_one.broker, amount, currency: of_one.currency });
            }
        }
        ListedTerms { terms: self, expected }
    }

    fn is_declared(&self, code: &Text, payee: &Text) -> bool {
        !self.declared.is_empty()
            && CUSTOMS_CODES.contains(code)
            && self.declared.iter().any(|of_one| of_one.broker == *payee)
    }
}

/// A shipment's terms with its expected charges.
pub struct ListedTerms<'a> {
    /// The terms.
    pub terms: &'a Terms,
    /// Its expected charges.
    pub expected: SmallVec<[Expected<'a>; 8]>,
}

impl<'a> ListedTerms<'a> {
    /// Which of the expected charges is that of a payee under a code.
    pub fn position(&self, code: &Text, payee: &Text) -> Option<usize> {
        self.expected.iter().position(|expected| expected.code == code && expected.payee == payee)
    }
}

/// What a declaration makes us expect a broker to bill for one shipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CustomsShare {
    /// The declaration.
    pub declaration_id: Text,
    /// Who will bill it.
    pub broker: Text,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Date of the declaration.
    pub declared_on: Date,
    /// Duty, tax and fees in minor units.
    pub amounts: [i128; 3],
}

/// Canonical codes under which brokers bill duty, tax and fees, in the order of [`CustomsShare::amounts`].
static CUSTOMS_CODES: [Text; 3] =
    [Text::from_static_str("DUTY"), Text::from_static_str("TAX"), Text::from_static_str("CUSTOMS_FEES")];

impl CustomsShare {
    /// The whole of a declaration.
    pub fn whole(state: &DeclarationState) -> CustomsShare {
        let declaration = state.data();
        let mut amounts = [0; 3];
        for line in &declaration.lines {
            for (sum, (_, amount)) in amounts.iter_mut().zip(customs_amounts(line)) {
                *sum += i128::from(amount.unwrap_or(0));
            }
        }
        CustomsShare {
            declaration_id: declaration.declaration_id.clone(),
            broker: declaration.broker.clone(),
            currency: declaration.currency,
            declared_on: declaration.declared_on,
            amounts,
        }
    }
}

/// What is known about what a shipment should cost.
#[derive(Default)]
pub struct TermsDossier {
    cargo: Bag<Arc<Cargo>>,
    declarations: Bag<Arc<DeclarationState>>,
    shares: Bag<Arc<CustomsShare>>,
    billed: Bag<ShipmentSet>,
}

/// A fact about what a shipment should cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TermsFact {
    /// The shipment and what it carries.
    Cargo(Arc<Cargo>),
    /// A live import covers this shipment alone.
    Declaration(Arc<DeclarationState>),
    /// Its share of a live import that covers several.
    Share(Arc<CustomsShare>),
    /// Charges are for exactly these shipments, and it is one of them.
    Billed(ShipmentSet),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermsFinding {
    /// The shipment's terms.
    Terms(Text, Arc<Terms>),
    /// The terms of a member of the set.
    Member(ShipmentSet, Arc<Terms>),
    /// What unnamed lines of its declarations cost.
    Cost(CostFinding),
    /// A line of its declarations names an order line.
    Line(DeclaredLine),
    /// Declared and shipped quantities differ.
    Mismatch(Arc<QuantityMismatch>),
}

impl Dossier for TermsDossier {
    const NAME: &'static str = "Terms";
    type Key = Text;
    type Fact = TermsFact;
    type Finding = TermsFinding;

    fn apply(&mut self, fact: TermsFact, diff: isize) {
        match fact {
            TermsFact::Cargo(cargo) => self.cargo.update(cargo, diff),
            TermsFact::Declaration(state) => self.declarations.update(state, diff),
            TermsFact::Share(share) => self.shares.update(share, diff),
            TermsFact::Billed(set) => self.billed.update(set, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.cargo.is_empty() && self.declarations.is_empty() && self.shares.is_empty() && self.billed.is_empty()
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<TermsFinding>) {
        let Some(cargo) = self.cargo.only() else { return };
        let mut states: SmallVec<[&Arc<DeclarationState>; 4]> = self.declarations.iter().collect();
        states.sort_unstable_by(|a, b| a.data().declaration_id.cmp(&b.data().declaration_id));
        for state in &states {
            findings.extend(DeclaredLine::of(state, Some(&cargo.shipment), world).map(TermsFinding::Line));
            of_unnamed_lines(state, &[cargo], world, |cost| findings.push(TermsFinding::Cost(cost)));
        }
        mismatches(&states, &[cargo], world, |found| findings.push(TermsFinding::Mismatch(found)));
        let shares = states
            .into_iter()
            .map(|state| CustomsShare::whole(state))
            .chain(self.shares.iter().map(|share| CustomsShare::clone(share)))
            .collect();
        let terms = Terms { cargo: Arc::clone(cargo), declared: declared_charges(shares, world) };
        let terms = Arc::new(terms);
        findings.extend(self.billed.iter().map(|set| TermsFinding::Member(set.clone(), Arc::clone(&terms))));
        findings.push(TermsFinding::Terms(key.clone(), terms));
    }
}

/// What brokers are expected to bill: in the currency of their declarations, or in the base currency where those differ
/// (a part without a rate is nothing then).
fn declared_charges(mut shares: Vec<CustomsShare>, world: &mut World<'_>) -> Box<[DeclaredCharges]> {
    shares.sort_unstable_by(|a, b| (&a.broker, &a.declaration_id).cmp(&(&b.broker, &b.declaration_id)));
    shares.chunk_by(|a, b| a.broker == b.broker).map(|of_one| declared_charges_of(of_one, world)).collect()
}

fn declared_charges_of(shares: &[CustomsShare], world: &mut World<'_>) -> DeclaredCharges {
    let first = &shares[0];
    let base = world.settings().base_currency;
    let mixed = shares.iter().any(|share| share.currency != first.currency);
    let mut amounts = [0; 3];
    for share in shares {
        for (sum, amount) in amounts.iter_mut().zip(share.amounts) {
            *sum += if mixed { world.to_base(amount, share.currency, share.declared_on).unwrap_or(0) } else { amount };
        }
    }
    DeclaredCharges { broker: first.broker.clone(), currency: if mixed { base } else { first.currency }, amounts }
}
