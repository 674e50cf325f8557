//! The `reference` stream: rates, charge codes, tolerances, service levels, partners.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Component, MilestoneKind, Mode};
use crate::{Currency, Date, Decimal, Text};

/// An exchange rate: 1 `base` = `rate` `quote` from `date` on. Key: (`date`, `base`, `quote`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FxRate {
    /// The day of the rate.
    pub date: Date,
    /// The currency of which there is one.
    pub base: Currency,
    /// The currency of which there are `rate`.
    pub quote: Currency,
    /// Above 0.
    pub rate: Decimal,
}

/// By what a charge is split over the goods of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Basis {
    Weight,
    Volume,
    Value,
    Quantity,
    Equal,
}

/// Maps a partner's charge code to a canonical one. Key: (`issuer`, `partner_code`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChargeCode {
    /// The partner, or `*` for any.
    pub issuer: Text,
    /// The partner's code.
    pub partner_code: Text,
    /// The canonical code.
    pub code: Text,
    /// Replaces the built-in component of `code`.
    pub component: Option<Component>,
    /// Replaces the built-in basis of `code`.
    pub basis: Option<Basis>,
}

/// How far a charge may be from what was expected. Key: (`issuer`, `code`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tolerance {
    /// The partner, or `*` for any.
    pub issuer: Text,
    /// The canonical code, or `*` for any.
    pub code: Text,
    /// Fraction of the expected amount that may be over.
    pub over_pct: Option<Decimal>,
    /// Fraction of the expected amount that may be under.
    pub under_pct: Option<Decimal>,
    /// Amount that may be over, in major units.
    pub over_abs: Option<Decimal>,
    /// Amount that may be under, in major units.
    pub under_abs: Option<Decimal>,
    /// Currency of the two amounts; without it they are in the currency of what they are held against.
    pub currency: Option<Currency>,
    /// Whether a charge waits until its shipments are delivered.
    pub require_delivered: bool,
}

/// When a milestone is due, for shipments that match. Key: `name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sla {
    /// The rule's name.
    pub name: Text,
    /// The milestone that is due.
    pub milestone: MilestoneKind,
    /// Only shipments of this carrier.
    pub carrier: Option<Text>,
    /// Only shipments of this mode.
    pub mode: Option<Mode>,
    /// Only shipments of this region.
    pub region: Option<Text>,
    /// The milestone from whose actual time it is counted.
    pub after: Option<MilestoneKind>,
    /// Hours after that.
    pub within_hours: Option<Decimal>,
    /// Hours that it may be later without being late.
    pub grace_hours: Option<Decimal>,
}

/// What a partner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum PartnerKind {
    Carrier,
    Broker,
    Supplier,
}

impl PartnerKind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            PartnerKind::Carrier => "carrier",
            PartnerKind::Broker => "broker",
            PartnerKind::Supplier => "supplier",
        }
    }
}

/// A partner. Key: `code`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partner {
    /// Partner code.
    pub code: Text,
    /// What it is.
    pub kind: PartnerKind,
    /// Its name.
    pub name: Text,
    /// The region that answers for it.
    pub region: Text,
    /// Who answers for it.
    pub owner: Text,
    /// Hours after which its silence is an exception.
    pub max_silence_hours: Option<Decimal>,
}
