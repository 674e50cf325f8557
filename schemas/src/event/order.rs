//! The `orders` stream: purchase orders, receipts of goods, postings in the ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::packed::{Pack, PackedList, Packer, Unpacker};
use crate::{Currency, Date, Decimal, Text, Timestamp};

/// State of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// More deliveries may come.
    Open,
    /// Fully delivered, or no more is expected.
    Closed,
    /// Cancelled.
    Cancelled,
}

impl OrderStatus {
    /// The status's name.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Open => "open",
            OrderStatus::Closed => "closed",
            OrderStatus::Cancelled => "cancelled",
        }
    }
}

/// A delivery term: three letters of the ICC Incoterms 2020 or their predecessors. Any text is taken as it is written; a
/// term that is not known makes the seller pay nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Incoterm(pub Text);

#[allow(missing_docs)]
impl Incoterm {
    pub const EXW: Incoterm = Incoterm(Text::from_static_str("EXW"));
    pub const FCA: Incoterm = Incoterm(Text::from_static_str("FCA"));
    pub const FAS: Incoterm = Incoterm(Text::from_static_str("FAS"));
    pub const FOB: Incoterm = Incoterm(Text::from_static_str("FOB"));
    pub const CFR: Incoterm = Incoterm(Text::from_static_str("CFR"));
    pub const CIF: Incoterm = Incoterm(Text::from_static_str("CIF"));
    pub const CPT: Incoterm = Incoterm(Text::from_static_str("CPT"));
    pub const CIP: Incoterm = Incoterm(Text::from_static_str("CIP"));
    pub const DAP: Incoterm = Incoterm(Text::from_static_str("DAP"));
    pub const DPU: Incoterm = Incoterm(Text::from_static_str("DPU"));
    pub const DDP: Incoterm = Incoterm(Text::from_static_str("DDP"));
    pub const DAF: Incoterm = Incoterm(Text::from_static_str("DAF"));
    pub const DAT: Incoterm = Incoterm(Text::from_static_str("DAT"));
    pub const DEQ: Incoterm = Incoterm(Text::from_static_str("DEQ"));
    pub const DES: Incoterm = Incoterm(Text::from_static_str("DES"));
    pub const DDU: Incoterm = Incoterm(Text::from_static_str("DDU"));

    /// The term as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A component of landed cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Brokerage fees.
    Brokerage,
    /// Customs duty.
    Duty,
    /// Customs fees.
    Fees,
    /// Carriage, with its surcharges.
    Freight,
    /// Terminal handling, demurrage, detention, accessorials, documents.
    Handling,
    /// Cargo insurance.
    Insurance,
    /// Anything else.
    Other,
    /// Import tax (VAT, GST).
    Tax,
}

impl Component {
    /// All components, in the order of their names.
    pub const ALL: [Component; 8] = [
        Component::Brokerage,
        Component::Duty,
        Component::Fees,
        Component::Freight,
        Component::Handling,
        Component::Insurance,
        Component::Other,
        Component::Tax,
    ];

    /// The component's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Component::Brokerage => "brokerage",
            Component::Duty => "duty",
            Component::Fees => "fees",
            Component::Freight => "freight",
            Component::Handling => "handling",
            Component::Insurance => "insurance",
            Component::Other => "other",
            Component::Tax => "tax",
        }
    }
}

/// Estimated costs of an order line by component, in minor units of the order's currency; `None` where not given. In the order
/// of the components.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Estimates(PackedList<(Component, i64)>);

impl Estimates {
    /// Estimates from (component, minor units) pairs; each component at most once.
    pub fn new(mut given: Vec<(Component, i64)>) -> Estimates {
        given.sort_unstable();
        Estimates(given.into_iter().collect())
    }

    /// The estimate of a component, where given.
    pub fn get(&self, component: Component) -> Option<i64> {
        self.iter().find(|(given, _)| *given == component).map(|(_, minor)| minor)
    }

    /// The estimates given, in the order of their components.
    pub fn iter(&self) -> impl Iterator<Item = (Component, i64)> + '_ {
        self.0.iter()
    }
}

impl Pack for (Component, i64) {
    fn pack(&self, packer: &mut Packer) {
        packer.number(self.0 as u64);
        packer.signed(self.1);
    }

    fn unpack(unpacker: &mut Unpacker<'_>) -> Self {
        (Component::ALL[unpacker.number() as usize], unpacker.signed())
    }
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderLine {
    /// 1-999999, unique in the order.
    pub line_no: u32,
    /// The buyer's article number.
    pub sku: Text,
    /// What it is.
    pub description: Option<Text>,
    /// Harmonized System code as written.
    pub hs_code: Option<Text>,
    /// ISO 3166 country of origin.
    pub origin_country: Option<Text>,
    /// Ordered quantity, above 0, in `unit`.
    pub quantity: Decimal,
    /// Unit of every quantity of this line.
    pub unit: Text,
    /// Price of one unit in the order's currency.
    pub unit_price: Decimal,
    /// Weight of the line in kilograms.
    pub weight_kg: Option<Decimal>,
    /// Volume of the line in cubic metres.
    pub volume_m3: Option<Decimal>,
    /// Estimated costs in the order's currency.
    pub estimates: Estimates,
}

/// A purchase order. Key: `order_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The order's number.
    pub order_id: Text,
    /// The buying company.
    pub buyer: Text,
    /// The supplier's partner code.
    pub supplier: Text,
    /// Delivery term.
    pub incoterm: Incoterm,
    /// Currency of prices and estimates.
    pub currency: Currency,
    /// Order date.
    pub ordered_on: Date,
    /// The buyer's region.
    pub region: Text,
    /// State of the order.
    pub status: OrderStatus,
    /// Its lines, as written.
    pub lines: Box<[OrderLine]>,
}

impl Order {
    /// The line with this number.
    pub fn line(&self, line_no: u32) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.line_no == line_no)
    }
}

/// Goods received against an order line. Key: `receipt_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Receipt {
    /// The receipt's number.
    pub receipt_id: Text,
    /// The order.
    pub order_id: Text,
    /// The order's line.
    pub line_no: u32,
    /// The shipment the goods came with.
    pub shipment_id: Option<Text>,
    /// Quantity received.
    pub quantity: Decimal,
    /// When they were received.
    pub received_at: Timestamp,
}

/// What a posting is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// An accrual.
    Accrual,
    /// Freight.
    Freight,
    /// Duty.
    Duty,
    /// Tax.
    Tax,
    /// Landed cost.
    LandedCost,
}

impl PostingKind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            PostingKind::Accrual => "accrual",
            PostingKind::Freight => "freight",
            PostingKind::Duty => "duty",
            PostingKind::Tax => "tax",
            PostingKind::LandedCost => "landed_cost",
        }
    }
}

/// A posting in the ledger. Key: `posting_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Posting {
    /// The posting's number.
    pub posting_id: Text,
    /// What it is about.
    pub kind: PostingKind,
    /// The shipment it names.
    pub shipment_id: Option<Text>,
    /// The order it names.
    pub order_id: Option<Text>,
    /// The declaration it names.
    pub declaration_id: Option<Text>,
    /// The invoice it names.
    pub invoice_no: Option<Text>,
    /// The issuer of that invoice.
    pub issuer: Option<Text>,
    /// Minor units of `currency`.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// When it was posted.
    pub posted_at: Timestamp,
}
