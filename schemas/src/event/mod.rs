//! The canonical events: one envelope, fourteen document types in five streams.

mod customs;
mod invoice;
mod key;
mod order;
mod reference;
mod shipment;

pub use customs::{CustomsStatus, CustomsStatusKind, Declaration, DeclarationKind, DeclarationLine, Stage};
pub use invoice::{Invoice, InvoiceKind, InvoiceLine};
pub use key::{DocumentKey, Keyed};
pub use order::{Component, Estimates, Incoterm, Order, OrderLine, OrderStatus, Posting, PostingKind, Receipt};
pub use reference::{Basis, ChargeCode, FxRate, Partner, PartnerKind, Sla, Tolerance};
pub use shipment::{
    Classifier, ContentsLine, ExpectedCharge, Link, Milestone, MilestoneKind, Mode, PlannedMilestone, Shipment,
    ShipmentStatus,
};

use serde::{Deserialize, Serialize};

use crate::{Text, Timestamp};

/// The five streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Orders, receipts, postings.
    Orders,
    /// Shipments, milestones, links.
    Shipments,
    /// Declarations and customs statuses.
    Customs,
    /// Invoices and credits.
    Invoices,
    /// Rates, charge codes, tolerances, service levels, partners.
    Reference,
}

impl Stream {
    /// All streams.
    pub const ALL: [Stream; 5] =
        [Stream::Orders, Stream::Shipments, Stream::Customs, Stream::Invoices, Stream::Reference];

    /// The stream's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Orders => "orders",
            Stream::Shipments => "shipments",
            Stream::Customs => "customs",
            Stream::Invoices => "invoices",
            Stream::Reference => "reference",
        }
    }
}

/// What every event says besides its document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Envelope {
    /// Unique within `source`.
    pub event_id: Text,
    /// The system that speaks, e.g. `erp:eu`.
    pub source: Text,
    /// Business time.
    pub occurred_at: Timestamp,
    /// When the source recorded it; `occurred_at` unless given.
    pub recorded_at: Timestamp,
    /// Version of the document; 0 unless given.
    pub revision: u64,
}

/// A decoded event: a document, or its withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Event {
    /// Who says it and when.
    pub envelope: Envelope,
    /// What it says.
    pub body: Body,
}

/// A document, or the key of one that is withdrawn (`retracted: true`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Body {
    /// The document's state as of this event.
    Document(Document),
    /// The document with this key is withdrawn.
    Retraction(DocumentKey),
}

macro_rules! documents {
    ($($(#[$doc:meta])* $name:ident in $stream:ident as $text:literal),* $(,)?) => {
        /// A document of one of the fourteen types.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Document {
            $($(#[$doc])* $name($name),)*
        }

        /// The type of a document: an event's `type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum DocumentType {
            $($(#[$doc])* $name,)*
        }

        impl DocumentType {
            /// Every type.
            pub const ALL: &[DocumentType] = &[$(DocumentType::$name),*];

            /// The type with this name on the wire.
            pub fn named(name: &str) -> Option<DocumentType> {
                match name { $($text => Some(DocumentType::$name),)* _ => None }
            }

            /// The type's name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(DocumentType::$name => $text),* }
            }

            /// The stream that carries it.
            pub fn stream(self) -> Stream {
                match self { $(DocumentType::$name => Stream::$stream),* }
            }
        }

        impl Document {
            /// The document's type.
            pub fn document_type(&self) -> DocumentType {
                match self { $(Document::$name(_) => DocumentType::$name),* }
            }
        }
    };
}

documents! {
    /// A purchase order.
    Order in Orders as "order",
    /// Goods received.
    Receipt in Orders as "receipt",
    /// A posting in the ledger.
    Posting in Orders as "posting",
    /// A shipment.
    Shipment in Shipments as "shipment",
    /// A milestone of a shipment: planned, estimated or actual.
    Milestone in Shipments as "milestone",
    /// Two identifiers that name one shipment.
    Link in Shipments as "link",
    /// A customs declaration.
    Declaration in Customs as "declaration",
    /// A status of a declaration.
    CustomsStatus in Customs as "customs_status",
    /// An invoice or a credit.
    Invoice in Invoices as "invoice",
    /// An exchange rate.
    FxRate in Reference as "fx_rate",
    /// A partner's charge code.
    ChargeCode in Reference as "charge_code",
    /// A tolerance rule.
    Tolerance in Reference as "tolerance",
    /// A service level: when a milestone is due.
    Sla in Reference as "sla",
    /// A partner.
    Partner in Reference as "partner",
}

impl Event {
    /// The key of the document the event is about; for milestones and customs statuses it includes the source.
    pub fn key(&self) -> DocumentKey {
        match &self.body {
            Body::Document(document) => document.key(|| self.envelope.source.clone()),
            Body::Retraction(key) => key.clone(),
        }
    }

    /// The type of the document the event is about.
    pub fn document_type(&self) -> DocumentType {
        match &self.body {
            Body::Document(document) => document.document_type(),
            Body::Retraction(key) => key.document_type(),
        }
    }

    /// The stream that carries it.
    pub fn document_stream(&self) -> Stream {
        self.document_type().stream()
    }
}
