//! Events as they are read: of each the fields that the questions name, as a version of its document.

use std::borrow::Cow;
use std::sync::Arc;

use dbsp::ZWeight;
use dbsp::utils::Tup2;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::Result;
use crate::rows::{
    Content, Cost, Costs, Currency, Expected, Invoice, InvoiceLine, Kind, Milestone, Mills, Moment, Name, Planned,
    Shipment, Stamp, Text, Version,
};

/// Versions to give to an input of DBSP, by their documents' keys.
pub type Versions<K, D> = Vec<Tup2<K, Tup2<Version<D>, ZWeight>>>;

/// The events of one step.
#[derive(Default)]
pub struct Batch {
    pub shipments: Versions<Text, Shipment>,
    pub milestones: Versions<Tup2<Text, Text>, Milestone>,
    pub invoices: Versions<Tup2<Text, Text>, Invoice>,
    pub charge_codes: Versions<Tup2<Text, Text>, Text>,
    pub orders: Versions<Text, Costs>,
    pub declarations: Versions<Text, Costs>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Type {
    Shipment,
    Milestone,
    Invoice,
    ChargeCode,
    Order,
    Declaration,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    r#type: Type,
    source: Text,
    event_id: Text,
    #[serde(default)]
    revision: u32,
    occurred_at: Moment,
    recorded_at: Option<Moment>,
    #[serde(default)]
    retracted: bool,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Identifier<'a> {
    r#type: Kind,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

// Of a document that is withdrawn only the key is there, so all other fields have a default.

#[derive(Deserialize)]
struct ShipmentData<'a> {
    shipment_id: Text,
    #[serde(default)]
    status: &'a str,
    #[serde(default)]
    carrier: Text,
    #[serde(borrow, default)]
    identifiers: Vec<Identifier<'a>>,
    #[serde(default)]
    contents: Vec<Content>,
    #[serde(default)]
    plan: Vec<Planned>,
    #[serde(default)]
    charges: Vec<Expected>,
}

#[derive(Deserialize)]
struct MilestoneData<'a> {
    milestone_id: Text,
    #[serde(borrow)]
    r#ref: Option<Identifier<'a>>,
    #[serde(default)]
    milestone: Text,
    #[serde(default)]
    classifier: &'a str,
    #[serde(default)]
    at: Moment,
}

#[derive(Deserialize)]
struct InvoiceData<'a> {
    issuer: Text,
    invoice_no: Text,
    #[serde(default)]
    currency: Currency,
    #[serde(borrow, default)]
    refs: Vec<Identifier<'a>>,
    #[serde(default)]
    lines: Vec<InvoiceLine>,
}

#[derive(Deserialize)]
struct ChargeCodeData {
    issuer: Text,
    partner_code: Text,
    #[serde(default)]
    code: Text,
}

#[derive(Deserialize)]
struct OrderData<'a> {
    order_id: Text,
    #[serde(default)]
    status: &'a str,
    #[serde(default)]
    currency: Currency,
    #[serde(default)]
    lines: Vec<OrderLineData>,
}

#[derive(Deserialize)]
struct OrderLineData {
    line_no: u32,
    estimates: Option<Estimates>,
}

/// All but the tax.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Estimates {
    freight: Mills,
    insurance: Mills,
    duty: Mills,
    fees: Mills,
    brokerage: Mills,
    handling: Mills,
    other: Mills,
}

#[derive(Deserialize)]
struct DeclarationData<'a> {
    declaration_id: Text,
    #[serde(default)]
    kind: &'a str,
    #[serde(default)]
    currency: Currency,
    #[serde(default)]
    lines: Vec<DeclarationLine>,
}

#[derive(Deserialize)]
struct DeclarationLine {
    order_id: Option<Text>,
    #[serde(default)]
    order_line_no: u32,
    duty: Mills,
    #[serde(default)]
    fees: Mills,
}

/// A number that is written as a text.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<i64, D::Error> {
    <&str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

