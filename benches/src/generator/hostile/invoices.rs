//! Invoices and credits.
//!
//! §4: all statuses: references missing, unknown, ambiguous, shared by a group; the same charge again on the same and
//! on other invoices, with credits that take off the first of them; replacements, in circles too; partners' words;
//! other payees; amounts next to what is expected; currencies with and without a rate; deliveries still to come.

use landfall_schemas::Text;
use landfall_schemas::event::{Document, ExpectedCharge, Invoice, InvoiceKind, InvoiceLine, Shipment};
use landfall_schemas::format_text;

use super::world::{BROKERS, CARRIERS, CODES, World};

const SYSTEMS: &[&str] = &["carrier:MAEU", "edi"];
/// Words that the reference data may map.
const WORDS: &[&str] = &["400", "SAC", "BAF", "X/1"];

/// A number of an invoice; each issuer has its own.
pub(crate) fn invoice_no(number: u64) -> Text {
    format_text!("I%{number}")
}

/// Says all invoices.
pub(crate) fn populate(world: &mut World) {
    for number in 0..world.shipments {
        match number % 4 {
            0 | 2 => in_order(world, number),
            1 => for_duty(world, number),
            _ => for_group(world, number),
        }
        for _ in 0..2 {
            let said = world.dice.below(world.shipments);
            say(world, 2, |world| arbitrary(world, said));
        }
        if world.dice.percent(60) {
            again(world, number);
        }
    }
}

fn say(world: &mut World, most: i64, mut make: impl FnMut(&mut World) -> Invoice) {
    world.say(SYSTEMS, most, |world| {
        let mut made = make(world);
        made.total = world.dice.percent(40).then(|| made.lines.iter().map(|line| line.amount).sum());
        world.made_invoices.push(made.clone());
        Document::Invoice(made)
    });
}

/// Bills what a shipment expects, each payee in one invoice.
fn in_order(world: &mut World, number: u64) {
    let expected: Vec<ExpectedCharge> = world.made_shipments[number as usize].charges.to_vec();
    for (nth, first) in expected.iter().enumerate() {
        if expected[..nth].iter().any(|before| before.payee == first.payee) {
            continue;
        }
        let of_payee =
            expected.iter().filter(|charge| charge.payee == first.payee && charge.currency == first.currency);
        let lines: Vec<InvoiceLine> =
            of_payee.enumerate().map(|(nth, charge)| line(world, nth, charge.code.clone(), charge.amount)).collect();
        let invoice = Invoice {
            issuer: first.payee.clone(),
            invoice_no: format_text!("R-{number}"),
            kind: InvoiceKind::Invoice,
            currency: first.currency,
            issued_on: world.date(),
            refs: Box::new([world.identity(number)]),
            lines: lines.into_boxed_slice(),
            total: None,
            replaces: None,
        };
        say(world, 1, |_| invoice.clone());
    }
}

/// Bills what the shipments of a group expect of one payee for one code, in one line that names the group.
fn for_group(world: &mut World, number: u64) {
    let group = world.group();
    let in_group = |made: &&Shipment| {
        let by_order = made.contents.iter().any(|line| line.order_id.eq_ignore_ascii_case(&group.value));
        by_order || made.identifiers.iter().any(|it| it.key() == group.key())
    };
    let members: Vec<&Shipment> = world.made_shipments.iter().filter(in_group).collect();
    let Some(charge) = members.iter().find_map(|member| member.charges.first()).cloned() else {
        return;
    };
    let alike = members
        .iter()
        .flat_map(|member| member.charges.iter())
        .filter(|other| other.code == charge.code && other.payee == charge.payee && other.currency == charge.currency);
    let sum: i64 = alike.map(|other| other.amount).sum();
    let off = world.dice.pick(&[0, 0, 1, 500]);
    let line = line(world, 0, charge.code, sum + off);
    let invoice = Invoice {
        issuer: charge.payee,
        invoice_no: format_text!("G-{number}"),
        kind: InvoiceKind::Invoice,
        currency: charge.currency,
        issued_on: world.date(),
        refs: Box::new([group]),
        lines: Box::new([line]),
        total: None,
        replaces: None,
    };
    say(world, 1, |_| invoice.clone());
}

