//! Shipments as they are kept: identifiers and places, which are read when a shipment comes, goes or is shown, are bytes.

use std::borrow::Cow;

use landfall_schemas::event::{ContentsLine, ExpectedCharge, Mode, PlannedMilestone, Shipment, ShipmentStatus};
use landfall_schemas::packed::{Pack, PackedText, Packer, Unpacker};
use landfall_schemas::{DocumentKey, Identifier, IdentifierType, Text};

use super::Doc;
use super::kept::Kept;

/// What is kept of a shipment as fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShipmentFields {
    /// Its id in the transport system.
    pub shipment_id: Text,
    /// The carrier's partner code.
    pub carrier: Text,
    /// Mode of transport.
    pub mode: Mode,
    /// The region that answers for it.
    pub region: Text,
    /// Its status.
    pub status: ShipmentStatus,
    /// What it carries.
    pub contents: Box<[ContentsLine]>,
    /// When milestones are due.
    pub plan: Box<[PlannedMilestone]>,
    /// What it is expected to cost.
    pub charges: Box<[ExpectedCharge]>,
}

impl Kept for Shipment {
    type Fields = ShipmentFields;

    fn part(self, packer: &mut Packer) -> ShipmentFields {
        let Shipment {
            shipment_id,
            carrier,
            mode,
            origin,
            destination,
            region,
            status,
            identifiers,
            contents,
            plan,
            charges,
        } = self;
        packer.optional_text(origin.as_deref());
        packer.optional_text(destination.as_deref());
        identifiers.iter().for_each(|identifier| identifier.pack(packer));
        ShipmentFields { shipment_id, carrier, mode, region, status, contents, plan, charges }
    }

    fn whole<'a>(fields: &'a ShipmentFields, mut packed: Unpacker<'_>) -> Cow<'a, Shipment> {
        let ShipmentFields { shipment_id, carrier, mode, region, status, contents, plan, charges } = fields.clone();
        Cow::Owned(Shipment {
            shipment_id,
            carrier,
            mode,
            origin: packed.optional_text().map(Text::from),
            destination: packed.optional_text().map(Text::from),
            region,
            status,
            identifiers: identifiers(packed).map(|(kind, value)| Identifier { kind, value: value.into() }).collect(),
            contents,
            plan,
            charges,
        })
    }

    fn key(fields: &ShipmentFields, _packed: Unpacker<'_>, _source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Shipment(fields.shipment_id.clone())
    }
}

/// All that follow.
fn identifiers(packed: Unpacker<'_>) -> impl Iterator<Item = (IdentifierType, PackedText<'_>)> {
    packed.to_end(|packed| (IdentifierType::unpack(packed), packed.text()))
}

impl Doc<Shipment> {
    /// The identifiers that the shipment claims: type and value.
    pub fn identifiers(&self) -> impl Iterator<Item = (IdentifierType, PackedText<'_>)> {
        let mut packed = self.rest();
        packed.optional_text();
        packed.optional_text();
        identifiers(packed)
    }
}
