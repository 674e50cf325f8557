//! How documents of each type are kept: which fields as they are, which as bytes.
//!
//! A document of a type that comes by the dozen for each shipment keeps as fields only what rules read again and again;
//! the rest are bytes, which are read when the document comes, goes or is shown. The others are kept as they are.

use std::borrow::Cow;
use std::fmt::Debug;

use landfall_schemas::event::{
    ChargeCode, Classifier, CustomsStatus, CustomsStatusKind, Declaration, FxRate, Invoice, Keyed, Link, Milestone,
    MilestoneKind, Partner, Posting, PostingKind, Receipt, Sla, Tolerance,
};
use landfall_schemas::packed::{Pack, PackedText, Packer, Unpacker};
use landfall_schemas::{Currency, Decimal, DocumentKey, Identifier, IdentifierType, Text, Timestamp};

/// A document that can be kept.
pub trait Kept: Clone {
    /// What is kept of it as fields.
    type Fields: Clone + Debug + Eq + Ord;

    /// Takes it apart; what is not in the fields is packed.
    fn part(self, packer: &mut Packer) -> Self::Fields;

    /// Puts it together again.
    fn whole<'a>(fields: &'a Self::Fields, packed: Unpacker<'_>) -> Cow<'a, Self>;

    /// Its key, when `source` speaks about it.
    fn key(fields: &Self::Fields, packed: Unpacker<'_>, source: impl FnOnce() -> Text) -> DocumentKey;
}

macro_rules! kept_as_they_are {
    ($($name:ident),*) => {
        $(impl Kept for $name {
            type Fields = $name;

            fn part(self, _packer: &mut Packer) -> $name {
                self
            }

            fn whole<'a>(fields: &'a $name, _packed: Unpacker<'_>) -> Cow<'a, $name> {
                Cow::Borrowed(fields)
            }

            fn key(fields: &$name, _packed: Unpacker<'_>, source: impl FnOnce() -> Text) -> DocumentKey {
                Keyed::key(fields, source)
            }
        })*
    };
}

kept_as_they_are!(Declaration, Invoice, FxRate, ChargeCode, Tolerance, Sla, Partner);

/// A milestone event as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct MilestoneParts<'a> {
    /// Unique within the source.
    pub milestone_id: PackedText<'a>,
    /// Which milestone.
    pub milestone: MilestoneKind,
    /// Planned, estimated or actual.
    pub classifier: Classifier,
    /// Its time.
    pub at: Timestamp,
    /// Where.
    pub location: Option<PackedText<'a>>,
    /// Why.
    pub reason: Option<PackedText<'a>>,
    /// What it refers to: the type of the identifier.
    pub reference_kind: IdentifierType,
    /// And its value.
    pub reference: PackedText<'a>,
}

impl<'a> MilestoneParts<'a> {
    pub(super) fn unpack(mut packed: Unpacker<'a>) -> MilestoneParts<'a> {
        MilestoneParts {
            milestone_id: packed.text(),
            milestone: MilestoneKind::ALL[packed.number() as usize],
            classifier: Classifier::ALL[packed.number() as usize],
            at: Timestamp(packed.ms()),
            location: packed.optional_text(),
            reason: packed.optional_text(),
            reference_kind: IdentifierType::unpack(&mut packed),
            reference: packed.text(),
        }
    }

    /// What it refers to.
    pub fn reference(&self) -> Identifier {
        Identifier { kind: self.reference_kind, value: self.reference.into() }
    }
}

/// No fields: those who read many have what they read themselves ([`crate::stage::progress::Told`]).
impl Kept for Milestone {
    type Fields = ();

    fn part(self, packer: &mut Packer) {
        let Milestone { milestone_id, reference, milestone, classifier, at, location, reason } = self;
        packer.text(&milestone_id);
        packer.number(milestone as u64);
        packer.number(classifier as u64);
        packer.ms(at.0);
        packer.optional_text(location.as_deref());
        packer.optional_text(reason.as_deref().map(Text::as_str));
        reference.pack(packer);
    }

    fn whole<'a>(_fields: &'a (), packed: Unpacker<'_>) -> Cow<'a, Milestone> {
        let parts = MilestoneParts::unpack(packed);
        Cow::Owned(Milestone {
            milestone_id: parts.milestone_id.into(),
            reference: parts.reference(),
            milestone: parts.milestone,
            classifier: parts.classifier,
            at: parts.at,
            location: parts.location.map(Text::from),
            reason: parts.reason.map(|reason| Box::new(Text::from(reason))),
        })
    }