/// Bills the duty, tax and fees of a declaration.
fn for_duty(world: &mut World, number: u64) {
    let place = world.dice.index(world.made_declarations.len());
    let declaration = world.made_declarations[place].clone();
    let exact = world.dice.percent(70);
    let sums = [
        ("DUTY", declaration.lines.iter().map(|line| line.duty).sum::<i64>()),
        ("TAX", declaration.lines.iter().map(|line| line.tax).sum()),
        ("CUSTOMS_FEES", declaration.lines.iter().filter_map(|line| line.fees).sum()),
    ];
    let lines: Vec<InvoiceLine> = sums
        .into_iter()
        .enumerate()
        .map(|(nth, (code, sum))| line(world, nth, Text::from_static_str(code), if exact { sum } else { sum + 1 }))
        .collect();
    let invoice = Invoice {
        issuer: declaration.broker,
        invoice_no: format_text!("D-{number}"),
        kind: InvoiceKind::Invoice,
        currency: declaration.currency,
        issued_on: world.date(),
        refs: declaration.refs,
        lines: lines.into_boxed_slice(),
        total: None,
        replaces: None,
    };
    say(world, 1, |_| invoice.clone());
}

/// An invoice under one of few numbers, about a shipment, with lines of which some answer to what it expects.
fn arbitrary(world: &mut World, number: u64) -> Invoice {
    // Shipments billed in order are mostly left alone.
    let drawn = world.shipment_number();
    let target = if world.dice.percent(65) { drawn | 1 } else { drawn }.min(world.shipments - 1);
    let expected: Vec<ExpectedCharge> = world.made_shipments[target as usize].charges.to_vec();
    let charge = (!expected.is_empty()).then(|| expected[world.dice.index(expected.len())].clone());
    let issuer = match (&charge, world.dice.below(10)) {
        (Some(charge), 0..=6) => charge.payee.clone(),
        (_, 7) => world.code(BROKERS),
        _ => world.code(CARRIERS),
    };
    let currency = match &charge {
        Some(charge) if world.dice.percent(60) => charge.currency,
        _ => world.currency(),
    };
    let mut lines = Vec::new();
    for nth in 0..world.dice.between(1, 3) as usize {
        let code = match (&charge, world.dice.below(10)) {
            (Some(charge), 0..=5) => charge.code.clone(),
            (_, 6 | 7) => world.code(WORDS),
            _ => world.code(CODES),
        };
        let amount = match (&charge, world.dice.below(10)) {
            (Some(charge), 0..=2) => charge.amount,
            (Some(charge), 3) => charge.amount + world.dice.between(-1, 1),
            (Some(charge), 4) => charge.amount / 2,
            _ => world.amount(),
        };
        let mut line = line(world, nth, code, amount);
        if world.dice.percent(15) {
            line.refs = world.references(target);
        }
        lines.push(line);
    }
    let replaced = world.dice.below(world.shipments + 1);
    Invoice {
        issuer,
        invoice_no: invoice_no(number),
        kind: if world.dice.percent(85) { InvoiceKind::Invoice } else { InvoiceKind::Credit },
        currency,
        issued_on: world.date(),
        refs: world.references(target),
        lines: lines.into_boxed_slice(),
        total: None,
        // Itself is refused on decoding.
        replaces: (replaced != number && world.dice.percent(18)).then(|| invoice_no(replaced)),
    }
}

/// An earlier invoice again: twice billed under another number, credited, or replaced.
fn again(world: &mut World, number: u64) {
    if world.made_invoices.is_empty() {
        return;
    }
    let place = world.dice.index(world.made_invoices.len());
    let mut copy = world.made_invoices[place].clone();
    let former = std::mem::replace(&mut copy.invoice_no, format_text!("A-{number}"));
    copy.replaces = None;
    match world.dice.below(10) {
        0..=3 => {}
        4..=7 => {
            copy.kind = InvoiceKind::Credit;
            copy.lines.iter_mut().for_each(|line| line.amount = -line.amount);
        }
        // Replaced: the number exists under its issuer, so the two differ.
        _ => copy.replaces = (former != copy.invoice_no).then_some(former),
    }
    if world.dice.percent(60) {
        copy.issued_on = world.date();
    }
    say(world, 1, |_| copy.clone());
}

fn line(world: &mut World, nth: usize, code: Text, amount: i64) -> InvoiceLine {
    InvoiceLine {
        line_no: if nth == 2 { 10 } else { nth as u32 + 1 },
        code,
        amount,
        refs: Box::default(),
        weight_kg: world.number(20, &[0, 10, 125]),
    }
}
