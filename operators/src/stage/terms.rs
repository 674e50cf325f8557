//! What we expect to pay for a shipment, and to whom (§4, expected charges).

use std::sync::Arc;

use landfall_schemas::{Currency, Date, Text};
use serde::{Deserialize, Serialize};

use super::cargo::Cargo;
use super::costs::{CostFinding, of_unnamed_lines};
use super::declarations::{DeclarationState, customs_amounts};
use super::declared_lines::DeclaredLine;
use super::quantities::{QuantityMismatch, mismatches};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;

/// A shipment with its cargo and its expected charges.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// The shipment and what it carries.
    pub cargo: Arc<Cargo>,
    /// Expected charges; (code, payee) is unique.
    pub expected: Box<[Expected]>,
}

/// An expected charge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Expected {
    /// Canonical code.
    pub code: Text,
    /// Who will bill it.
    pub payee: Text,
    /// Minor units of `currency`.
    pub amount: i128,
    /// The currency.
    pub currency: Currency,
}

impl Terms {
    /// The charge expected from a payee under a code.
    pub fn expected(&self, code: &Text, payee: &Text) -> Option<&Expected> {
        self.expected.iter().find(|expected| expected.code == *code && expected.payee == *payee)
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
const CUSTOMS_CODES: [&str; 3] = ["DUTY", "TAX", "CUSTOMS_FEES"];

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
    billed: Bag<Arc<[Text]>>,
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
    Billed(Arc<[Text]>),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermsFinding {
    /// The shipment's terms.
    Terms(Text, Arc<Terms>),
    /// The terms of a member of the set.
    Member(Arc<[Text]>, Arc<Terms>),
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
        for state in self.declarations.iter() {
            let lines = DeclaredLine::of(state, Some(&cargo.shipment), world);
            findings.extend(lines.into_iter().map(TermsFinding::Line));
        }
        let mut states: Vec<&DeclarationState> = self.declarations.iter().map(Arc::as_ref).collect();
        states.sort_unstable_by(|a, b| a.data().declaration_id.cmp(&b.data().declaration_id));
        let mut costs = Vec::new();
        for state in &states {
            of_unnamed_lines(state, &[cargo], world, &mut costs);
        }
        findings.extend(costs.into_iter().map(TermsFinding::Cost));
        findings.extend(mismatches(&states, &[cargo], world).into_iter().map(Arc::new).map(TermsFinding::Mismatch));
        let shares = states
            .into_iter()
            .map(CustomsShare::whole)
            .chain(self.shares.iter().map(|share| CustomsShare::clone(share)))
            .collect();
        let terms = Terms { cargo: Arc::clone(cargo), expected: expected(cargo, shares, world).into() };
        let terms = Arc::new(terms);
        findings.extend(self.billed.iter().map(|set| TermsFinding::Member(Arc::clone(set), Arc::clone(&terms))));
        findings.push(TermsFinding::Terms(key.clone(), terms));
    }
}

/// The expected charges of a shipment document, with what is declared standing above them for the customs codes.
fn expected(cargo: &Cargo, mut shares: Vec<CustomsShare>, world: &mut World<'_>) -> Vec<Expected> {
    shares.sort_unstable_by(|a, b| (&a.broker, &a.declaration_id).cmp(&(&b.broker, &b.declaration_id)));
    let declared = shares.chunk_by(|a, b| a.broker == b.broker).collect::<Vec<_>>();
    let is_declared = |code: &Text, payee: &Text| {
        CUSTOMS_CODES.contains(&code.as_str()) && declared.iter().any(|of_one| of_one[0].broker == *payee)
    };
    let mut expected: Vec<Expected> = cargo
        .shipment
        .data
        .charges
        .iter()
        .filter(|charge| !is_declared(&charge.code, &charge.payee))
        .map(|charge| Expected {
            code: charge.code.clone(),
            payee: charge.payee.clone(),
            amount: i128::from(charge.amount),
            currency: charge.currency,
        })
        .collect();
    for of_one in declared {
        expected.extend(declared_charges(of_one, world));
    }
    expected.sort_unstable();
    expected
}

/// What one broker is expected to bill for its declarations: in their currency, or in the base currency where they
/// differ (a part without a rate is nothing then).
fn declared_charges(shares: &[CustomsShare], world: &mut World<'_>) -> [Expected; 3] {
    let first = &shares[0];
    let base = world.settings().base_currency;
    let mixed = shares.iter().any(|share| share.currency != first.currency);
    let mut sums = [0; 3];
    for share in shares {
        for (sum, amount) in sums.iter_mut().zip(share.amounts) {
            *sum += if mixed { world.to_base(amount, share.currency, share.declared_on).unwrap_or(0) } else { amount };
        }
    }
    let currency = if mixed { base } else { first.currency };
    let mut codes = CUSTOMS_CODES.iter().zip(sums);
    std::array::from_fn(|_| {
        let (code, amount) = codes.next().expect("three codes and three sums");
        Expected { code: Text::from(*code), payee: first.broker.clone(), amount, currency }
    })
}
