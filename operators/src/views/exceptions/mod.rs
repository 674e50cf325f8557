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
pub mod of_order_line;
pub mod of_shipment;
pub mod over_shipped;
pub mod quantity_mismatch;
pub mod stale_feed;
pub mod unbilled_charge;
pub mod unresolved_milestone;

use landfall_schemas::event::Partner;
use landfall_schemas::{Text, Timestamp};

use crate::document::{OrderFields, ShipmentFields};
use crate::operator::world::World;
use crate::rows::{ExceptionCategory, ExceptionRow, Severity};
use crate::stage::declarations::DeclarationState;
use crate::stage::subject::only_order;

/// What an exception is about: who answers for it.
#[derive(Clone, Copy, Default)]
pub struct Place<'a> {
    /// The one shipment it is about.
    pub shipment: Option<&'a ShipmentFields>,
    /// The order it names, where known.
    pub order: Option<&'a OrderFields>,
    /// Code of the partner concerned.
    pub partner_code: &'a str,
    /// The partner's document, where known.
    pub partner: Option<&'a Partner>,
}

impl<'a> Place<'a> {
    /// About a shipment and its carrier.
    pub fn at(shipment: &'a ShipmentFields, carrier: Option<&'a Partner>) -> Place<'a> {
        Place { shipment: Some(shipment), order: None, partner_code: &shipment.carrier, partner: carrier }
    }

    fn shipment_id(&self) -> &'a str {
        self.shipment.map(|shipment| shipment.shipment_id.as_str()).unwrap_or_default()
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

fn exception_id(category: ExceptionCategory, key_parts: &[&str]) -> Text {
    let category = category.as_str();
    let mut id = Text::with_capacity(category.len() + 1 + joined_length(key_parts));
    id.push_str(category);
    id.push(':');
    join_key(&mut id, key_parts);
    id
}

/// Key parts joined by `/`; `%` and `/` inside a part as `%25` and `%2F`.
pub fn joined_key(parts: &[&str]) -> Text {
    if let [part] = parts
        && !needs_escape(part)
    {
        return Text::from(*part);
    }
    let mut joined = Text::with_capacity(joined_length(parts));
    join_key(&mut joined, parts);
    joined
}

/// How long joined parts are that need no escapes.
fn joined_length(parts: &[&str]) -> usize {
    parts.iter().map(|part| part.len() + 1).sum::<usize>().saturating_sub(1)
}

fn needs_escape(part: &str) -> bool {
    part.bytes().any(|byte| matches!(byte, b'%' | b'/'))
}

fn join_key(joined: &mut Text, parts: &[&str]) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            joined.push('/');
        }
        if needs_escape(part) {
            joined.push_str(&part.replace('%', "%25").replace('/', "%2F"));
        } else {
            joined.push_str(part);
        }
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
    shipment: Option<&ShipmentFields>,
    world: &mut World<'_>,
    found: &mut Vec<ExceptionRow>,
) {
    let rejection = state.rejection();
    let unmatched = declaration_unmatched::reason(state);
    let not_posted = duty_not_posted::since(state, world);
    // Nearly all declarations are as they should be.
    if rejection.is_none() && unmatched.is_none() && not_posted.is_none() && state.open_holds().is_empty() {
        return;
    }
    let broker = world.partner(&state.data().broker);
    let place = Place {
        shipment,
        order: None,
        partner_code: &state.data().broker,
        partner: broker.as_ref().map(|partner| &partner.data),
    };
    let first = found.len();
    found.extend(customs_hold::exceptions(&place, state));
    found.extend(rejection.map(|status| declaration_rejected::row(&place, state, &status.document())));
    found.extend(unmatched.map(|reason| declaration_unmatched::row(&place, state, reason)));
    found.extend(not_posted.map(|since| duty_not_posted::row(&place, state, since, world)));
    for row in &mut found[first..] {
        row.declaration_id = state.data().declaration_id.clone();
    }
}
