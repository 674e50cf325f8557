//! `freight_charges`: every line of every invoice that counts, held against what was expected (§4).
//!
//! Grain and key: (issuer, invoice_no, line_no). A row appears with the invoice and goes when the invoice is withdrawn
//! or another in force replaces it. Its status is the first of twelve rules that applies:
//!
//! ```text
//!  1 missing_reference    neither line nor invoice names anything        stage/invoices.rs
//!  2 unknown_reference    no shipment claims what they name                   "
//!  3 ambiguous_reference  several do where one is meant                       "
//!  4 duplicate_charge     another invoice already bills it               duplicates()
//!  5 not_our_liability    the seller pays it under the Incoterms         Liability::seller_pays_all
//!  6 payee_mismatch       expected, but from somebody else               settle()
//!  7 unexpected_charge    expected from nobody                                "
//!  8 no_fx_rate           the comparison needs a rate there is not            "
//!  9 over / under         billed in all against expected, by tolerance   compare()
//! 10 awaiting_delivery    the rule waits for delivery                    verdict_status()
//! 11 matched                                                                  "
//! ```
//!
//! As SQL, for lines of one shipment: `billed = sum(amount) over (partition by shipment_id, code, issuer)` of the lines
//! not stopped by 1-8, `variance = billed - expected`. Example: 100.00 EUR expected, 60.00 and 55.00 billed by the
//! carrier, tolerance 10 %: both lines are `over_tolerance` with variance 15.00.

use landfall_schemas::event::{Basis, Component, Partner, Shipment, Tolerance};
use landfall_schemas::exact::{compare_products, power_of_ten, split};
use landfall_schemas::{Currency, Date, Decimal, Money};
use serde::{Deserialize, Serialize};

use crate::document::Doc;
use crate::operator::world::World;
use crate::rows::{ChargeStatus, FreightChargeRow};
use crate::stage::cargo::{Cargo, Liability, shipment_weights};
use crate::stage::charge::Charge;
use crate::stage::target::Target;
use crate::stage::terms::{Expected, Terms};

/// A charge with its final status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettledCharge {
    /// The charge.
    pub charge: Charge,
    /// What became of it.
    pub status: ChargeStatus,
    /// What it was compared with, where it is for one shipment and was compared.
    pub comparison: Option<Comparison>,
    /// The money at stake in the base currency, as its exception shows it.
    pub at_stake: Option<i128>,
    /// The shipment, where it is for one.
    pub shipment: Option<Doc<Shipment>>,
    /// The issuer's partner document; asked for only where the charge is an exception.
    pub partner: Option<Doc<Partner>>,
}

impl SettledCharge {
    /// A charge that was stopped, or is for several shipments.
    pub fn without_comparison(
        charge: Charge,
        status: ChargeStatus,
        shipment: Option<Doc<Shipment>>,
        world: &mut World<'_>,
    ) -> SettledCharge {
        let partner = match status {
            ChargeStatus::Matched => None,
            _ => world.partner(&charge.invoice.data.issuer),
        };
        SettledCharge { at_stake: charge.base(), charge, status, comparison: None, shipment, partner }
    }
}

/// Billed against expected, for a shipment, code and issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Comparison {
    /// Expected, in minor units of `currency`.
    pub expected: i128,
    /// Billed in all.
    pub billed: i128,
    /// Currency of both.
    pub currency: Currency,
    /// Which side of the tolerance.
    pub verdict: Verdict,
}

/// Which side of the tolerance the billed amount is; over beats under beats inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Within it.
    Inside,
    /// Below it.
    Under,
    /// Above it.
    Over,
}

/// A charge after rules 4 to 8, with its parts by shipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settlement {
    /// The charge.
    pub charge: Charge,
    /// The rule that stopped it.
    pub stopped: Option<ChargeStatus>,
    /// Its part for each shipment, in the order of their ids; none where rule 4 or 5 stopped it.
    pub parts: Vec<Part>,
}

/// What of a charge falls on one shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Part {
    /// Minor units of the invoice's currency.
    pub amount: i128,
    /// In the currency of the shipment's expected charge, where there is one.
    pub billed: Option<i128>,
}

