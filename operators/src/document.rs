//! Documents in force: shared, immutable, compared by content.

mod kept;
mod order;
mod provenance;
mod shipment;
mod sources;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::hint::black_box;
use std::ops::Deref;

use landfall_schemas::event::{
    ChargeCode, CustomsStatus, Declaration, DocumentType, FxRate, Invoice, Link, Milestone, Order, Partner, Posting,
    Receipt, Shipment, Sla, Tolerance,
};
use landfall_schemas::packed::{PackedText, Packer, Unpacker};
use landfall_schemas::{Document, DocumentKey, Envelope, RecordId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use triomphe::ThinArc;

pub use kept::{Kept, MilestoneParts};
pub use order::{OrderFields, OrderLineFields};
pub use provenance::Provenance;
pub use shipment::ShipmentFields;

/// A document in force with who said it. Cloning shares it.
///
/// One piece of memory: what rules read as fields ([`Kept`]), then as bytes who said it and the rest of it.
pub struct Doc<T: Kept>(ThinArc<InForce<T::Fields>, u8>);

/// What of a [`Doc`] can be read as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InForce<F> {
    /// The fields of the document, or those of them that rules read again and again.
    pub data: F,
}

impl<T: Kept> Doc<T> {
    /// A document in force.
    pub fn new(provenance: &Provenance<'_>, document: T) -> Doc<T> {
        let (mut packer, mut rest) = (Packer::default(), Packer::default());
        let data = document.part(&mut rest);
        provenance.pack(&mut packer, &rest);
        Doc(ThinArc::from_header_and_slice(InForce { data }, packer.bytes()))
    }

    /// Who said it, when, and which record brought it.
    pub fn provenance(&self) -> Provenance<'_> {
        Provenance::unpack(&self.0.slice)
    }

    /// All of the document; put together where it is kept in parts.
    pub fn document(&self) -> Cow<'_, T> {
        T::whole(&self.data, self.rest())
    }

    /// The document's key.
    pub fn key(&self) -> DocumentKey {
        T::key(&self.data, self.rest(), || self.source().into())
    }

    /// Has memory bring it.
    fn bring(&self) {
        black_box((self.0.slice.first(), self.0.slice.last()));
    }

    /// Whether it is the same piece of memory.
    fn is(&self, other: &Doc<T>) -> bool {
        std::ptr::eq::<InForce<T::Fields>>(&**self, &**other)
    }

    fn rest(&self) -> Unpacker<'_> {
        Provenance::document(&self.0.slice)
    }

    /// The system that said it.
    pub fn source(&self) -> &str {
        Provenance::source(&self.0.slice)
    }

    /// When its source recorded it.
    pub fn recorded_at(&self) -> Timestamp {
        self.provenance().recorded_at
    }
}

impl Doc<Milestone> {
    /// The document without putting it together.
    pub fn parts(&self) -> MilestoneParts<'_> {
        MilestoneParts::unpack(self.rest())
    }
}

impl Doc<CustomsStatus> {
    /// Its `status_id`.
    pub fn status_id(&self) -> PackedText<'_> {
        self.rest().text()
    }
}

impl<T: Kept + fmt::Debug> fmt::Debug for Doc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Doc").field(&self.provenance()).field(&self.document()).finish()
    }
}

impl<T: Kept> Clone for Doc<T> {
    fn clone(&self) -> Self {
        Doc(ThinArc::clone(&self.0))
    }
}

impl<T: Kept> Deref for Doc<T> {
    type Target = InForce<T::Fields>;
    fn deref(&self) -> &InForce<T::Fields> {
        &self.0.header.header
    }
}

impl<T: Kept> PartialEq for Doc<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || (self.0.slice == other.0.slice && **self == **other)
    }
}

impl<T: Kept> Eq for Doc<T> {}

/// Alike in every process.
impl<T: Kept> Ord for Doc<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is(other) {
            return Ordering::Equal;
        }
        let common = Provenance::common(&self.0.slice).cmp(Provenance::common(&other.0.slice));
        let record = || self.provenance().record.cmp(&other.provenance().record);
        common.then_with(|| self.source().cmp(other.source())).then_with(record).then_with(|| (**self).cmp(&**other))
    }
}

impl<T: Kept> PartialOrd for Doc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Hashes what identifies the event, alike in every process; equal documents hash equally.
impl<T: Kept> Hash for Doc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Provenance::common(&self.0.slice).hash(state);
    }
}

/// A document in force as it is written.
#[derive(Serialize, Deserialize)]
struct Written<D> {
    envelope: Envelope,
    record: RecordId,
    data: D,
}

impl<T: Kept + Serialize> Serialize for Doc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let provenance = self.provenance();
        let written = Written { envelope: provenance.envelope(), record: provenance.record, data: &*self.document() };
        written.serialize(serializer)
    }
}

impl<'de, T: Kept + Deserialize<'de>> Deserialize<'de> for Doc<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { envelope, record, data } = Written::deserialize(deserializer)?;
        Ok(Doc::new(&Provenance::of(&envelope, record), data))
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
            pub fn new(provenance: &Provenance<'_>, document: Document) -> AnyDoc {
                match document { $(Document::$name(data) => AnyDoc::$name(Doc::new(provenance, data)),)* }
            }

            /// Who said it, when, and which record brought it.
            pub fn provenance(&self) -> Provenance<'_> {
                match self { $(AnyDoc::$name(doc) => doc.provenance(),)* }
            }

            /// Has memory bring it.
            pub(crate) fn bring(&self) {
                match self { $(AnyDoc::$name(doc) => doc.bring(),)* }
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
                match self { $(AnyDoc::$name(doc) => Document::$name(doc.document().into_owned()),)* }
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
