//! Identifiers of shipments as partners write them, and the keys they compare by.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::packed::{Pack, Packer, Unpacker};

/// What kind of number an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(schemars::JsonSchema)]
pub enum IdentifierType {
    /// The shipment's own id in the transport system.
    Shipment,
    /// A carrier's tracking number.
    Tracking,
    /// A motor carrier's progressive (freight bill) number.
    Pro,
    /// Bill of lading.
    Bol,
    /// House bill of lading.
    Hbl,
    /// House air waybill.
    Hawb,
    /// Carrier's booking number.
    Booking,
    /// Advance ship notice.
    Asn,
    /// Delivery note.
    DeliveryNote,
    /// Master bill of lading.
    Mbl,
    /// Master air waybill.
    Mawb,
    /// Container number (ISO 6346).
    Container,
    /// Load or tour of a truck.
    Load,
    /// Vessel voyage.
    Voyage,
    /// Purchase order.
    Order,
}

impl IdentifierType {
    /// Every type.
    pub const ALL: [IdentifierType; 15] = [
        IdentifierType::Shipment,
        IdentifierType::Tracking,
        IdentifierType::Pro,
        IdentifierType::Bol,
        IdentifierType::Hbl,
        IdentifierType::Hawb,
        IdentifierType::Booking,
        IdentifierType::Asn,
        IdentifierType::DeliveryNote,
        IdentifierType::Mbl,
        IdentifierType::Mawb,
        IdentifierType::Container,
        IdentifierType::Load,
        IdentifierType::Voyage,
        IdentifierType::Order,
    ];

    /// Whether such an identifier names one shipment (an *identity type*); a *group type* may name several.
    pub fn names_one_shipment(self) -> bool {
        self <= IdentifierType::DeliveryNote
    }
}

/// An identifier as a document wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// Its type.
    pub kind: IdentifierType,
    /// Its value, trimmed, otherwise as written.
    pub value: Text,
}

/// What an identifier compares by: its type and the ASCII letters and digits of its value, upper-cased.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IdentifierKey {
    /// Letters and digits, upper-cased: `"maeu-123 4"` is `MAEU1234`. Never empty.
    pub value: Text,
    /// The identifier's type.
    pub kind: IdentifierType,
}

impl IdentifierKey {
    /// Whether an identifier written as `value` has a key: at least one ASCII letter or digit.
    pub fn is_of(value: &str) -> bool {
        value.bytes().any(|byte| byte.is_ascii_alphanumeric())
    }

    /// The key of an identifier of this type written as `value`, unless it has no letter or digit.
    pub fn new(kind: IdentifierType, value: &str) -> Option<IdentifierKey> {
        let is_key = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        let value = if value.bytes().all(is_key) {
            Text::from(value)
        } else {
            let mut letters = String::with_capacity(value.len());
            letters.extend(value.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()));
            Text::from(letters)
        };
        (!value.is_empty()).then_some(IdentifierKey { value, kind })
    }
}

impl Pack for IdentifierType {
    fn pack(&self, packer: &mut Packer) {
        packer.number(*self as u64);
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> IdentifierType {
        IdentifierType::ALL[unpacker.number() as usize]
    }
}

impl Pack for Identifier {
    fn pack(&self, packer: &mut Packer) {
        self.kind.pack(packer);
        packer.text(&self.value);
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Identifier {
        Identifier { kind: IdentifierType::unpack(unpacker), value: unpacker.text().into() }
    }
}

impl Identifier {
    /// What this identifier compares by.
    pub fn key(&self) -> IdentifierKey {
        IdentifierKey::new(self.kind, &self.value).expect("decoding refuses an identifier without letters and digits")
    }
}
