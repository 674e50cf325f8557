//! E(s, code, issuer): what we expect to pay for a shipment, from its document or its import declarations.

use std::collections::BTreeMap;

use landfall_schemas::event::{Basis, DeclarationLine};
use landfall_schemas::{Currency, Date, Money};

use crate::reference::world::World;

/// What is expected, and from whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChargeKey<'a> {
    pub code: &'a str,
    pub payee: &'a str,
}

/// Everything that is expected to be billed.
pub(crate) struct Expectations<'a> {
    by_shipment: BTreeMap<&'a str, BTreeMap<ChargeKey<'a>, Money>>,
}

/// What a declaration says about the customs costs of one shipment.
struct DeclaredPart {
    minor: i128,
    currency: Currency,
    declared_on: Date,
}

/// The codes for which declarations say what is expected, and their amounts of a line.
const DECLARED_CODES: [(&str, fn(&DeclarationLine) -> i64); 3] =
    [("DUTY", |line| line.duty), ("TAX", |line| line.tax), ("CUSTOMS_FEES", |line| line.fees.unwrap_or(0))];

impl<'a> Expectations<'a> {
    pub fn new(world: &World<'a>) -> Expectations<'a> {
        let mut by_shipment: BTreeMap<&str, BTreeMap<ChargeKey<'a>, Money>> = BTreeMap::new();
        for shipment in world.documents.live_shipments() {
            let expected = by_shipment.entry(&shipment.data.shipment_id).or_default();
            for charge in &shipment.data.charges {
                let key = ChargeKey { code: &charge.code, payee: &charge.payee };
                expected.insert(key, Money::new(i128::from(charge.amount), charge.currency));
            }
        }
        for ((shipment, key), parts) in declared_parts(world) {
            by_shipment.entry(shipment).or_default().insert(key, sum(world, &parts));
        }
        Expectations { by_shipment }
    }

    /// E of a shipment.
    pub fn get(&self, shipment: &str, code: &str, issuer: &str) -> Option<Money> {
        self.by_shipment.get(shipment)?.get(&ChargeKey { code, payee: issuer }).copied()
    }

    /// Whether anybody is expected to bill this code for a shipment.
    pub fn has_any_payee(&self, shipment: &str, code: &str) -> bool {
        self.by_shipment.get(shipment).is_some_and(|expected| expected.keys().any(|key| key.code == code))
    }

    /// Every E of every shipment.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, ChargeKey<'a>, Money)> + '_ {
        self.by_shipment
            .iter()
            .flat_map(|(shipment, expected)| expected.iter().map(|(key, money)| (*shipment, *key, *money)))
    }
}

fn declared_parts<'a>(world: &World<'a>) -> BTreeMap<(&'a str, ChargeKey<'a>), Vec<DeclaredPart>> {
    let mut parts: BTreeMap<(&str, ChargeKey<'a>), Vec<DeclaredPart>> = BTreeMap::new();
    for case in world.live_declarations().filter(|case| case.is_import()) {
        let shipments = case.resolution.shipments();
        if shipments.is_empty() {
            continue;
        }
        let declaration = case.doc.data;
        for (code, amount) in DECLARED_CODES {
            let total = declaration.lines.iter().map(|line| i128::from(amount(line))).sum();
            for part in world.contents.split_over_shipments(total, Basis::Value, shipments) {
                let key = ChargeKey { code, payee: &declaration.broker };
                parts.entry((part.to, key)).or_default().push(DeclaredPart {
                    minor: part.minor,
                    currency: declaration.currency,
                    declared_on: declaration.declared_on,
                });
            }
        }
    }
    parts
}

/// In the parts' currency where they have one in common, else in the base currency.
fn sum(world: &World<'_>, parts: &[DeclaredPart]) -> Money {
    let currency = parts[0].currency;
    if parts.iter().all(|part| part.currency == currency) {
        return Money::new(parts.iter().map(|part| part.minor).sum(), currency);
    }
    let in_base =
        parts.iter().map(|part| world.rates.to_base(part.minor, part.currency, part.declared_on).unwrap_or(0));
    world.rates.base_money(in_base.sum())
}
