//! Invoices that count, line by line, with the shipments each line is for.

use landfall_schemas::event::Invoice;
use landfall_schemas::{Date, Identifier, IdentifierKey, Text, Timestamp};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::charge::Charge;
use super::target::Target;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::Resolution;
use crate::operator::world::World;
use crate::views::freight_charges::{SettledCharge, unresolved_status};

/// What is known about an invoice number of an issuer.
#[derive(Default)]
pub struct InvoiceDossier {
    invoice: Bag<Doc<Invoice>>,
    replacements: Bag<Box<Replacement>>,
    resolved: Bag<Box<(IdentifierKey, Resolution)>>,
}

/// An invoice in force that says it replaces another: (issued_on, recorded_at, invoice_no).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Replacement(pub Date, pub Timestamp, pub Text);

impl Replacement {
    /// The invoice as a replacement of others.
    pub fn by(invoice: &Doc<Invoice>) -> Replacement {
        Replacement(invoice.data.issued_on, invoice.recorded_at(), invoice.data.invoice_no.clone())
    }
}

/// A fact about an invoice number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InvoiceFact {
    /// The invoice is in force.
    Invoice(Doc<Invoice>),
    /// Another invoice of the issuer replaces it.
    ReplacedBy(Box<Replacement>),
    /// What an identifier in it stands for.
    Resolved(Box<(IdentifierKey, Resolution)>),
}

/// What follows from an invoice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvoiceFinding {
    /// A line that counts is for some shipment.
    Charge(Charge),
    /// A line that counts is for none.
    Settled(Arc<SettledCharge>),
    /// The invoice bills a shipment: the sum of its lines for it, in minor units of its currency.
    Bills(Doc<Invoice>, Text, i128),
}

impl Dossier for InvoiceDossier {
    const NAME: &'static str = "Invoices";
    type Key = (Text, Text);
    type Fact = InvoiceFact;
    type Finding = InvoiceFinding;

    fn apply(&mut self, fact: InvoiceFact, diff: isize) {
        match fact {
            InvoiceFact::Invoice(invoice) => self.invoice.update(invoice, diff),
            InvoiceFact::ReplacedBy(replacement) => self.replacements.update(replacement, diff),
            InvoiceFact::Resolved(resolved) => self.resolved.update(resolved, diff),
        }
    }

    fn is_empty(&self) -> bool {
        self.invoice.is_empty() && self.replacements.is_empty() && self.resolved.is_empty()
    }

    fn evaluate(&self, _key: &(Text, Text), world: &mut World<'_>, findings: &mut Vec<InvoiceFinding>) {
        let Some(invoice) = self.invoice.only() else { return };
        let own = Replacement::by(invoice);
        if self.replacements.iter().any(|replacement| **replacement > own) {
            return;
        }
        let max_group = world.settings().max_group;
        let header = self.target(&invoice.data.refs, max_group);
        let mut sums: Vec<(Text, i128)> = Vec::new();
        for (index, line) in invoice.data.lines.iter().enumerate() {
            let target = if line.refs.is_empty() { header.clone() } else { self.target(&line.refs, max_group) };
            for shipment in target.shipments() {
                match sums.iter_mut().find(|(of, _)| of == shipment) {
                    Some((_, sum)) => *sum += i128::from(line.amount),
                    None => sums.push((shipment.clone(), i128::from(line.amount))),
                }
            }
            let charge = Charge::new(invoice, index, target, world);
            findings.push(match unresolved_status(&charge.target) {
                Some(status) => {
                    let settled = SettledCharge::without_comparison(charge, status, None, world);
                    InvoiceFinding::Settled(Arc::new(settled))
                }
                None => InvoiceFinding::Charge(charge),
            });
        }
        findings.extend(sums.into_iter().map(|(shipment, sum)| InvoiceFinding::Bills(invoice.clone(), shipment, sum)));
    }
}

impl InvoiceDossier {
    fn target(&self, identifiers: &[Identifier], max_group: usize) -> Target {
        target_of(&self.resolved, identifiers, max_group)
    }
}

/// What identifiers stand for, where each has been resolved.
pub(super) fn target_of(
    resolved: &Bag<Box<(IdentifierKey, Resolution)>>,
    identifiers: &[Identifier],
    max_group: usize,
) -> Target {
    let references = identifiers.iter().map(|identifier| {
        let found =
            resolved.iter().find(|found| found.0.kind == identifier.kind && is_key(&found.0, &identifier.value));
        (identifier.kind, found.map_or(&Resolution::Unclaimed, |found| &found.1))
    });
    Target::of(references, max_group)
}

/// Whether a value as it is written compares by a key: most are written as their key.
fn is_key(key: &IdentifierKey, written: &Text) -> bool {
    key.value == *written || {
        let letters = written.bytes().filter(u8::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_uppercase()).eq(key.value.bytes())
    }
}

/// The distinct identifiers an invoice refers to, in its header and its lines.
pub fn identifiers_of(invoice: &Invoice) -> Vec<IdentifierKey> {
    let lines = invoice.lines.iter().flat_map(|line| line.refs.iter());
    let mut keys: Vec<IdentifierKey> = invoice.refs.iter().chain(lines).map(Identifier::key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
