//! `exceptions`: everything somebody should look at (§7).

mod charges;
mod costs;
mod customs;
mod goods;
mod shipments;

use landfall_schemas::{Text, Timestamp};

use super::freight_charges::Charge;
use super::landed_cost::LineCost;
use super::milestones::{Facts, Progress};
use super::world::{World, joined};
use crate::rows::{ExceptionCategory, ExceptionRow, FeedHealthRow, LandedCostLineRow, Severity, UnbilledChargeRow};

/// The views that exceptions are made from.
pub(crate) struct Sources<'s, 'a> {
    pub world: &'s World<'a>,
    pub facts: &'s Facts<'a>,
    pub charges: &'s [Charge<'a>],
    pub unbilled: &'s [UnbilledChargeRow],
    pub progress: &'s [Progress],
    pub costs: &'s [LineCost<'a>],
    pub cost_variances: &'s [(&'s LineCost<'a>, LandedCostLineRow)],
    pub feeds: &'s [FeedHealthRow],
}

/// What one rule finds; region, owner, order and severity follow from it.
struct Finding<'f> {
    category: ExceptionCategory,
    /// Key parts, joined.
    key: Text,
    reason: &'f str,
    since: Timestamp,
    partner: &'f str,
    shipment: Option<&'f str>,
    order: Option<&'f str>,
    invoice_no: &'f str,
    declaration_id: &'f str,
    amount_base: Option<i128>,
    detail: String,
}

impl<'f> Finding<'f> {
    /// A finding that names nothing yet.
    fn new(category: ExceptionCategory, key: &[&str], reason: &'f str, since: Timestamp) -> Finding<'f> {
        Finding {
            category,
            key: joined(key),
            reason,
            since,
            partner: "",
            shipment: None,
            order: None,
            invoice_no: "",
            declaration_id: "",
            amount_base: None,
            detail: String::new(),
        }
    }
}

/// Every row of the view.
pub(crate) fn rows(sources: &Sources<'_, '_>) -> Vec<ExceptionRow> {
    let findings = [
        charges::freight_charges(sources),
        charges::unbilled_charges(sources),
        shipments::late_milestones(sources),
        shipments::unresolved_milestones(sources),
        shipments::delivered_not_received(sources),
        shipments::no_tracking(sources),
        shipments::stale_feeds(sources),
        costs::landed_cost_variances(sources),
        costs::duty_variances(sources),
        customs::declarations(sources),
        goods::over_shipped(sources),
        goods::quantity_mismatches(sources),
        goods::hs_mismatches(sources),
    ];
    findings.into_iter().flatten().map(|finding| row(sources.world, finding)).collect()
}

fn row(world: &World<'_>, finding: Finding<'_>) -> ExceptionRow {
    let order = finding.order.or_else(|| world.only_order(finding.shipment?));
    let partner = world.documents.partners.get(finding.partner).map(|doc| doc.data);
    let order_document = order.and_then(|order| world.documents.orders.get(order));
    let region = finding
        .shipment
        .map(|shipment| world.shipment_region(shipment))
        .or_else(|| order_document.map(|doc| doc.data.region.as_str()))
        .or_else(|| partner.map(|partner| partner.region.as_str()));
    ExceptionRow {
        exception_id: Text::from(format!("{}:{}", finding.category.as_str(), finding.key)),
        category: finding.category,
        reason: finding.reason.into(),
        severity: severity(finding.category, finding.reason),
        partner: finding.partner.into(),
        region: region.unwrap_or_default().into(),
        owner: partner.map(|partner| partner.owner.clone()).unwrap_or_default(),
        shipment_id: finding.shipment.unwrap_or_default().into(),
        order_id: order.unwrap_or_default().into(),
        invoice_no: finding.invoice_no.into(),
        declaration_id: finding.declaration_id.into(),
        amount_base: finding.amount_base.map(|minor| world.rates.base_money(minor)),
        since: finding.since,
        detail: finding.detail.into(),
    }
}

fn severity(category: ExceptionCategory, reason: &str) -> Severity {
    use ExceptionCategory as C;
    match (category, reason) {
        (C::CustomsHold | C::DeclarationRejected, _) => Severity::Critical,
        (C::FreightCharge, "over_tolerance" | "duplicate_charge" | "not_our_liability") => Severity::High,
        (C::FreightCharge, "payee_mismatch" | "unexpected_charge") => Severity::High,
        (C::LateMilestone, "overdue") => Severity::High,
        (C::LandedCostVariance | C::DutyVariance, "over") => Severity::High,
        (C::DutyNotPosted | C::HsMismatch, _) => Severity::High,
        (C::FreightCharge, "under_tolerance" | "awaiting_delivery") => Severity::Low,
        (C::LateMilestone, "at_risk") => Severity::Low,
        (C::NoTracking | C::UnresolvedMilestone | C::UnbilledCharge, _) => Severity::Low,
        _ => Severity::Medium,
    }
}
