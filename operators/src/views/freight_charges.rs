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

use landfall_schemas::event::{Basis, Component, Partner, Tolerance};
use landfall_schemas::exact::{compare_products, power_of_ten, split};
use landfall_schemas::{Currency, Date, Decimal, Money, Text};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::document::Doc;
use crate::operator::world::World;
use crate::rows::{ChargeStatus, FreightChargeRow};
use crate::stage::cargo::{Cargo, Liability};
use crate::stage::charge::Charge;
use crate::stage::proportions::shipment_weights;
use crate::stage::subject::Subject;
use crate::stage::target::Target;
use crate::stage::terms::{Expected, ListedTerms};
use crate::stage::wide::Wide;

/// A charge with its final status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettledCharge {
    /// The charge.
    pub charge: Charge,
    /// What became of it.
    pub status: ChargeStatus,
    /// What it was compared with, where it is for one shipment and was compared.
    pub comparison: Option<Comparison>,
    /// The money at stake in the base currency, as its exception shows it.
    pub at_stake: Option<Wide>,
    /// The shipment, where it is for one.
    pub shipment: Option<Subject>,
    /// The issuer's partner document; asked for only where the charge is an exception.
    pub partner: Option<Doc<Partner>>,
}

impl SettledCharge {
    /// A charge that was stopped, or is for several shipments.
    pub fn without_comparison(
        charge: Charge,
        status: ChargeStatus,
        shipment: Option<Subject>,
        world: &mut World<'_>,
    ) -> SettledCharge {
        let partner = match status {
            ChargeStatus::Matched => None,
            _ => world.partner(&charge.invoice.data.issuer),
        };
        let at_stake = charge.base().map(Wide::from);
        SettledCharge { charge, status, comparison: None, at_stake, shipment, partner }
    }
}

/// Billed against expected, for a shipment, code and issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Comparison {
    /// Expected, in minor units of `currency`.
    pub expected: Wide,
    /// Billed in all.
    pub billed: Wide,
    /// Currency of both.
    pub currency: Currency,
    /// Which side of the tolerance.
    pub verdict: Verdict,
}

impl Comparison {
    /// Billed minus expected.
    pub fn variance(&self) -> i128 {
        self.billed.get() - self.expected.get()
    }
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
pub struct Settlement<'a> {
    /// The charge.
    pub charge: &'a Charge,
    /// The rule that stopped it.
    pub stopped: Option<ChargeStatus>,
    /// Its part for each shipment, in the order of their ids, with the place of the expected charge that it is held
    /// against; none where rule 4 or 5 stopped it.
    pub parts: SmallVec<[(Part, Option<usize>); 1]>,
}

/// What of a charge falls on one shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Part {
    /// Minor units of the invoice's currency.
    pub amount: Wide,
    /// In the currency of the shipment's expected charge, where there is one.
    pub billed: Option<Wide>,
}

