//! Orders as they are kept: the goods' own descriptions, which no rule reads, are bytes.

use std::borrow::Cow;

use landfall_schemas::event::{Estimates, Incoterm, Order, OrderLine, OrderStatus};
use landfall_schemas::packed::{Pack, Packer, Unpacker};
use landfall_schemas::{Currency, Date, Decimal, DocumentKey, Text};

use super::kept::Kept;

/// What is kept of an order as fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderFields {
    /// The order's number.
    pub order_id: Text,
    /// The supplier's partner code.
    pub supplier: Text,
    /// Who pays for what.
    pub incoterm: Incoterm,
    /// Currency of its prices and estimates.
    pub currency: Currency,
    /// Day of the order.
    pub ordered_on: Date,
    /// The region that answers for it.
    pub region: Text,
    /// Its status.
    pub status: OrderStatus,
    /// Its lines.
    pub lines: Box<[OrderLineFields]>,
}

impl OrderFields {
    /// The line with a number.
    pub fn line(&self, line_no: u32) -> Option<&OrderLineFields> {
        self.lines.iter().find(|line| line.line_no == line_no)
    }
}

/// What is kept of a line of an order as fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderLineFields {
    /// Its number in the order.
    pub line_no: u32,
    /// Harmonized System code.
    pub hs_code: Option<Text>,
    /// Quantity ordered.
    pub quantity: Decimal,
    /// Price of one unit.
    pub unit_price: Decimal,
    /// Estimated costs by component.
    pub estimates: Estimates,
}

impl Kept for Order {
    type Fields = OrderFields;

    fn part(self, packer: &mut Packer) -> OrderFields {
        let Order { order_id, buyer, supplier, incoterm, currency, ordered_on, region, status, lines } = self;
        packer.text(&buyer);
        let lines = lines.into_iter().map(|line| part_of_line(line, packer)).collect();
        OrderFields { order_id, supplier, incoterm, currency, ordered_on, region, status, lines }
    }

    fn whole<'a>(fields: &'a OrderFields, mut packed: Unpacker<'_>) -> Cow<'a, Order> {
        let OrderFields { order_id, supplier, incoterm, currency, ordered_on, region, status, lines } = fields.clone();
        Cow::Owned(Order {
            order_id,
            buyer: packed.text().into(),
            supplier,
            incoterm,
            currency,
            ordered_on,
            region,
            status,
            lines: lines.into_iter().map(|line| whole_line(line, &mut packed)).collect(),
        })
    }

    fn key(fields: &OrderFields, _packed: Unpacker<'_>, _source: impl FnOnce() -> Text) -> DocumentKey {
        DocumentKey::Order(fields.order_id.clone())
    }
}

fn part_of_line(line: OrderLine, packer: &mut Packer) -> OrderLineFields {
    let OrderLine {
        line_no,
        sku,
        description,
        hs_code,
        origin_country,
        quantity,
        unit,
        unit_price,
        weight_kg,
        volume_m3,
        estimates,
    } = line;
    packer.text(&sku);
    packer.optional_text(description.as_deref());
    packer.optional_text(origin_country.as_deref());
    packer.text(&unit);
    weight_kg.pack(packer);
    volume_m3.pack(packer);
    OrderLineFields { line_no, hs_code, quantity, unit_price, estimates }
}

fn whole_line(fields: OrderLineFields, packed: &mut Unpacker<'_>) -> OrderLine {
    let OrderLineFields { line_no, hs_code, quantity, unit_price, estimates } = fields;
    OrderLine {
        line_no,
        sku: packed.text().into(),
        description: packed.optional_text().map(Text::from),
        hs_code,
        origin_country: packed.optional_text().map(Text::from),
        quantity,
        unit: packed.text().into(),
        unit_price,
        weight_kg: Option::unpack(packed),
        volume_m3: Option::unpack(packed),
        estimates,
    }
}
