//! The `shipments` stream: shipments, milestones, links between identifiers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Currency, Decimal, Identifier, Text, Timestamp};

/// Mode of transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Mode {
    Ocean,
    Air,
    Road,
    Rail,
    Parcel,
    Other,
}

impl Mode {
    /// The mode's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Ocean => "ocean",
            Mode::Air => "air",
            Mode::Road => "road",
            Mode::Rail => "rail",
            Mode::Parcel => "parcel",
            Mode::Other => "other",
        }
    }
}

/// State of a shipment document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    /// Not yet under way.
    Planned,
    /// Under way or done.
    Active,
    /// Cancelled: it claims nothing and appears in no view.
    Cancelled,
}

impl ShipmentStatus {
    /// The status's name.
    pub fn as_str(self) -> &'static str {
        match self {
            ShipmentStatus::Planned => "planned",
            ShipmentStatus::Active => "active",
            ShipmentStatus::Cancelled => "cancelled",
        }
    }
}

/// A point in a shipment's life, in the order in which they normally happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum MilestoneKind {
    Booked,
    ExportFiled,
    ExportAccepted,
    PickedUp,
    Departed,
    Arrived,
    CustomsFiled,
    CustomsAccepted,
    CustomsReleased,
    OutForDelivery,
    Delivered,
    PodReceived,
    GoodsReceived,
    LandedCostPosted,
}

impl MilestoneKind {
    /// All milestones, in the order in which they normally happen.
    pub const ALL: [MilestoneKind; 14] = [
        MilestoneKind::Booked,
        MilestoneKind::ExportFiled,
        MilestoneKind::ExportAccepted,
        MilestoneKind::PickedUp,
        MilestoneKind::Departed,
        MilestoneKind::Arrived,
        MilestoneKind::CustomsFiled,
        MilestoneKind::CustomsAccepted,
        MilestoneKind::CustomsReleased,
        MilestoneKind::OutForDelivery,
        MilestoneKind::Delivered,
        MilestoneKind::PodReceived,
        MilestoneKind::GoodsReceived,
        MilestoneKind::LandedCostPosted,
    ];

    /// The milestone's name.
    pub fn as_str(self) -> &'static str {
        match self {
            MilestoneKind::Booked => "booked",
            MilestoneKind::ExportFiled => "export_filed",
            MilestoneKind::ExportAccepted => "export_accepted",
            MilestoneKind::PickedUp => "picked_up",
            MilestoneKind::Departed => "departed",
            MilestoneKind::Arrived => "arrived",
            MilestoneKind::CustomsFiled => "customs_filed",
            MilestoneKind::CustomsAccepted => "customs_accepted",
            MilestoneKind::CustomsReleased => "customs_released",
            MilestoneKind::OutForDelivery => "out_for_delivery",
            MilestoneKind::Delivered => "delivered",
            MilestoneKind::PodReceived => "pod_received",
            MilestoneKind::GoodsReceived => "goods_received",
            MilestoneKind::LandedCostPosted => "landed_cost_posted",
        }
    }
}

/// How sure a milestone's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classifier {
    /// Promised.
    Planned,
    /// Expected now.
    Estimated,
    /// Happened.
    Actual,
}

impl Classifier {
    /// Every classifier.
    pub const ALL: [Classifier; 3] = [Classifier::Planned, Classifier::Estimated, Classifier::Actual];

    /// The classifier's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Classifier::Planned => "planned",
            Classifier::Estimated => "estimated",
            Classifier::Actual => "actual",
        }
    }
}

/// Goods of an order line in a shipment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentsLine {
    /// The order.
    pub order_id: Text,
    /// Its line.
    pub line_no: u32,
    /// Quantity in the order line's unit.
    pub quantity: Decimal,
    /// Weight in kilograms.
    pub weight_kg: Option<Decimal>,
    /// Volume in cubic metres.
    pub volume_m3: Option<Decimal>,
    /// Value in the currency of the order.
    pub value: Option<Decimal>,
}

/// When a milestone was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlannedMilestone {
    /// The milestone; at most once in a plan.
    pub milestone: MilestoneKind,
    /// Its time.
    pub at: Timestamp,
}

/// A charge that we expect to pay: quote, tender or contract rate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExpectedCharge {
    /// Canonical charge code.
    pub code: Text,
    /// Minor units of `currency`.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// Who will bill it; the shipment's carrier unless given.
    pub payee: Text,
}

/// A shipment. Key: `shipment_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shipment {
    /// The shipment's id.
    pub shipment_id: Text,
    /// The carrier's partner code.
    pub carrier: Text,
    /// Mode of transport.
    pub mode: Mode,
    /// Where it starts.
    pub origin: Option<Text>,
    /// Where it goes.
    pub destination: Option<Text>,
    /// The region that answers for it.
    pub region: Text,
    /// State of the document.
    pub status: ShipmentStatus,
    /// Identifiers it claims besides its own id.
    pub identifiers: Box<[Identifier]>,
    /// What it carries.
    pub contents: Box<[ContentsLine]>,
    /// When its milestones were promised.
    pub plan: Box<[PlannedMilestone]>,
    /// What we expect to pay.
    pub charges: Box<[ExpectedCharge]>,
}

/// A milestone of a shipment. Key: (`source`, `milestone_id`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Milestone {
    /// Unique within the source.
    pub milestone_id: Text,
    /// The identifier it speaks about (`ref` on the wire).
    pub reference: Identifier,
    /// Which milestone.
    pub milestone: MilestoneKind,
    /// Planned, estimated or actual.
    pub classifier: Classifier,
    /// Its time.
    pub at: Timestamp,
    /// Where.
    pub location: Option<Text>,
    /// Why (the carrier's reason code). Few events have one, and there are more milestone events than any others.
    pub reason: Option<Box<Text>>,
}

/// Two identifiers of one shipment; identity types only. Key: `link_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The link's id.
    pub link_id: Text,
    /// One identifier.
    pub a: Identifier,
    /// The other.
    pub b: Identifier,
}