impl Batch {
    /// Adds the event of a line; of other types it is no part of the questions.
    pub fn add(&mut self, line: &[u8]) -> Result<()> {
        let envelope: Envelope = serde_json::from_slice(line)?;
        let data = envelope.data.get();
        let stamp = Stamp {
            revision: envelope.revision,
            recorded_at: envelope.recorded_at.unwrap_or(envelope.occurred_at),
            source: envelope.source,
            event_id: envelope.event_id,
        };
        let in_force = !envelope.retracted;
        match envelope.r#type {
            Type::Shipment => self.shipments.push(shipment(stamp, in_force, serde_json::from_str(data)?)),
            Type::Milestone => self.milestones.push(milestone(stamp, in_force, serde_json::from_str(data)?)),
            Type::Invoice => self.invoices.push(invoice(stamp, in_force, serde_json::from_str(data)?)),
            Type::ChargeCode => {
                let ChargeCodeData { issuer, partner_code, code } = serde_json::from_str(data)?;
                self.charge_codes.push(version(Tup2(issuer, partner_code), stamp, in_force.then_some(code)));
            }
            Type::Order => self.orders.push(order(stamp, in_force, serde_json::from_str(data)?)),
            Type::Declaration => self.declarations.push(declaration(stamp, in_force, serde_json::from_str(data)?)),
            Type::Other => {}
        }
        Ok(())
    }
}

fn version<K, D>(key: K, stamp: Stamp, document: Option<D>) -> Tup2<K, Tup2<Version<D>, ZWeight>> {
    Tup2(key, Tup2(Tup2(stamp, document.map(Arc::new)), 1))
}

fn name(identifier: &Identifier) -> Name {
    Name::new(identifier.r#type, &identifier.value)
}

fn shipment(stamp: Stamp, in_force: bool, data: ShipmentData) -> Tup2<Text, Tup2<Version<Shipment>, ZWeight>> {
    let document = (in_force && data.status != "cancelled").then(|| Shipment {
        carrier: data.carrier,
        names: std::iter::once(Name::of_shipment(&data.shipment_id)).chain(data.identifiers.iter().map(name)).collect(),
        contents: data.contents,
        plan: data.plan,
        charges: data.charges,
    });
    version(data.shipment_id, stamp, document)
}

type ByPair<D> = Tup2<Tup2<Text, Text>, Tup2<Version<D>, ZWeight>>;

fn milestone(stamp: Stamp, in_force: bool, data: MilestoneData) -> ByPair<Milestone> {
    let document = (in_force && data.classifier == "actual").then(|| Milestone {
        name: data.r#ref.as_ref().map(name).unwrap_or_default(),
        milestone: data.milestone,
        at: data.at,
    });
    version(Tup2(stamp.source.clone(), data.milestone_id), stamp, document)
}

fn invoice(stamp: Stamp, in_force: bool, data: InvoiceData) -> ByPair<Invoice> {
    let document = in_force.then(|| Invoice {
        name: data.refs.first().map(name).unwrap_or_default(),
        currency: data.currency,
        lines: data.lines,
    });
    version(Tup2(data.issuer, data.invoice_no), stamp, document)
}

fn order(stamp: Stamp, in_force: bool, data: OrderData) -> Tup2<Text, Tup2<Version<Costs>, ZWeight>> {
    let estimated = |line: OrderLineData| {
        let Estimates { freight, insurance, duty, fees, brokerage, handling, other } = line.estimates?;
        let parts = [freight, insurance, duty, fees, brokerage, handling, other];
        let amount = parts.iter().map(|part| part.0).sum();
        Some(Cost { order_id: data.order_id.clone(), line_no: line.line_no, amount })
    };
    let document = (in_force && data.status != "cancelled")
        .then(|| Costs { currency: data.currency, lines: data.lines.into_iter().filter_map(estimated).collect() });
    version(data.order_id, stamp, document)
}

fn declaration(stamp: Stamp, in_force: bool, data: DeclarationData) -> Tup2<Text, Tup2<Version<Costs>, ZWeight>> {
    let cost = |line: DeclarationLine| {
        let amount = line.duty.0 + line.fees.0;
        line.order_id.map(|order_id| Cost { order_id, line_no: line.order_line_no, amount })
    };
    let document = (in_force && data.kind == "import")
        .then(|| Costs { currency: data.currency, lines: data.lines.into_iter().filter_map(cost).collect() });
    version(data.declaration_id, stamp, document)
}
