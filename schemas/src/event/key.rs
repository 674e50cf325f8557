//! Document keys: what makes two events speak of the same document.

use serde::{Deserialize, Serialize};

use super::{Document, DocumentType};
use crate::{Currency, Date, Text};

/// The key of a document within its type (the spec's "key" column).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DocumentKey {
    /// `order_id`.
    Order(Text),
    /// `receipt_id`.
    Receipt(Text),
    /// `posting_id`.
    Posting(Text),
    /// `shipment_id`.
    Shipment(Text),
    /// (`source`, `milestone_id`).
    Milestone(Text, Text),
    /// `link_id`.
    Link(Text),
    /// `declaration_id`.
    Declaration(Text),
    /// (`source`, `status_id`).
    CustomsStatus(Text, Text),
    /// (`issuer`, `invoice_no`).
    Invoice(Text, Text),
    /// (`date`, `base`, `quote`).
    FxRate(Date, Currency, Currency),
    /// (`issuer`, `partner_code`).
    ChargeCode(Text, Text),
    /// (`issuer`, `code`).
    Tolerance(Text, Text),
    /// `name`.
    Sla(Text),
    /// `code`.
    Partner(Text),
}

impl DocumentKey {
    /// The key of a document that `source` speaks about.
    pub fn of(document: &Document, source: &Text) -> DocumentKey {
        match document {
            Document::Order(order) => DocumentKey::Order(order.order_id.clone()),
            Document::Receipt(receipt) => DocumentKey::Receipt(receipt.receipt_id.clone()),
            Document::Posting(posting) => DocumentKey::Posting(posting.posting_id.clone()),
            Document::Shipment(shipment) => DocumentKey::Shipment(shipment.shipment_id.clone()),
            Document::Milestone(milestone) => {
                DocumentKey::Milestone(source.clone(), milestone.milestone_id.clone())
            }
            Document::Link(link) => DocumentKey::Link(link.link_id.clone()),
            Document::Declaration(declaration) => DocumentKey::Declaration(declaration.declaration_id.clone()),
            Document::CustomsStatus(status) => DocumentKey::CustomsStatus(source.clone(), status.status_id.clone()),
            Document::Invoice(invoice) => DocumentKey::Invoice(invoice.issuer.clone(), invoice.invoice_no.clone()),
            Document::FxRate(rate) => DocumentKey::FxRate(rate.date, rate.base, rate.quote),
            Document::ChargeCode(code) => DocumentKey::ChargeCode(code.issuer.clone(), code.partner_code.clone()),
            Document::Tolerance(rule) => DocumentKey::Tolerance(rule.issuer.clone(), rule.code.clone()),
            Document::Sla(sla) => DocumentKey::Sla(sla.name.clone()),
            Document::Partner(partner) => DocumentKey::Partner(partner.code.clone()),
        }
    }

    /// The type of the document.
    pub fn document_type(&self) -> DocumentType {
        match self {
            DocumentKey::Order(_) => DocumentType::Order,
            DocumentKey::Receipt(_) => DocumentType::Receipt,
            DocumentKey::Posting(_) => DocumentType::Posting,
            DocumentKey::Shipment(_) => DocumentType::Shipment,
            DocumentKey::Milestone(..) => DocumentType::Milestone,
            DocumentKey::Link(_) => DocumentType::Link,
            DocumentKey::Declaration(_) => DocumentType::Declaration,
            DocumentKey::CustomsStatus(..) => DocumentType::CustomsStatus,
            DocumentKey::Invoice(..) => DocumentType::Invoice,
            DocumentKey::FxRate(..) => DocumentType::FxRate,
            DocumentKey::ChargeCode(..) => DocumentType::ChargeCode,
            DocumentKey::Tolerance(..) => DocumentType::Tolerance,
            DocumentKey::Sla(_) => DocumentType::Sla,
            DocumentKey::Partner(_) => DocumentType::Partner,
        }
    }
}
