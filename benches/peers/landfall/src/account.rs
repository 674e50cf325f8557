//! A shipment's account: what was billed against what was expected, what was reached against what was due, and the shares of
//! its costs on the order lines it carries.

use std::collections::BTreeMap;

use landfall_operators::document::Doc;
use landfall_operators::operator::bag::{Bag, SortedBag};
use landfall_operators::operator::keyed::{Emit, Facts, Keyed};
use landfall_schemas::event::{MilestoneKind, Shipment};
use landfall_schemas::{Currency, Text, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answers::Answer;
use crate::order_line::{OrderLineKey, Sum};

/// Whether an amount is more than 5 % off what was expected.
pub fn off(amount: i64, expected: i64) -> bool {
    (amount - expected).abs() * 20 > expected
}

/// An amount in minor units as thousandths of the currency.
pub fn mills(minor: i64, currency: Currency) -> i64 {
    match currency.exponent() {
        0 => minor * 1000,
        1 => minor * 100,
        2 => minor * 10,
        _ => minor,
    }
}

/// What is said about a shipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccountFact {
    /// Its document.
    Document(Doc<Shipment>),
    /// A charge: code, issuer, currency, thousandths of it.
    Charge(Text, Text, Currency, i64),
    /// A milestone reached.
    Reached(MilestoneKind, Timestamp),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountFinding {
    /// A row of an answer.
    Answer(Answer),
    /// A share of the costs.
    Share(OrderLineKey, i64),
}

/// What is known about a shipment.
#[derive(Default)]
pub struct Account {
    document: Bag<Doc<Shipment>>,
    billed: BTreeMap<(Text, Text, Currency), Sum>,
    reached: SortedBag<(MilestoneKind, Timestamp)>,
}

impl Account {
    fn findings(&self, id: &Text) -> Vec<AccountFinding> {
        let mut found = Vec::new();
        let document = self.document.only();
        let mut costs: BTreeMap<Currency, i64> = BTreeMap::new();
        for ((code, issuer, currency), billed) in &self.billed {
            *costs.entry(*currency).or_default() += billed.amount;
            let charges = document.map_or(&[][..], |document| &document.data.charges);
            let expected = charges
                .iter()
                .find(|charge| charge.code == *code && charge.payee == *issuer && charge.currency == *currency)
                .map_or(0, |charge| mills(charge.amount, *currency));
            if off(billed.amount, expected) {
                found.push(AccountFinding::Answer(Answer::Off {
                    shipment_id: id.clone(),
                    code: code.clone(),
                    issuer: issuer.clone(),
                    currency: *currency,
                    billed: billed.amount,
                    expected,
                }));
            }
        }
        let Some(document) = document else { return found };
        for plan in &document.data.plan {
            let first = self.reached.iter().find(|(milestone, _)| *milestone == plan.milestone);
            if let Some((milestone, reached)) = first.filter(|(_, reached)| *reached > plan.at) {
                found.push(AccountFinding::Answer(Answer::Late {
                    shipment_id: id.clone(),
                    milestone: *milestone,
                    due: plan.at,
                    reached: *reached,
                }));
            }
        }
        let total: i128 = document.data.contents.iter().map(|line| line.quantity.units()).sum();
        for (currency, cost) in costs {
            for line in &document.data.contents {
                // One line takes all.
                let share = if line.quantity.units() == total {
                    cost
                } else {
                    let share = i128::from(cost) * line.quantity.units() / total;
                    i64::try_from(share).expect("a share is no more than the whole")
                };
                found.push(AccountFinding::Share((line.order_id.clone(), line.line_no, currency), share));
            }
        }
        found
    }
}

impl Keyed for Account {
    type Key = Text;
    type Fact = AccountFact;
    type Finding = AccountFinding;
    type Rules = ();

    fn update(&mut self, id: &Text, _rules: &(), facts: Facts<'_, Self>, emit: Emit<'_, Self>) {
        let mut before = self.findings(id);
        for (fact, diff) in facts {
            match fact {
                AccountFact::Document(document) => self.document.update(document, diff),
                AccountFact::Charge(code, issuer, currency, amount) => {
                    self.billed.entry((code, issuer, currency)).or_default().add(amount, diff);
                }
                AccountFact::Reached(milestone, at) => self.reached.update((milestone, at), diff),
            }
        }
        self.billed.retain(|_, sum| sum.parts != 0);
        for finding in self.findings(id) {
            match before.iter().position(|known| *known == finding) {
                Some(same) => drop(before.swap_remove(same)),
                None => emit(finding, 1),
            }
        }
        before.into_iter().for_each(|finding| emit(finding, -1));
    }

    fn is_empty(&self) -> bool {
        self.document.is_empty() && self.billed.is_empty() && self.reached.is_empty()
    }
}
