//! What carriers and brokers bill: mostly what was expected, in their own words; and how the rest is put right.

use landfall_schemas::event::{Document, Invoice, InvoiceKind, InvoiceLine, Mode, PostingKind};
use landfall_schemas::{Identifier, Text, Timestamp};

use crate::generator::config::DAY_MS;
use crate::generator::dice::mix;
use crate::generator::directory::{self, BROKERS, CARRIERS};
use crate::generator::rates;

use super::campaign::ShipmentPlan;
use super::charges::{Payee, cents_per_kg};
use super::customs::{self, Assessed};
use super::identity::identifier;
use super::orders::{Posted, post, thousandths};
use super::script::{Script, carrier_system, system};

/// How a carrier's bill for a shipment comes out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// As expected, up to this many 1/1000.
    Near(i64),
    /// An accessorial nobody ordered.
    Surcharged,
    /// A sister company bills.
    OtherIssuer,
    /// The reference is a number that nobody has.
    UnknownReference,
    /// No reference at all.
    NoReference,
    /// Nobody bills.
    Unbilled,
}

fn outcome(script: &Script, shipment: &ShipmentPlan) -> Outcome {
    let chance = mix(script.config.seed ^ mix(shipment.number)) % 1000;
    match chance {
        0..=34 => Outcome::Near(80 + (chance as i64 * 7) % 220),
        35..=59 => Outcome::Near(-(60 + chance as i64)),
        60..=134 => Outcome::Near((chance as i64 - 95) / 2),
        135..=164 => Outcome::Surcharged,
        165..=172 => Outcome::OtherIssuer,
        173..=178 => Outcome::UnknownReference,
        179..=182 => Outcome::NoReference,
        183..=196 => Outcome::Unbilled,
        _ => Outcome::Near(0),
    }
}

