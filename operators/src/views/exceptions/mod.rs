//! `exceptions`: everything that somebody should look at, one file per category (§7).
//!
//! Key: exception_id, the category, `:` and the key parts joined by `/`. A row appears when its rule holds and goes when
//! it no longer does. Who answers for it is looked up where the rule is evaluated: the region is the shipment's, else
//! the order's, else the partner's; the owner is the partner's.

pub mod customs_hold;
pub mod declaration_rejected;
pub mod declaration_unmatched;
pub mod delivered_not_received;
pub mod duty_not_posted;
pub mod duty_variance;
pub mod freight_charge;
pub mod hs_mismatch;
pub mod landed_cost_variance;
pub mod late_milestone;
pub mod no_tracking;
pub mod over_shipped;
pub mod quantity_mismatch;
pub mod stale_feed;
pub mod unbilled_charge;
pub mod unresolved_milestone;

use landfall_schemas::event::{Order, Partner, Shipment};
use landfall_schemas::{Text, Timestamp};

use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow, Severity};
use crate::stage::declarations::DeclarationState;

/// What an exception is about: who answers for it.
#[derive(Clone, Copy, Default)]
pub struct Place<'a> {
    /// The one shipment it is about.
    pub shipment: Option<&'a Shipment>,
    /// The order it names, where known.
    pub order: Option<&'a Order>,
    /// Code of the partner concerned.
    pub partner_code: &'a str,
    /// The partner's document, where known.
    pub partner: Option<&'a Partner>,
}

impl<'a> Place<'a> {
    /// About a shipment and its carrier.
    pub fn at(shipment: &'a Shipment, carrier: Option<&'a Partner>) -> Place<'a> {
        Place { shipment: Some(shipment), order: None, partner_code: &shipment.carrier, partner: carrier }
    }

    fn region(&self) -> Text {
        let shipment = self.shipment.map(|shipment| &shipment.region);
        let order = self.order.map(|order| &order.region);
        shipment.or(order).or(self.partner.map(|partner| &partner.region)).cloned().unwrap_or_default()
    }

    /// An exception here; the caller adds what only its category has.
    fn exception(
        &self,
        category: ExceptionCategory,
        key_parts: &[&str],
        reason: &str,
        since: Timestamp,
    ) -> ExceptionRow {
        ExceptionRow {
            exception_id: exception_id(category, key_parts),
            category,
            reason: Text::from(reason),
            severity: severity(category, reason),
            partner: Text::from(self.partner_code),
            region: self.region(),
            owner: self.partner.map(|partner| partner.owner.clone()).unwrap_or_default(),
            shipment_id: self.shipment.map(|shipment| shipment.shipment_id.clone()).unwrap_or_default(),
            order_id: self.shipment.and_then(only_order).cloned().unwrap_or_default(),
            invoice_no: Text::default(),
            declaration_id: Text::default(),
            amount_base: None,
            since,
            detail: Text::default(),
        }
    }
}

/// The only order that a shipment's contents name.
fn only_order(shipment: &Shipment) -> Option<&Text> {
    let first = &shipment.contents.first()?.order_id;
    shipment.contents.iter().all(|line| line.order_id == *first).then_some(first)
}

fn exception_id(category: ExceptionCategory, key_parts: &[&str]) -> Text {
    let mut id = String::with_capacity(48);
    id.push_str(category.as_str());
    id.push(':');
    join_key(&mut id, key_parts);
    Text::from(id)
}

/// Key parts joined by `/`; `%` and `/` inside a part as `%25` and `%2F`.
pub fn joined_key(parts: &[&str]) -> Text {
    if let [part] = parts
        && !part.contains(['%', '/'])
    {
        return Text::from(*part);
    }
    let mut joined = String::with_capacity(48);
    join_key(&mut joined, parts);
    Text::from(joined)
}

fn join_key(joined: &mut String, parts: &[&str]) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            joined.push('/');
        }
        let mut rest = *part;
        while let Some(at) = rest.find(['%', '/']) {
            joined.push_str(&rest[..at]);
            joined.push_str(if rest[at..].starts_with('%') { "%25" } else { "%2F" });
            rest = &rest[at + 1..];
        }
        joined.push_str(rest);
    }
}

/// How much an exception matters, by its category and reason.
fn severity(category: ExceptionCategory, reason: &str) -> Severity {
    use ExceptionCategory as Category;
    match (category, reason) {
        (Category::CustomsHold | Category::DeclarationRejected, _) => Severity::Critical,
        (
            Category::FreightCharge,
            "over_tolerance" | "duplicate_charge" | "not_our_liability" | "payee_mismatch" | "unexpected_charge",
        )
        | (Category::LateMilestone, "overdue")
        | (Category::LandedCostVariance | Category::DutyVariance, "over")
        | (Category::DutyNotPosted | Category::HsMismatch, _) => Severity::High,
        (Category::FreightCharge, "under_tolerance" | "awaiting_delivery")
        | (Category::LateMilestone, "at_risk")
        | (Category::NoTracking | Category::UnresolvedMilestone | Category::UnbilledCharge, _) => Severity::Low,
        _ => Severity::Medium,
    }
}

/// The exceptions of a declaration that is not cancelled; `shipment` is given where it covers just one.
pub fn of_declaration(
    state: &DeclarationState,
    shipment: Option<&Shipment>,
    world: &mut World<'_>,
    found: &mut Vec<ExceptionRow>,
) {
    let broker = world.partner(&state.data().broker);
    let place = Place {
        shipment,
        order: None,
        partner_code: &state.data().broker,
        partner: broker.as_ref().map(|partner| &partner.data),
    };
    let first = found.len();
    found.extend(customs_hold::exceptions(&place, state));
    found.extend(declaration_rejected::exception(&place, state));
    found.extend(declaration_unmatched::exception(&place, state));
    found.extend(duty_not_posted::exception(&place, state, world));
    for row in &mut found[first..] {
        row.declaration_id = state.data().declaration_id.clone();
    }
}
