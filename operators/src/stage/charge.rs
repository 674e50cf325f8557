//! Charge lines: lines of invoices that count, with what they mean and which shipments they are for.

use std::cmp::Ordering;
use std::ops::Deref;

use landfall_schemas::event::{Basis, Component, Invoice, InvoiceLine};
use landfall_schemas::{Date, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use super::target::Target;
use super::wide::Wide;
use crate::document::Doc;
use crate::operator::world::World;

/// A line of an invoice that counts. Cloning shares it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Charge(Arc<ChargeData>);

/// What a [`Charge`] holds.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChargeData {
    /// The invoice.
    pub invoice: Doc<Invoice>,
    /// Index of the line in the invoice.
    pub index: u32,
    /// Canonical charge code.
    pub code: Text,
    /// Component of landed cost.
    pub component: Component,
    /// By what it is split over goods.
    pub basis: Basis,
    /// The shipments it is for.
    pub target: Target,
    base: Option<Wide>,
}

impl ChargeData {
    /// The amount in the base currency at the date of issue; `None` without a rate.
    pub fn base(&self) -> Option<i128> {
        self.base.map(Wide::get)
    }
}

impl Deref for Charge {
    type Target = ChargeData;
    fn deref(&self) -> &ChargeData {
        &self.0
    }
}

impl Ord for Charge {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Charge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Charge {
    /// A line of an invoice, with what the reference data says about its code.
    pub fn new(invoice: &Doc<Invoice>, index: usize, target: Target, world: &mut World<'_>) -> Charge {
        let line = &invoice.data.lines[index];
        let mapping = world.charge_code(&invoice.data.issuer, &line.code);
        let code = mapping.as_ref().map_or_else(|| line.code.clone(), |mapping| mapping.data.code.clone());
        let (component, basis) = built_in(&code);
        Charge(Arc::new(ChargeData {
            invoice: invoice.clone(),
            index: u32::try_from(index).expect("an invoice of at most 1 MiB has fewer than 2^32 lines"),
            component: mapping.as_ref().and_then(|mapping| mapping.data.component).unwrap_or(component),
            basis: mapping.as_ref().and_then(|mapping| mapping.data.basis).unwrap_or(basis),
            code,
            target,
            base: world.to_base(i128::from(line.amount), invoice.data.currency, invoice.data.issued_on).map(Wide::from),
        }))
    }

    /// The line of the invoice.
    pub fn line(&self) -> &InvoiceLine {
        &self.invoice.data.lines[self.index as usize]
    }

    /// The billed amount in minor units of the invoice's currency.
    pub fn amount(&self) -> i128 {
        i128::from(self.line().amount)
    }

    /// (issued_on, invoice_no, line_no): the order in which charges of one issuer were made.
    pub fn sequence(&self) -> (Date, &Text, u32) {
        (self.invoice.data.issued_on, &self.invoice.data.invoice_no, self.line().line_no)
    }

    /// (issuer, invoice_no, line_no).
    pub fn key(&self) -> (Text, Text, u32) {
        (self.invoice.data.issuer.clone(), self.invoice.data.invoice_no.clone(), self.line().line_no)
    }

    /// Whether customs is paid with it: such lines repeat what declarations already say about landed cost.
    pub fn is_customs(&self) -> bool {
        matches!(self.component, Component::Duty | Component::Tax | Component::Fees)
    }
}

/// Component and basis of a canonical code (§4). Codes that are split by nothing else are split by value.
fn built_in(code: &str) -> (Component, Basis) {
    match code {
        "FRT" | "FSC" => (Component::Freight, Basis::Weight),
        "INS" => (Component::Insurance, Basis::Value),
        "BRK" => (Component::Brokerage, Basis::Value),
        "DUTY" => (Component::Duty, Basis::Value),
        "TAX" => (Component::Tax, Basis::Value),
        "CUSTOMS_FEES" => (Component::Fees, Basis::Value),
        "DEM" | "DET" | "ACC" => (Component::Handling, Basis::Weight),
        "THC" => (Component::Handling, Basis::Volume),
        "DOC" => (Component::Handling, Basis::Equal),
        _ => (Component::Other, Basis::Value),
    }
}
