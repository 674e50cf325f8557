//! The numbers by which a shipment is known, and who knows it by which.

use landfall_schemas::event::Mode;
use landfall_schemas::format_text;
use landfall_schemas::{Identifier, IdentifierType, Text};

use crate::generator::dice::mix;
use crate::generator::directory::BROKERS;
use crate::generator::numbers;

use super::campaign::{Campaign, OrderPlan, ShipmentPlan};

/// An identifier, as written.
pub(crate) fn identifier(kind: IdentifierType, value: Text) -> Identifier {
    Identifier { kind, value }
}

impl ShipmentPlan {
    /// The key of the shipment document.
    pub(crate) fn shipment_id(&self) -> Text {
        numbers::padded("SHP-", self.number, 8)
    }

    /// The id as an identifier.
    pub(crate) fn own_id(&self) -> Identifier {
        identifier(IdentifierType::Shipment, self.shipment_id())
    }

    /// The number we gave the shipment: a booking or a delivery note.
    pub(crate) fn our_number(&self) -> Identifier {
        match self.lane.mode {
            Mode::Road | Mode::Parcel => {
                identifier(IdentifierType::DeliveryNote, numbers::padded("80", self.number, 8))
            }
            _ => identifier(IdentifierType::Booking, numbers::padded("BKG", self.number * 7 + 3, 9)),
        }
    }

    /// The number under which the carrier runs the shipment.
    pub(crate) fn carrier_number(&self) -> Identifier {
        let number = self.number - u64::from(self.borrowed_number);
        match self.lane.mode {
            Mode::Ocean | Mode::Rail | Mode::Other => {
                identifier(IdentifierType::Bol, numbers::bill_of_lading(self.carrier.code, number))
            }
            Mode::Air => identifier(IdentifierType::Hawb, numbers::house_air_waybill(&self.lane.origin[2..], number)),
            Mode::Road => identifier(IdentifierType::Pro, numbers::pro(number)),
            Mode::Parcel => identifier(IdentifierType::Tracking, numbers::parcel_tracking(number)),
        }
    }

    /// The carrier's number as another system would key it: blanks for hyphens, lower case.
    pub(crate) fn carrier_number_rekeyed(&self) -> Identifier {
        let number = self.carrier_number();
        let value = number.value.chars().map(|c| if c == '-' { ' ' } else { c.to_ascii_lowercase() }).collect();
        Identifier { kind: number.kind, value }
    }

    /// The tracking number, for shipments that have one besides the carrier's number.
    pub(crate) fn tracking_number(&self) -> Option<Identifier> {
        let value = || numbers::freight_tracking(self.carrier.code, self.number);
        (self.tracked && self.lane.mode != Mode::Parcel).then(|| identifier(IdentifierType::Tracking, value()))
    }

    /// What the group travels in: container, master air waybill, load.
    pub(crate) fn group_number(&self, campaign: &Campaign) -> Option<Identifier> {
        let leader = campaign.shipments[self.group.leader].number;
        Some(match self.lane.mode {
            Mode::Ocean | Mode::Rail => {
                let number = numbers::container(self.carrier.unit_prefix, leader);
                identifier(IdentifierType::Container, number)
            }
            Mode::Air => {
                let airline = self.carrier.unit_prefix.parse().expect("an airline's prefix is a number");
                identifier(IdentifierType::Mawb, numbers::air_waybill(airline, leader))
            }
            Mode::Road | Mode::Other if self.group.size > 1 => {
                identifier(IdentifierType::Load, numbers::padded("LD-", leader, 8))
            }
            _ => return None,
        })
    }

    /// Numbers some shipments have besides: advance ship notice, house bill, master bill, voyage.
    pub(crate) fn further_numbers(&self) -> Vec<Identifier> {
        let chance = mix(self.number) % 100;
        let mut further = Vec::new();
        if chance < 20 {
            further.push(identifier(IdentifierType::Asn, numbers::padded("ASN", self.number, 9)));
        }
        if self.lane.mode == Mode::Ocean {
            if chance.is_multiple_of(5) {
                further.push(identifier(IdentifierType::Hbl, numbers::house_bill(self.number)));
            }
            if chance.is_multiple_of(4) {
                // A vessel sails a lane once a week.
                let week = self.times.planned_departed.date().0 / 7;
                let voyage = format_text!("{}-{}-{week}W", self.carrier.code, self.lane.destination);
                further.push(identifier(IdentifierType::Voyage, voyage));
            }
            if chance % 10 == 7 {
                let value = numbers::bill_of_lading("MBL", self.number);
                further.push(identifier(IdentifierType::Mbl, value));
            }
        }
        further
    }

    /// The broker's code.
    pub(crate) fn broker_code(&self) -> &'static str {
        BROKERS[self.broker].0
    }

    /// Number of the shipment's import declaration: that of the group's leader where one covers the group.
    pub(crate) fn declaration_id(&self) -> Text {
        let (year, _, _) = self.times.arrived.date().calendar();
        numbers::movement_reference(year, self.lane.customs.unwrap_or("XX"), self.number * 2)
    }

    /// Number of the shipment's export declaration.
    pub(crate) fn export_declaration_id(&self) -> Text {
        let (year, _, _) = self.times.picked_up.date().calendar();
        numbers::movement_reference(year, self.lane.origin_country, self.number * 2 + 1)
    }

    /// Number of one of the invoices about the shipment.
    pub(crate) fn invoice_no(&self, prefix: &str) -> Text {
        numbers::padded(prefix, self.number, 8)
    }
}

impl OrderPlan {
    /// The order's number.
    pub(crate) fn order_id(&self) -> Text {
        numbers::padded("PO-45", self.number, 8)
    }
}
