//! The `customs` stream: declarations and their statuses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Currency, Date, Decimal, Identifier, Text, Timestamp};

/// Direction of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DeclarationKind {
    Import,
    Export,
}

/// How final the amounts of a declaration are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The broker's estimate.
    Estimated,
    /// Assessed by the authority.
    Assessed,
}

impl Stage {
    /// The stage's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Estimated => "estimated",
            Stage::Assessed => "assessed",
        }
    }
}

/// One line of a declaration. Amounts are minor units of the declaration's currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeclarationLine {
    /// 1-999999, unique in the declaration.
    pub line_no: u32,
    /// The order whose line is declared.
    pub order_id: Option<Text>,
    /// The order's line; a line names an order line when both are given.
    pub order_line_no: Option<u32>,
    /// Harmonized System code as written.
    pub hs_code: Text,
    /// ISO 3166 country of origin.
    pub origin_country: Text,
    /// Declared quantity, in the unit of the order line.
    pub quantity: Option<Decimal>,
    /// Value for customs.
    pub customs_value: i64,
    /// Customs duty.
    pub duty: i64,
    /// Import tax.
    pub tax: i64,
    /// Customs fees.
    pub fees: Option<i64>,
}

impl DeclarationLine {
    /// The order line it names, if it names one.
    pub fn order_line(&self) -> Option<(&Text, u32)> {
        Some((self.order_id.as_ref()?, self.order_line_no?))
    }
}

/// A customs declaration: a state, a newer revision replaces it. Key: `declaration_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Declaration {
    /// Entry number or movement reference number.
    pub declaration_id: Text,
    /// The broker's partner code.
    pub broker: Text,
    /// The authority's country.
    pub jurisdiction: Text,
    /// Import or export.
    pub kind: DeclarationKind,
    /// Estimated or assessed.
    pub stage: Stage,
    /// Date of the declaration.
    pub declared_on: Date,
    /// Identifiers of what it covers.
    pub refs: Box<[Identifier]>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Its lines, as written.
    pub lines: Box<[DeclarationLine]>,
}

/// What a customs status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CustomsStatusKind {
    Filed,
    Accepted,
    Rejected,
    Hold,
    HoldRemoved,
    Released,
    ReleaseCancelled,
    Cleared,
    Cancelled,
}

impl CustomsStatusKind {
    /// The status's name.
    pub fn as_str(self) -> &'static str {
        match self {
            CustomsStatusKind::Filed => "filed",
            CustomsStatusKind::Accepted => "accepted",
            CustomsStatusKind::Rejected => "rejected",
            CustomsStatusKind::Hold => "hold",
            CustomsStatusKind::HoldRemoved => "hold_removed",
            CustomsStatusKind::Released => "released",
            CustomsStatusKind::ReleaseCancelled => "release_cancelled",
            CustomsStatusKind::Cleared => "cleared",
            CustomsStatusKind::Cancelled => "cancelled",
        }
    }
}

/// A status of a declaration. Key: (`source`, `status_id`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CustomsStatus {
    /// Unique within the source.
    pub status_id: Text,
    /// The declaration.
    pub declaration_id: Text,
    /// What happened.
    pub status: CustomsStatusKind,
    /// Which hold; holds of a declaration are a set by this.
    pub hold_type: Option<Text>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<Text>,
}
