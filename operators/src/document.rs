//! Documents in force: shared, immutable, compared by content.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use landfall_schemas::event::{
    ChargeCode, CustomsStatus, Declaration, DocumentType, FxRate, Invoice, Keyed, Link, Milestone, Order, Partner,
    Posting, Receipt, Shipment, Sla, Tolerance,
};
use landfall_schemas::{Document, DocumentKey, Envelope, RecordId};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

/// A document in force with the event that brought it. Cloning shares it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Doc<T>(Arc<InForce<T>>);

/// What a [`Doc`] holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InForce<T> {
    /// The winning event's envelope.
    pub envelope: Envelope,
    /// The smallest record that brought the winning event.
    pub record: RecordId,
    /// The document.
    pub data: T,
}

impl<T> Doc<T> {
    /// A document in force.
    pub fn new(envelope: Envelope, record: RecordId, data: T) -> Doc<T> {
        Doc(Arc::new(InForce { envelope, record, data }))
    }
}

impl<T> Clone for Doc<T> {
    fn clone(&self) -> Self {
        Doc(Arc::clone(&self.0))
    }
}

impl<T> Deref for Doc<T> {
    type Target = InForce<T>;
    fn deref(&self) -> &InForce<T> {
        &self.0
    }
}

impl<T: PartialEq> PartialEq for Doc<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || *self.0 == *other.0
    }
}

impl<T: Eq> Eq for Doc<T> {}

impl<T: Ord> Ord for Doc<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl<T: Ord> PartialOrd for Doc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Hashes what identifies the event; equal documents hash equally.
impl<T> Hash for Doc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.envelope.event_id.hash(state);
        self.0.envelope.source.hash(state);
        self.0.record.offset.hash(state);
    }
}

macro_rules! any_document {
    ($($name:ident),*) => {
        /// A document in force of any type.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum AnyDoc { $($name(Doc<$name>),)* }

        impl AnyDoc {
            /// A document in force from an event's parts.
            pub fn new(envelope: Envelope, record: RecordId, document: Document) -> AnyDoc {
                match document { $(Document::$name(data) => AnyDoc::$name(Doc::new(envelope, record, data)),)* }
            }

            /// The winning event's envelope.
            pub fn envelope(&self) -> &Envelope {
                match self { $(AnyDoc::$name(doc) => &doc.envelope,)* }
            }

            /// The smallest record that brought the winning event.
            pub fn record(&self) -> RecordId {
                match self { $(AnyDoc::$name(doc) => doc.record,)* }
            }

            /// The document's key.
            pub fn key(&self) -> DocumentKey {
                match self { $(AnyDoc::$name(doc) => doc.key(),)* }
            }

            /// The document's type.
            pub fn document_type(&self) -> DocumentType {
                match self { $(AnyDoc::$name(_) => DocumentType::$name,)* }
            }

            /// The document itself.
            pub fn document(&self) -> Document {
                match self { $(AnyDoc::$name(doc) => Document::$name(doc.data.clone()),)* }
            }
        }
    };
}

any_document!(
    Order,
    Receipt,
    Posting,
    Shipment,
    Milestone,
    Link,
    Declaration,
    CustomsStatus,
    Invoice,
    FxRate,
    ChargeCode,
    Tolerance,
    Sla,
    Partner
);

impl<T: Keyed> Doc<T> {
    /// The document's key.
    pub fn key(&self) -> DocumentKey {
        self.data.key(&self.envelope.source)
    }
}
