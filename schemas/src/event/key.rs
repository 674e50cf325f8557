//! Document keys: what makes two events speak of the same document.

use serde::{Deserialize, Serialize};

use super::{
    ChargeCode, CustomsStatus, Declaration, Document, DocumentType, FxRate, Invoice, Link, Milestone, Order, Partner,
    Posting, Receipt, Shipment, Sla, Tolerance,
};
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

/// A document that knows its key.
pub trait Keyed {
    /// The document's key, when `source` speaks about it; asked for only where the key has it.
    fn key(&self, source: impl FnOnce() -> Text) -> DocumentKey;
}

macro_rules! keys {
    ($($name:ident => |$source:ident, $it:ident| $key:expr;)*) => {
        $(impl Keyed for $name {
            fn key(&self, $source: impl FnOnce() -> Text) -> DocumentKey {
                let $it = self;
                $key
            }
        })*

        impl Keyed for Document {
            fn key(&self, source: impl FnOnce() -> Text) -> DocumentKey {
                match self { $(Document::$name(it) => it.key(source),)* }
            }
        }
    };
}

keys! {
    Order => |_source, it| DocumentKey::Order(it.order_id.clone());
    Receipt => |_source, it| DocumentKey::Receipt(it.receipt_id.clone());
    Posting => |_source, it| DocumentKey::Posting(it.posting_id.clone());
    Shipment => |_source, it| DocumentKey::Shipment(it.shipment_id.clone());
    Milestone => |source, it| DocumentKey::Milestone(source(), it.milestone_id.clone());
    Link => |_source, it| DocumentKey::Link(it.link_id.clone());
    Declaration => |_source, it| DocumentKey::Declaration(it.declaration_id.clone());
    CustomsStatus => |source, it| DocumentKey::CustomsStatus(source(), it.status_id.clone());
    Invoice => |_source, it| DocumentKey::Invoice(it.issuer.clone(), it.invoice_no.clone());
    FxRate => |_source, it| DocumentKey::FxRate(it.date, it.base, it.quote);
    ChargeCode => |_source, it| DocumentKey::ChargeCode(it.issuer.clone(), it.partner_code.clone());
    Tolerance => |_source, it| DocumentKey::Tolerance(it.issuer.clone(), it.code.clone());
    Sla => |_source, it| DocumentKey::Sla(it.name.clone());
    Partner => |_source, it| DocumentKey::Partner(it.code.clone());
}

impl DocumentKey {
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
