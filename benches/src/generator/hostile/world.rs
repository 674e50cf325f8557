//! The pools from which a hostile population draws, and the envelopes of what it says.
//!
//! §1: identifiers in several spellings, texts that need quoting. §2: several versions of every document with equal
//! revisions and times, ties with other content, retractions before and after what they retract, times around the
//! limit of the future.

use landfall_schemas::event::{Body, Document};
use landfall_schemas::format_text;
use landfall_schemas::{Currency, Date, Decimal, Envelope, Event, Identifier, IdentifierType, Text, Timestamp};

use crate::generator::config::{Config, DAY_MS, HOUR_MS};
use crate::generator::dice::Dice;
use crate::generator::rates;

/// Carriers; the last has no partner document, the one before has a code that exception ids must escape.
pub(crate) const CARRIERS: &[&str] = &["MAEU", "DHLX", "J%B/HT", "GHOST"];
/// Brokers; a carrier is one of them.
pub(crate) const BROKERS: &[&str] = &["BRK-A", "BRK B", "DHLX"];
/// Suppliers; the last has no partner document.
pub(crate) const SUPPLIERS: &[&str] = &["SUP1", "SÜP/2", "SUP-NONE"];
/// Regions; the last has a comma and a quote in it.
pub(crate) const REGIONS: &[&str] = &["EU", "NA", "AP \"AC\", x"];
/// Canonical charge codes, and words that partners have for them.
pub(crate) const CODES: &[&str] =
    &["FRT", "FSC", "INS", "BRK", "DUTY", "TAX", "CUSTOMS_FEES", "DEM", "ACC", "THC", "DOC", "XYZ"];
/// Tariff numbers, in several spellings and lengths.
pub(crate) const TARIFFS: &[&str] = &["8471.30.00", "847130", "6203 42", "8471", "85", "n/a"];
/// Line numbers of orders; few, so that contents and declarations hit them or just miss.
pub(crate) const LINE_NOS: &[u32] = &[1, 2, 10];

const CURRENCIES: &[(&str, u64)] =
    &[("EUR", 40), ("USD", 22), ("GBP", 8), ("JPY", 10), ("KWD", 8), ("CHF", 7), ("TRY", 5)];
const MINOR_AMOUNTS: &[(i64, u64)] =
    &[(0, 8), (1, 8), (7, 8), (100, 20), (250, 20), (1_003, 16), (99_999, 10), (-100, 7), (-1_003, 3)];
const TEXTS: &[&str] = &["NS", "docs, \"late\"", "Łódź", "two\nlines", "🚢", "port/congestion %"];

/// Draws everything and collects what is said.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) seed: u64,
    pub(crate) start: Timestamp,
    pub(crate) as_of: Timestamp,
    /// Numbers of shipments and orders.
    pub(crate) shipments: u64,
    pub(crate) orders: u64,
    pub(crate) said: Vec<Event>,
    /// The last version made of each shipment and declaration, and every invoice, for documents that answer to them.
    pub(crate) made_shipments: Vec<landfall_schemas::event::Shipment>,
    pub(crate) made_declarations: Vec<landfall_schemas::event::Declaration>,
    pub(crate) made_invoices: Vec<landfall_schemas::event::Invoice>,
}

impl World {
    /// An empty world.
    pub(crate) fn new(config: &Config) -> World {
        World {
            dice: Dice::new(config.seed, &[5]),
            seed: config.seed,
            start: config.start,
            as_of: config.as_of(),
            shipments: config.shipments,
            orders: config.shipments / 2 + 2,
            said: Vec::new(),
            made_shipments: Vec::new(),
            made_declarations: Vec::new(),
            made_invoices: Vec::new(),
        }
    }