    fn key(_fields: &(), mut packed: Unpacker<'_>, source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Milestone(source(), packed.text().into())
    }
}

/// What is kept of a customs status as fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomsStatusFields {
    /// What it says.
    pub status: CustomsStatusKind,
    /// Which hold it speaks of.
    pub hold_type: Option<Text>,
    /// Its time.
    pub at: Timestamp,
}

impl Kept for CustomsStatus {
    type Fields = CustomsStatusFields;

    fn part(self, packer: &mut Packer) -> CustomsStatusFields {
        let CustomsStatus { status_id, declaration_id, status, hold_type, at, reason } = self;
        packer.text(&status_id);
        packer.text(&declaration_id);
        packer.optional_text(reason.as_deref());
        CustomsStatusFields { status, hold_type, at }
    }

    fn whole<'a>(fields: &'a CustomsStatusFields, mut packed: Unpacker<'_>) -> Cow<'a, CustomsStatus> {
        let CustomsStatusFields { status, hold_type, at } = fields.clone();
        Cow::Owned(CustomsStatus {
            status_id: packed.text().into(),
            declaration_id: packed.text().into(),
            reason: packed.optional_text().map(Text::from),
            status,
            hold_type,
            at,
        })
    }

    fn key(_fields: &CustomsStatusFields, mut packed: Unpacker<'_>, source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::CustomsStatus(source(), packed.text().into())
    }
}

/// What is kept of a receipt as fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceiptFields {
    /// When the goods were received.
    pub received_at: Timestamp,
}

impl Kept for Receipt {
    type Fields = ReceiptFields;

    fn part(self, packer: &mut Packer) -> ReceiptFields {
        let Receipt { receipt_id, order_id, line_no, shipment_id, quantity, received_at } = self;
        packer.text(&receipt_id);
        packer.text(&order_id);
        packer.number(u64::from(line_no));
        packer.optional_text(shipment_id.as_deref());
        quantity.pack(packer);
        ReceiptFields { received_at }
    }

    fn whole<'a>(fields: &'a ReceiptFields, mut packed: Unpacker<'_>) -> Cow<'a, Receipt> {
        Cow::Owned(Receipt {
            receipt_id: packed.text().into(),
            order_id: packed.text().into(),
            line_no: packed.number() as u32,
            shipment_id: packed.optional_text().map(Text::from),
            quantity: Decimal::unpack(&mut packed),
            received_at: fields.received_at,
        })
    }

    fn key(_fields: &ReceiptFields, mut packed: Unpacker<'_>, _source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Receipt(packed.text().into())
    }
}

/// What is kept of a posting as fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingFields {
    /// What is posted.
    pub kind: PostingKind,
    /// When.
    pub posted_at: Timestamp,
}

impl Kept for Posting {
    type Fields = PostingFields;

    fn part(self, packer: &mut Packer) -> PostingFields {
        let Posting {
            posting_id,
            kind,
            shipment_id,
            order_id,
            declaration_id,
            invoice_no,
            issuer,
            amount,
            currency,
            posted_at,
        } = self;
        packer.text(&posting_id);
        for id in [&shipment_id, &order_id, &declaration_id, &invoice_no, &issuer] {
            packer.optional_text(id.as_deref());
        }
        packer.signed(amount);
        currency.pack(packer);
        PostingFields { kind, posted_at }
    }

    fn whole<'a>(fields: &'a PostingFields, mut packed: Unpacker<'_>) -> Cow<'a, Posting> {
        let posting_id = packed.text().into();
        let [shipment_id, order_id, declaration_id, invoice_no, issuer] =
            std::array::from_fn(|_| packed.optional_text().map(Text::from));
        Cow::Owned(Posting {
            posting_id,
            kind: fields.kind,
            shipment_id,
            order_id,
            declaration_id,
            invoice_no,
            issuer,
            amount: packed.signed(),
            currency: Currency::unpack(&mut packed),
            posted_at: fields.posted_at,
        })
    }

    fn key(_fields: &PostingFields, mut packed: Unpacker<'_>, _source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Posting(packed.text().into())
    }
}

/// No fields: it is read when it comes or goes.
impl Kept for Link {
    type Fields = ();

    fn part(self, packer: &mut Packer) {
        let Link { link_id, a, b } = self;
        packer.text(&link_id);
        a.pack(packer);
        b.pack(packer);
    }

    fn whole<'a>(_fields: &'a (), mut packed: Unpacker<'_>) -> Cow<'a, Link> {
        Cow::Owned(Link {
            link_id: packed.text().into(),
            a: Identifier::unpack(&mut packed),
            b: Identifier::unpack(&mut packed),
        })
    }

    fn key(_fields: &(), mut packed: Unpacker<'_>, _source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Link(packed.text().into())
    }
}