/// What is billed of each of our codes, in the shipment's currency.
type Billed = Vec<(&'static str, i64)>;

/// Codes a carrier bills, in the order of the lines.
const CARRIER_CODES: &[&str] = &["FRT", "FSC", "THC", "DOC", "ACC", "INS"];

/// The carrier's invoice; for a group billed together its leader's, about the container.
pub(crate) fn bill(script: &mut Script, place: usize, shipment: &ShipmentPlan) {
    let outcome = outcome(script, shipment);
    let follows = shipment.group.billed && place != shipment.group.leader;
    if follows || outcome == Outcome::Unbilled || (shipment.seller_pays && shipment.number % 8 != 1) {
        return;
    }
    let billed = billed(script, shipment, outcome);
    let mut invoice = invoice(script, shipment, outcome, shipment.times.billed, &billed);
    if !script.percent(70) {
        invoice.total = None;
    }
    let issuer = invoice.issuer.clone();
    let (number, total, currency) = (invoice.invoice_no.clone(), sum(&invoice), invoice.currency);
    say(script, shipment, 0, invoice, shipment.times.billed);
    if script.percent(38) {
        let freight = Posted {
            kind: if script.percent(25) { PostingKind::Accrual } else { PostingKind::Freight },
            declaration_id: None,
            invoice: Some((issuer, number)),
            amount: total,
            currency,
        };
        post(script, shipment, shipment.times.billed.plus_ms(DAY_MS / 4), freight);
    }
}

fn billed(script: &Script, shipment: &ShipmentPlan, outcome: Outcome) -> Billed {
    let members: Vec<&ShipmentPlan> = match shipment.group.billed {
        true => script.campaign.members(shipment.group).collect(),
        false => vec![shipment],
    };
    let per_mille = match outcome {
        Outcome::Near(deviation) => 1000 + deviation,
        _ => 1000,
    };
    let mut billed = Billed::new();
    for code in CARRIER_CODES {
        let charges = members.iter().flat_map(|member| member.charges.iter());
        let expected = charges.filter(|charge| charge.code == *code && charge.payee == Payee::Carrier);
        let amount: i64 = expected.map(|charge| charge.amount).sum();
        if amount != 0 {
            billed.push((code, amount * per_mille / 1000));
        }
    }
    if billed.is_empty() {
        let cents = 1_500 + shipment.grams * cents_per_kg(shipment.lane.mode) / 1000;
        billed.push(("FRT", in_currency_of(script, shipment, cents)));
    }
    if outcome == Outcome::Surcharged {
        let code = if shipment.lane.mode == Mode::Ocean { "DEM" } else { "DET" };
        billed.push((code, in_currency_of(script, shipment, 15_000)));
    }
    billed
}

fn in_currency_of(script: &Script, shipment: &ShipmentPlan, cents: i64) -> i64 {
    let dollars = *rates::USD;
    rates::about(cents, dollars, shipment.currency, script.config.seed, shipment.times.booked.date())
}

fn invoice(
    script: &mut Script,
    shipment: &ShipmentPlan,
    outcome: Outcome,
    at: Timestamp,
    billed: &[(&'static str, i64)],
) -> Invoice {
    let issuer = match outcome {
        Outcome::OtherIssuer => sister_of(shipment),
        _ => shipment.carrier.code,
    };
    // One shipment in twelve is billed in the currency of its destination.
    let abroad = shipment.number % 12 == 5;
    let currency = if abroad { rates::currency(shipment.lane.currency) } else { shipment.currency };
    let lines: Box<[InvoiceLine]> = billed
        .iter()
        .enumerate()
        .map(|(nth, (code, amount))| InvoiceLine {
            line_no: nth as u32 + 1,
            code: Text::from_static_str(shipment.carrier.word(code)),
            amount: rates::about(*amount, shipment.currency, currency, script.config.seed, at.date()),
            refs: line_references(script, shipment, nth),
            weight_kg: (*code == "FRT").then(|| thousandths(shipment.grams)),
        })
        .collect();
    Invoice {
        issuer: Text::from_static_str(issuer),
        invoice_no: shipment.invoice_no("INV"),
        kind: InvoiceKind::Invoice,
        currency,
        issued_on: at.date(),
        refs: references(script, shipment, outcome),
        total: Some(lines.iter().map(|line| line.amount).sum()),
        lines,
        replaces: None,
    }
}

/// Another carrier of the same mode, or the same where there is but one.
fn sister_of(shipment: &ShipmentPlan) -> &'static str {
    let carriers = directory::carriers_of(shipment.lane.mode);
    let others = CARRIERS[carriers].iter().map(|carrier| carrier.code);
    others.into_iter().find(|code| *code != shipment.carrier.code).unwrap_or(shipment.carrier.code)
}

fn references(script: &mut Script, shipment: &ShipmentPlan, outcome: Outcome) -> Box<[Identifier]> {
    match outcome {
        Outcome::NoReference => return Box::default(),
        Outcome::UnknownReference => {
            let kind = shipment.carrier_number().kind;
            return Box::new([identifier(kind, shipment.invoice_no("ZZ"))]);
        }
        _ => {}
    }
    let group = shipment.group_number(script.campaign);
    match (shipment.group.billed, group) {
        (true, Some(number)) => Box::new([number]),
        (false, Some(number)) if script.percent(30) => Box::new([shipment.carrier_number(), number]),
        _ if script.percent(25) => Box::new([shipment.carrier_number(), shipment.our_number()]),
        _ => Box::new([shipment.carrier_number_rekeyed()]),
    }
}

/// One line in forty says itself what it is for.
fn line_references(script: &mut Script, shipment: &ShipmentPlan, nth: usize) -> Box<[Identifier]> {
    if nth > 0 && !shipment.group.billed && script.percent(3) {
        return Box::new([shipment.own_id()]);
    }
    Box::default()
}

fn sum(invoice: &Invoice) -> i64 {
    invoice.lines.iter().map(|line| line.amount).sum()
}

fn say(script: &mut Script, shipment: &ShipmentPlan, revision: u64, invoice: Invoice, at: Timestamp) {
    let source = match BROKERS.iter().any(|broker| broker.0 == invoice.issuer) {
        true => system("broker:", &invoice.issuer),
        false => carrier_system(shipment),
    };
    script.say(&source, at, revision, Document::Invoice(invoice));
}

/// The broker's invoice: its fee and what it advanced.
pub(crate) fn bill_brokerage(script: &mut Script, shipment: &ShipmentPlan) {
    let at = shipment.times.assessed.plus_ms(DAY_MS / 3);
    let currency = rates::currency(shipment.lane.currency);
    let Assessed { duty, tax, fees } = customs::assessed(script, shipment);
    let expected = shipment.charges.iter().find(|charge| charge.payee == Payee::Broker);
    let dollars = *rates::USD;
    let fee = match expected {
        Some(charge) => rates::about(charge.amount, shipment.currency, currency, script.config.seed, at.date()),
        None => rates::about(8_000, dollars, currency, script.config.seed, at.date()),
    };
    let over = if script.percent(6) { duty / 20 } else { 0 };
    let mut billed = vec![("DUTY", duty + over), ("BRK", fee)];
    // Some buyers pay the import tax themselves.
    if tax > 0 && script.percent(93) {
        billed.push(("TAX", tax));
    }
    if fees > 0 {
        billed.push(("CUSTOMS_FEES", fees));
    }
    let reference = match (shipment.group.declared, shipment.group_number(script.campaign)) {
        (true, Some(number)) => number,
        _ => shipment.carrier_number(),
    };
    let lines: Box<[InvoiceLine]> = billed
        .into_iter()
        .enumerate()
        .map(|(nth, (code, amount))| InvoiceLine {
            line_no: nth as u32 + 1,
            code: Text::from_static_str(code),
            amount,
            refs: Box::default(),
            weight_kg: None,
        })
        .collect();
    let invoice = Invoice {
        issuer: Text::from_static_str(shipment.broker_code()),
        invoice_no: shipment.invoice_no("B"),
        kind: InvoiceKind::Invoice,
        currency,
        issued_on: at.date(),
        refs: Box::new([reference]),
        total: Some(lines.iter().map(|line| line.amount).sum()),
        lines,
        replaces: None,
    };
    say(script, shipment, 0, invoice, at);
}

/// How a bill is put right: credited and billed anew, replaced, or billed twice.
pub(crate) fn settle(script: &mut Script, place: usize, shipment: &ShipmentPlan) {
    let outcome = outcome(script, shipment);
    let follows = shipment.group.billed && place != shipment.group.leader;
    if follows || shipment.seller_pays || outcome == Outcome::Unbilled {
        return;
    }
    let at = shipment.times.settled;
    let right = billed(script, shipment, Outcome::Near(0));
    let wrong = billed(script, shipment, outcome);
    let is_wrong = !matches!(outcome, Outcome::Near(-20..=20));
    if is_wrong && script.percent(60) {
        match script.dice.below(3) {
            0 => credit(script, shipment, outcome, at, &wrong),
            1 => {
                credit(script, shipment, outcome, at, &wrong);
                rebill(script, shipment, at, &right, false);
            }
            _ => rebill(script, shipment, at, &right, true),
        }
    } else if script.per_mille(15) {
        let mut again = invoice(script, shipment, outcome, at, &wrong);
        again.invoice_no = shipment.invoice_no("INV-D");
        say(script, shipment, 0, again, at);
    }
}

/// The bill is taken back, as it was.
fn credit(script: &mut Script, shipment: &ShipmentPlan, outcome: Outcome, at: Timestamp, wrong: &Billed) {
    let negative: Billed = wrong.iter().map(|(code, amount)| (*code, -amount)).collect();
    // The amounts of the bill itself, whatever the rates have done since.
    let mut credit = invoice(script, shipment, outcome, shipment.times.billed, &negative);
    credit.issued_on = at.date();
    credit.invoice_no = shipment.invoice_no("CN");
    credit.kind = InvoiceKind::Credit;
    say(script, shipment, 0, credit, at);
}

/// The bill as it should have been.
fn rebill(script: &mut Script, shipment: &ShipmentPlan, at: Timestamp, right: &Billed, replaces: bool) {
    let mut rebill = invoice(script, shipment, Outcome::Near(0), at, right);
    rebill.invoice_no = shipment.invoice_no("INV-R");
    rebill.replaces = replaces.then(|| shipment.invoice_no("INV"));
    say(script, shipment, 0, rebill, at);
}