    /// One to `most` versions of a document, each said by one of the sources; some tie with the version before, some
    /// are retractions.
    pub(crate) fn say(&mut self, sources: &[&'static str], most: i64, mut make: impl FnMut(&mut World) -> Document) {
        let mut previous: Option<Envelope> = None;
        for _ in 0..self.dice.between(1, most) {
            let document = make(self);
            let tie = previous.take().filter(|_| self.dice.percent(12));
            let envelope = tie.unwrap_or_else(|| self.envelope(sources));
            previous = Some(envelope.clone());
            let mut event = Event { envelope, body: Body::Document(document) };
            if self.dice.percent(8) {
                event.body = Body::Retraction(event.key());
            }
            self.said.push(event);
        }
    }

    fn envelope(&mut self, sources: &[&'static str]) -> Envelope {
        let occurred_at = self.time();
        let recorded_at = match self.dice.below(10) {
            0..=3 => occurred_at,
            4..=7 => occurred_at.plus_ms(self.dice.between(0, 8) * 6 * HOUR_MS),
            8 => self.time(),
            // Around the end of what the clock lets in.
            _ => self.as_of.plus_ms(DAY_MS + self.dice.between(-1, 1)),
        };
        // Unique within its source in most cases; where not, documents of different keys share it.
        let number = if self.dice.percent(3) { 0 } else { self.said.len() + 1 };
        let event_id = format_text!("{}-{number}", self.seed);
        let source = Text::from_static_str(self.dice.pick(sources));
        let revision = self.dice.weighted(&[(0, 60), (1, 30), (2, 10)]);
        Envelope { event_id, source, occurred_at, recorded_at, revision }
    }

    /// A time on a grid of six hours, mostly in the past, sometimes off the grid by milliseconds.
    pub(crate) fn time(&mut self) -> Timestamp {
        let steps = (self.as_of.0 - self.start.0) / (6 * HOUR_MS);
        let step = if self.dice.percent(8) { steps + self.dice.between(0, 40) } else { self.dice.between(0, steps) };
        let off = if self.dice.percent(6) { self.dice.between(-1_500, 1_500) } else { 0 };
        self.start.plus_ms(step * 6 * HOUR_MS + off.max(-step))
    }

    /// A time from the clock's on.
    pub(crate) fn time_to_come(&mut self) -> Timestamp {
        self.as_of.plus_ms(self.dice.between(0, 40) * 6 * HOUR_MS)
    }

    /// A date of the same span, coarser: many documents share one.
    pub(crate) fn date(&mut self) -> Date {
        let days = (self.as_of.0 - self.start.0) / DAY_MS;
        Date(self.start.date().0 + (self.dice.between(0, days) / 4 * 4) as i32)
    }

    /// A currency; the lira never has a rate.
    pub(crate) fn currency(&mut self) -> Currency {
        rates::currency(self.dice.weighted(CURRENCIES))
    }

    /// Minor units from a small pool: nothing, next to nothing, the same again, negative.
    pub(crate) fn amount(&mut self) -> i64 {
        self.dice.weighted(MINOR_AMOUNTS)
    }

    /// A number of tenths from this pool, given in `pct` of 100 cases.
    pub(crate) fn number(&mut self, pct: u64, tenths: &[i64]) -> Option<Decimal> {
        let drawn = self.dice.pick(tenths);
        self.dice.percent(pct).then(|| Decimal::from_units(i128::from(drawn) * Decimal::SCALE / 10))
    }

    /// A text that needs quoting, given in `pct` of 100 cases.
    pub(crate) fn text(&mut self, pct: u64) -> Option<Text> {
        let drawn = self.dice.pick(TEXTS);
        self.dice.percent(pct).then(|| Text::from_static_str(drawn))
    }

    /// One of these codes.
    pub(crate) fn code(&mut self, codes: &[&'static str]) -> Text {
        Text::from_static_str(self.dice.pick(codes))
    }

    /// The id of a shipment, rarely of none.
    pub(crate) fn shipment_id(&mut self) -> Text {
        let number = self.shipment_number();
        let known = !self.dice.percent(6);
        if known { shipment_id(number) } else { Text::from_static_str("S/none") }
    }

    /// The number of a shipment.
    pub(crate) fn shipment_number(&mut self) -> u64 {
        self.dice.below(self.shipments.max(1))
    }

    /// The id of an order, rarely of none.
    pub(crate) fn order_id(&mut self) -> Text {
        let number = self.dice.below(self.orders);
        if self.dice.percent(6) { Text::from_static_str("PO-none") } else { order_id(number) }
    }

    /// A carrier; the first has most of the business.
    pub(crate) fn carrier(&mut self) -> Text {
        let most = self.dice.percent(40);
        if most { Text::from_static_str(CARRIERS[0]) } else { self.code(CARRIERS) }
    }

    /// An identity-type identifier of this shipment: mostly one that its document claims, once that is made.
    pub(crate) fn identity(&mut self, shipment: u64) -> Identifier {
        self.claimed(shipment, true).unwrap_or_else(|| self.possible_identity(shipment))
    }

    /// An identifier that the shipment's document claims, of an identity or of a group type.
    fn claimed(&mut self, shipment: u64, identity: bool) -> Option<Identifier> {
        let made = self.made_shipments.get(shipment as usize)?;
        let of_type = made.identifiers.iter().filter(|it| it.kind.names_one_shipment() == identity);
        let claimed: Vec<Identifier> = of_type.cloned().collect();
        if claimed.is_empty() || self.dice.percent(25) {
            return None;
        }
        let Identifier { kind, value } = claimed[self.dice.index(claimed.len())].clone();
        Some(Identifier { kind, value: self.respelt(value) })
    }

    /// An identity-type identifier that speaks of this shipment if the shipment or a link claims it.
    fn possible_identity(&mut self, shipment: u64) -> Identifier {
        use IdentifierType::{Asn, Bol, Booking, DeliveryNote, Hawb, Hbl, Pro, Shipment, Tracking};
        let kind = self.dice.weighted(&[
            (Bol, 28),
            (Tracking, 24),
            (Pro, 18),
            (Shipment, 15),
            (Hbl, 3),
            (Hawb, 3),
            (Booking, 3),
            (Asn, 3),
            (DeliveryNote, 3),
        ]);
        let value = match kind {
            Shipment => shipment_id(shipment),
            _ => format_text!("N-{shipment}x"),
        };
        let value = self.respelt(value);
        Identifier { kind, value }
    }

    /// A group-type identifier, mostly one that some shipment claims.
    pub(crate) fn group(&mut self) -> Identifier {
        let shipment = self.shipment_number();
        self.claimed(shipment, false).unwrap_or_else(|| self.possible_group())
    }

    /// A group-type identifier of the few there are.
    pub(crate) fn possible_group(&mut self) -> Identifier {
        use IdentifierType::{Container, Load, Mawb, Mbl, Order, Voyage};
        let kind = self.dice.weighted(&[(Container, 58), (Order, 22), (Mbl, 5), (Mawb, 5), (Load, 5), (Voyage, 5)]);
        let number = self.dice.below(self.shipments / 4 + 1);
        let value = if kind == Order { self.order_id() } else { format_text!("G-{number}u") };
        let value = self.respelt(value);
        Identifier { kind, value }
    }

    /// References of a document about this shipment: usual, group, several, other people's, unknown, none.
    pub(crate) fn references(&mut self, shipment: u64) -> Box<[Identifier]> {
        let other = self.shipment_number();
        match self.dice.below(100) {
            0..=44 => Box::new([Identifier { kind: IdentifierType::Shipment, value: shipment_id(shipment) }]),
            45..=64 => Box::new([self.identity(shipment)]),
            65..=79 => Box::new([self.group()]),
            80..=84 => Box::new([self.identity(shipment), self.group()]),
            85..=88 => Box::new([self.identity(shipment), self.identity(other)]),
            89..=92 => Box::new([self.group(), self.group()]),
            93..=95 => Box::new([self.unknown()]),
            _ => Box::default(),
        }
    }

    /// An identifier that nobody claims.
    pub(crate) fn unknown(&mut self) -> Identifier {
        let kind = self.dice.pick(&[IdentifierType::Bol, IdentifierType::Container, IdentifierType::Shipment]);
        Identifier { kind, value: Text::from_static_str("nobody's") }
    }

    /// The same identifier as another system writes it.
    fn respelt(&mut self, value: Text) -> Text {
        match self.dice.below(6) {
            0 => value.to_ascii_lowercase(),
            1 => value.replace('-', " ").into(),
            2 => format_text!("{value}·"),
            _ => value,
        }
    }
}

/// The key of the shipment with this number.
pub(crate) fn shipment_id(number: u64) -> Text {
    format_text!("S-{number}")
}

/// The key of the order with this number.
pub(crate) fn order_id(number: u64) -> Text {
    format_text!("PO-{number}")
}