/// Rules 4 to 8 for all charges with one target, whose shipments have these terms (in the order of their ids).
pub fn settle(charges: &[Charge], members: &[&Terms], world: &mut World<'_>) -> Vec<Settlement> {
    let duplicates = duplicates(charges);
    let liability = members.iter().map(|terms| &terms.cargo.liability);
    charges
        .iter()
        .enumerate()
        .map(|(index, charge)| {
            if duplicates.contains(&index) {
                return Settlement::stopped(charge, ChargeStatus::DuplicateCharge);
            }
            if Liability::seller_pays_all(liability.clone(), charge.component) {
                return Settlement::stopped(charge, ChargeStatus::NotOurLiability);
            }
            let issuer = &charge.invoice.data.issuer;
            let expected: Vec<Option<Expected<'_>>> =
                members.iter().map(|terms| terms.expected_from(&charge.code, issuer)).collect();
            let amounts = shares(charge.amount(), &expected, members);
            let (from, day) = (charge.invoice.data.currency, charge.invoice.data.issued_on);
            let parts: Vec<Part> = amounts
                .into_iter()
                .zip(&expected)
                .map(|(amount, expected)| Part {
                    amount,
                    billed: expected.and_then(|expected| world.convert(amount, from, expected.currency, day)),
                })
                .collect();
            let without_rate =
                parts.iter().zip(&expected).any(|(part, expected)| expected.is_some() && part.billed.is_none());
            let expected_of_others =
                || members.iter().any(|terms| terms.expected().any(|expected| *expected.code == charge.code));
            let stopped = if expected.iter().all(Option::is_none) {
                Some(if expected_of_others() { ChargeStatus::PayeeMismatch } else { ChargeStatus::UnexpectedCharge })
            } else {
                without_rate.then_some(ChargeStatus::NoFxRate)
            };
            Settlement { charge: charge.clone(), stopped, parts }
        })
        .collect()
}

impl Settlement {
    fn stopped(charge: &Charge, status: ChargeStatus) -> Settlement {
        Settlement { charge: charge.clone(), stopped: Some(status), parts: Vec::new() }
    }
}

/// Rule 4: charges that another invoice already bills, as indexes.
fn duplicates(charges: &[Charge]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut order: Vec<usize> = (0..charges.len()).filter(|index| charges[*index].amount() > 0).collect();
    let same = |charge: &Charge| {
        let invoice = &charge.invoice.data;
        (invoice.issuer.clone(), charge.code.clone(), invoice.currency, charge.amount())
    };
    if order.len() < 2 {
        return found;
    }
    order.sort_by_cached_key(|index| {
        let (issued_on, invoice_no, line_no) = charges[*index].sequence();
        (same(&charges[*index]), issued_on, invoice_no.clone(), line_no)
    });
    for group in order.chunk_by(|a, b| same(&charges[*a]) == same(&charges[*b])) {
        let (issuer, code, currency, amount) = same(&charges[group[0]]);
        let credits = charges.iter().filter(|charge| same(charge) == (issuer.clone(), code.clone(), currency, -amount));
        let left = &group[credits.count().min(group.len())..];
        let Some(original) = left.first().map(|index| &charges[*index].invoice.data.invoice_no) else { continue };
        found.extend(left.iter().filter(|index| charges[**index].invoice.data.invoice_no != *original));
    }
    found
}