/// Rules 4 to 8 for all charges with one target, whose shipments have these terms (in the order of their ids).
pub fn settle<'a>(
    charges: &[&'a Charge],
    members: &[ListedTerms<'_>],
    world: &mut World<'_>,
) -> SmallVec<[Settlement<'a>; 4]> {
    let duplicates = duplicates(charges);
    let liability = members.iter().map(|member| &member.terms.cargo.liability);
    let settled = charges.iter().enumerate().map(|(index, charge)| {
        let (stopped, parts) = if duplicates.contains(&index) {
            (Some(ChargeStatus::DuplicateCharge), SmallVec::new())
        } else if Liability::seller_pays_all(liability.clone(), charge.component) {
            (Some(ChargeStatus::NotOurLiability), SmallVec::new())
        } else {
            let parts = parts(charge, members, world);
            (stopped(charge, &parts, members), parts)
        };
        Settlement { charge, stopped, parts }
    });
    settled.collect()
}

/// What falls on each shipment, with which of its expected charges that is held against.
fn parts(charge: &Charge, members: &[ListedTerms<'_>], world: &mut World<'_>) -> SmallVec<[(Part, Option<usize>); 1]> {
    let issuer = &charge.invoice.data.issuer;
    let positions = members.iter().map(|member| member.position(&charge.code, issuer));
    let mut part = |amount: i128, position: Option<usize>, member: &ListedTerms<'_>| {
        let currency = position.map(|position| member.expected[position].currency);
        let billed = currency.and_then(|currency| converted(charge, amount, currency, world));
        (Part { amount: amount.into(), billed: billed.map(Wide::from) }, position)
    };
    if let [only] = members {
        return positions.map(|position| part(charge.amount(), position, only)).collect();
    }
    let positions: Vec<Option<usize>> = positions.collect();
    let amounts = shares(charge.amount(), &positions, members);
    let on_each = amounts.into_iter().zip(positions).zip(members);
    on_each.map(|((amount, position), member)| part(amount, position, member)).collect()
}

/// A part of a charge in another currency; `None` without a rate. The whole in the base currency is known.
pub fn converted(charge: &Charge, amount: i128, currency: Currency, world: &mut World<'_>) -> Option<i128> {
    if currency == world.settings().base_currency && amount == charge.amount() {
        return charge.base();
    }
    let invoice = &charge.invoice.data;
    world.convert(amount, invoice.currency, currency, invoice.issued_on)
}

/// Rules 6 to 8.
fn stopped(charge: &Charge, parts: &[(Part, Option<usize>)], members: &[ListedTerms<'_>]) -> Option<ChargeStatus> {
    if parts.iter().all(|(_, position)| position.is_none()) {
        let expected_of_others =
            members.iter().any(|member| member.expected.iter().any(|expected| *expected.code == charge.code));
        return Some(if expected_of_others { ChargeStatus::PayeeMismatch } else { ChargeStatus::UnexpectedCharge });
    }
    let without_rate = parts.iter().any(|(part, position)| position.is_some() && part.billed.is_none());
    without_rate.then_some(ChargeStatus::NoFxRate)
}

/// Rule 4: charges that another invoice already bills, as indexes.
fn duplicates(charges: &[&Charge]) -> Vec<usize> {
    fn billed(charge: &Charge) -> (&Text, &Text, Currency, i128) {
        let invoice = &charge.invoice.data;
        (&invoice.issuer, &charge.code, invoice.currency, charge.amount())
    }
    let mut found = Vec::new();
    if !any_amount_twice(charges) {
        return found;
    }
    let mut order: Vec<usize> = (0..charges.len()).filter(|index| charges[*index].amount() > 0).collect();
    order.sort_by_key(|index| (billed(charges[*index]), charges[*index].sequence()));
    for group in order.chunk_by(|a, b| billed(charges[*a]) == billed(charges[*b])) {
        let (issuer, code, currency, amount) = billed(charges[group[0]]);
        let credits = charges.iter().filter(|charge| billed(charge) == (issuer, code, currency, -amount));
        let left = &group[credits.count().min(group.len())..];
        let Some(original) = left.first().map(|index| &charges[*index].invoice.data.invoice_no) else { continue };
        found.extend(left.iter().filter(|index| charges[**index].invoice.data.invoice_no != *original));
    }
    found
}

/// Whether two charges bill the same amount, as duplicates do.
fn any_amount_twice(charges: &[&Charge]) -> bool {
    if charges.len() < 2 {
        return false;
    }
    let billed = charges.iter().map(|charge| charge.line().amount).filter(|amount| *amount > 0);
    let mut amounts: SmallVec<[i64; 16]> = billed.collect();
    amounts.sort_unstable();
    amounts.windows(2).any(|pair| pair[0] == pair[1])
}

/// How a charge falls on several shipments: in proportion to what each expects; where that says nothing, by the weight
/// of their contents.
fn shares(amount: i128, positions: &[Option<usize>], members: &[ListedTerms<'_>]) -> Vec<i128> {
    let expected = || {
        let each = positions.iter().zip(members);
        each.map(|(position, member)| position.map(|position| member.expected[position]))
    };
    let currency = expected().flatten().next().map(|first| first.currency);
    let usable = expected().flatten().all(|given| given.amount >= 0 && Some(given.currency) == currency)
        && expected().flatten().any(|given| given.amount > 0);
    let weights = if usable {
        expected().map(|given| given.map_or(0, |given| given.amount.unsigned_abs()).into()).collect()
    } else {
        let cargos: Vec<&Cargo> = members.iter().map(|member| member.terms.cargo.as_ref()).collect();
        shipment_weights(&cargos, Basis::Weight)
    };
    split(amount, &weights)
}

/// A comparison, with whether its rule has the charges wait.
#[derive(Clone, Copy)]
pub struct Compared {
    /// The comparison.
    pub comparison: Comparison,
    /// Whether what is inside the tolerance still waits for delivery.
    pub waits: bool,
}

/// Rule 9: everything billed for a shipment under a code by an issuer, against what was expected; `None` where nothing
/// was billed.
///
/// `bills` are (converted amount, whether its currency differs, date of issue).
pub fn compare(
    expected: &Expected<'_>,
    bills: impl Iterator<Item = (i128, bool, Date)>,
    delivered: bool,
    world: &mut World<'_>,
) -> Option<Compared> {
    let (mut billed, mut converted, mut latest) = (0, 0_u32, None);
    for (amount, is_converted, issued_on) in bills {
        billed += amount;
        converted += u32::from(is_converted);
        latest = latest.max(Some(issued_on));
    }
    let latest = latest?;
    let variance = billed - expected.amount;
    let rounding_only = variance.unsigned_abs() <= u128::from(converted);
    // What is as expected and delivered matches whatever the rule says.
    let rule = if rounding_only && delivered { None } else { world.tolerance(expected.payee, expected.code) };
    let rule = rule.as_ref().map(|rule| &rule.data);
    let against = Money::new(expected.amount, expected.currency);
    let inside = rounding_only || within(rule, variance, against, latest, world);
    let verdict = match (inside, variance > 0) {
        (true, _) => Verdict::Inside,
        (false, true) => Verdict::Over,
        (false, false) => Verdict::Under,
    };
    let (expected, currency) = (expected.amount.into(), expected.currency);
    let comparison = Comparison { expected, billed: billed.into(), currency, verdict };
    Some(Compared { comparison, waits: !delivered && rule.is_some_and(|rule| rule.require_delivered) })
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

/// Rules 9 to 11 for a charge whose shipments give this verdict; `waits` says whether it still waits for a delivery.
pub fn verdict_status(verdict: Verdict, waits: bool) -> ChargeStatus {
    match verdict {
        Verdict::Over => ChargeStatus::OverTolerance,
        Verdict::Under => ChargeStatus::UnderTolerance,
        Verdict::Inside if waits => ChargeStatus::AwaitingDelivery,
        Verdict::Inside => ChargeStatus::Matched,
    }
}

/// Rule 5: what the seller pays under an Incoterm (§4).
pub fn paid_by_seller(incoterm: &str) -> &'static [Component] {
    use Component::{Brokerage, Duty, Fees, Freight, Insurance, Tax};
    match incoterm {
        "CFR" | "CPT" => &[Freight],
        "CIF" | "CIP" | "DAP" | "DPU" => &[Freight, Insurance],
        "DDP" => &[Freight, Insurance, Duty, Tax, Fees, Brokerage],
        _ => &[],
    }
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
        expected_amount: money(|compared| compared.expected.get()),
        billed_amount: money(|compared| compared.billed.get()),
        variance_amount: money(|compared| compared.variance()),
        expected_currency: compared.map(|compared| compared.currency),
        base_amount: charge.base().map(|base_amount| Money::new(base_amount, base)),
    }
}
