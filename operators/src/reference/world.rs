//! What all views start from: documents in force, names, rates, contents and declarations.

use std::collections::BTreeMap;

use landfall_schemas::{Text, Timestamp};

use super::contents::Contents;
use super::customs::{self, Case};
use super::documents::Documents;
use super::identity::Identity;
use super::money::Rates;
use crate::settings::Settings;

/// The documents in force and what follows from them alone.
pub(crate) struct World<'a> {
    pub documents: Documents<'a>,
    pub identity: Identity<'a>,
    pub rates: Rates,
    pub contents: Contents<'a>,
    /// Every declaration in force by its id, cancelled ones included.
    pub declarations: BTreeMap<&'a str, Case<'a>>,
    pub clock: Timestamp,
    pub settings: &'a Settings,
}

impl<'a> World<'a> {
    pub fn new(documents: Documents<'a>, clock: Timestamp, settings: &'a Settings) -> World<'a> {
        let identity = Identity::new(&documents, settings);
        let rates = Rates::new(&documents, settings);
        let contents = Contents::new(&documents, &rates);
        let declarations = customs::cases(&documents, &identity);
        World { documents, identity, rates, contents, declarations, clock, settings }
    }

    /// Declarations in force that their latest status does not cancel.
    pub fn live_declarations(&self) -> impl Iterator<Item = &Case<'a>> {
        self.declarations.values().filter(|case| !case.is_cancelled())
    }

    /// The only order named in a shipment's contents, known or not.
    pub fn only_order(&self, shipment: &str) -> Option<&'a str> {
        let mut orders = self.contents.of(shipment).keys().map(|line| line.order_id);
        let first = orders.next()?;
        orders.all(|order| order == first).then_some(first)
    }

    /// The region of a shipment that is not cancelled.
    pub fn shipment_region(&self, shipment: &str) -> &'a str {
        &self.documents.shipments[shipment].data.region
    }
}

/// Parts of a key joined by `/`, with `%` and `/` inside a part escaped.
pub(crate) fn joined(parts: &[&str]) -> Text {
    let escaped: Vec<String> = parts.iter().map(|part| part.replace('%', "%25").replace('/', "%2F")).collect();
    Text::from(escaped.join("/"))
}