/// How a charge falls on several shipments: in proportion to what each expects; where that says nothing, by the weight
/// of their contents.
fn shares(amount: i128, expected: &[Option<Expected<'_>>], members: &[&Terms]) -> Vec<i128> {
    if members.len() == 1 {
        return vec![amount];
    }
    let given: Vec<Expected<'_>> = expected.iter().copied().flatten().collect();
    let usable = given.iter().all(|expected| expected.amount >= 0 && expected.currency == given[0].currency)
        && given.iter().any(|expected| expected.amount > 0);
    let weights = if usable {
        expected.iter().map(|expected| expected.map_or(0, |expected| expected.amount.unsigned_abs()).into()).collect()
    } else {
        let cargos: Vec<&Cargo> = members.iter().map(|terms| terms.cargo.as_ref()).collect();
        shipment_weights(&cargos, Basis::Weight)
    };
    split(amount, &weights)
}

/// Rule 9: everything billed for a shipment under a code by an issuer, against what was expected.
///
/// `bills` are (converted amount, whether its currency differs, date of issue).
pub fn compare(expected: &Expected<'_>, bills: &[(i128, bool, Date)], world: &mut World<'_>) -> Comparison {
    let billed = bills.iter().map(|(amount, _, _)| amount).sum::<i128>();
    let converted = bills.iter().filter(|(_, converted, _)| *converted).count();
    let latest = bills.iter().map(|(_, _, issued_on)| *issued_on).max();
    let rule = world.tolerance(expected.payee, expected.code);
    let variance = billed - expected.amount;
    let rounding_only = variance.unsigned_abs() <= converted as u128;
    let inside = rounding_only
        || latest.is_some_and(|day| {
            let expected = Money::new(expected.amount, expected.currency);
            within(rule.as_ref().map(|rule| &rule.data), variance, expected, day, world)
        });
    let verdict = match (inside, variance > 0) {
        (true, _) => Verdict::Inside,
        (false, true) => Verdict::Over,
        (false, false) => Verdict::Under,
    };
    Comparison { expected: expected.amount, billed, currency: expected.currency, verdict }
}

/// Whether a variance is inside a tolerance rule: within the fraction and within the amount of its side, as far as
/// given; where neither is, only 0 is inside. An amount in another currency is converted as of `day`, and ignored
/// without a rate.
pub fn within(rule: Option<&Tolerance>, variance: i128, against: Money, day: Date, world: &mut World<'_>) -> bool {
    let (pct, abs) = match rule {
        Some(rule) if variance > 0 => (rule.over_pct, rule.over_abs),
        Some(rule) => (rule.under_pct, rule.under_abs),
        None => (None, None),
    };
    if pct.is_none() && abs.is_none() {
        return variance == 0;
    }
    let minor_units = power_of_ten(against.currency.exponent());
    // Exactly: variance <= limit, where the limit is a product of units of 10^-10.
    let magnitude = [i128::try_from(variance.unsigned_abs()).unwrap_or(i128::MAX), Decimal::SCALE];
    let inside = |limit: [i128; 2]| compare_products(magnitude, limit).is_le();
    let inside_abs = abs.map(|abs| match rule.and_then(|rule| rule.currency) {
        Some(currency) if currency != against.currency => {
            let rate = world.rate(currency, against.currency, day)?;
            let limit = rate.apply(&[abs.units(), minor_units], &[Decimal::SCALE])?;
            Some(inside([limit, Decimal::SCALE]))
        }
        _ => Some(inside([abs.units(), minor_units])),
    });
    let inside_pct = pct.map(|pct| inside([pct.units(), against.minor.abs()]));
    if inside_pct.is_none() && inside_abs.flatten().is_none() {
        return variance == 0;
    }
    inside_pct.unwrap_or(true) && inside_abs.flatten().unwrap_or(true)
}

/// Rules 9 to 11 for a charge whose shipments give this verdict.
pub fn verdict_status(charge: &Charge, verdict: Verdict, all_delivered: bool, world: &mut World<'_>) -> ChargeStatus {
    match verdict {
        Verdict::Over => ChargeStatus::OverTolerance,
        Verdict::Under => ChargeStatus::UnderTolerance,
        Verdict::Inside => {
            let rule = world.tolerance(&charge.invoice.data.issuer, &charge.code);
            let waits = rule.is_some_and(|rule| rule.data.require_delivered);
            if waits && !all_delivered { ChargeStatus::AwaitingDelivery } else { ChargeStatus::Matched }
        }
    }
}

/// Rule 5: under which Incoterms the seller pays a component (§4).
pub fn seller_pays(incoterm: &str, component: Component) -> bool {
    let sellers: &[&str] = match component {
        Component::Freight => &["CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"],
        Component::Insurance => &["CIF", "CIP", "DAP", "DPU", "DDP"],
        Component::Duty | Component::Tax | Component::Fees | Component::Brokerage => &["DDP"],
        Component::Handling | Component::Other => &[],
    };
    sellers.contains(&incoterm)
}

/// Rules 1 to 3: the status of a charge that is for no shipment.
pub fn unresolved_status(target: &Target) -> Option<ChargeStatus> {
    match target {
        Target::Missing => Some(ChargeStatus::MissingReference),
        Target::Unknown => Some(ChargeStatus::UnknownReference),
        Target::Ambiguous => Some(ChargeStatus::AmbiguousReference),
        Target::One(_) | Target::Several(_) => None,
    }
}

/// The row of a charge.
pub fn row(settled: &SettledCharge, base: Currency) -> FreightChargeRow {
    let charge = &settled.charge;
    let (invoice, line) = (&charge.invoice.data, charge.line());
    let compared = settled.comparison;
    let money = |pick: fn(Comparison) -> i128| compared.map(|compared| Money::new(pick(compared), compared.currency));
    FreightChargeRow {
        issuer: invoice.issuer.clone(),
        invoice_no: invoice.invoice_no.clone(),
        line_no: line.line_no,
        partner_code: line.code.clone(),
        code: charge.code.clone(),
        component: charge.component,
        amount: Money::new(charge.amount(), invoice.currency),
        currency: invoice.currency,
        issued_on: invoice.issued_on,
        status: settled.status,
        shipment_id: charge.target.only().cloned().unwrap_or_default(),
        shipments: u32::try_from(charge.target.shipments().len()).expect("at most max_group shipments"),
        expected_amount: money(|compared| compared.expected),
        billed_amount: money(|compared| compared.billed),
        variance_amount: money(|compared| compared.billed - compared.expected),
        expected_currency: compared.map(|compared| compared.currency),
        base_amount: charge.base().map(|base_amount| Money::new(base_amount, base)),
    }
}
