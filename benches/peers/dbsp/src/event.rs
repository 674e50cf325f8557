//! Events as the questions need them: a version and a row for each type of document.

use std::borrow::Cow;
use std::error::Error;

use dbsp::ZWeight;
use dbsp::utils::{Tup2, Tup3, Tup4, Tup5, Tup6};
use serde::Deserialize;
use serde_json::value::RawValue;

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// `revision`, `recorded_at` without its Z, `source`, `event_id`: the greatest wins.
pub type Version = Tup4<u64, String, String, String>;
/// In force?, names, expected charges (code, payee, currency, amount), plan (milestone, due), contents (order, line, quantity).
pub type Shipment = Tup6<
    Version,
    bool,
    Vec<String>,
    Vec<Tup4<String, String, String, i64>>,
    Vec<Tup2<String, String>>,
    Vec<Tup3<String, u32, i64>>,
>;
/// In force?, name, milestone, reached.
pub type Milestone = Tup5<Version, bool, String, String, String>;
/// In force?, currency, name, lines (line, partner's code, amount).
pub type Invoice = Tup5<Version, bool, String, String, Vec<Tup3<u32, String, i64>>>;
/// In force?, code.
pub type ChargeCode = Tup3<Version, bool, String>;
/// In force?, costs of order lines (order, line, currency, amount): estimates of an order, duties of a declaration.
pub type Costs = Tup3<Version, bool, Vec<Tup4<String, u32, String, i64>>>;

pub type Rows<K, V> = Vec<Tup2<K, Tup2<V, ZWeight>>>;

/// The events of a batch by type.
#[derive(Default)]
pub struct Batch {
    pub shipments: Rows<String, Shipment>,
    pub milestones: Rows<Tup2<String, String>, Milestone>,
    pub invoices: Rows<Tup2<String, String>, Invoice>,
    pub codes: Rows<Tup2<String, String>, ChargeCode>,
    pub orders: Rows<String, Costs>,
    pub declarations: Rows<String, Costs>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    source: String,
    event_id: String,
    occurred_at: Cow<'a, str>,
    recorded_at: Option<Cow<'a, str>>,
    #[serde(default)]
    revision: u64,
    #[serde(default)]
    retracted: bool,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    value: Cow<'a, str>,
}

impl Reference<'_> {
    fn name(&self) -> String {
        name(&self.kind, &self.value)
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ShipmentData<'a> {
    shipment_id: String,
    #[serde(borrow)]
    carrier: Cow<'a, str>,
    status: Cow<'a, str>,
    identifiers: Vec<Reference<'a>>,
    contents: Vec<Content<'a>>,
    plan: Vec<Planned>,
    charges: Vec<Charge<'a>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    order_id: String,
    line_no: u32,
    quantity: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Planned {
    milestone: String,
    at: String,
}

#[derive(Deserialize)]
struct Charge<'a> {
    code: String,
    amount: Cow<'a, str>,
    currency: String,
    payee: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MilestoneData<'a> {
    milestone_id: String,
    #[serde(rename = "ref", borrow)]
    reference: Option<Reference<'a>>,
    milestone: String,
    classifier: Cow<'a, str>,
    at: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct InvoiceData<'a> {
    issuer: String,
    invoice_no: String,
    currency: String,
    #[serde(borrow)]
    refs: Vec<Reference<'a>>,
    lines: Vec<InvoiceLine<'a>>,
}

#[derive(Deserialize)]
struct InvoiceLine<'a> {
    line_no: u32,
    code: String,
    amount: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CodeData {
    issuer: String,
    partner_code: String,
    code: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OrderData<'a> {
    order_id: String,
    currency: String,
    status: Cow<'a, str>,
    #[serde(borrow)]
    lines: Vec<OrderLine<'a>>,
}

#[derive(Deserialize)]
struct OrderLine<'a> {
    line_no: u32,
    #[serde(borrow)]
    estimates: Option<Estimates<'a>>,
}

type Amount<'a> = Option<Cow<'a, str>>;

#[derive(Deserialize)]
struct Estimates<'a> {
    freight: Amount<'a>,
    insurance: Amount<'a>,
    duty: Amount<'a>,
    fees: Amount<'a>,
    brokerage: Amount<'a>,
    handling: Amount<'a>,
    other: Amount<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DeclarationData<'a> {
    declaration_id: String,
    currency: String,
    kind: Cow<'a, str>,
    #[serde(borrow)]
    lines: Vec<DeclarationLine<'a>>,
}

#[derive(Deserialize)]
struct DeclarationLine<'a> {
    order_id: Option<String>,
    #[serde(default)]
    order_line_no: u32,
    duty: Amount<'a>,
    fees: Amount<'a>,
}

fn name(kind: &str, value: &str) -> String {
    let letters = value.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    kind.chars().chain([':']).chain(letters).collect()
}

/// An amount in thousandths of the currency.
fn mills(amount: &str) -> Result<i64> {
    let (whole, decimals) = amount.split_once('.').unwrap_or((amount, ""));
    let scale = [1000, 100, 10, 1].get(decimals.len()).ok_or("more than three decimals")?;
    let units: i64 = if decimals.is_empty() { whole.parse()? } else { [whole, decimals].concat().parse()? };
    Ok(units * scale)
}

fn sum<'a>(amounts: impl IntoIterator<Item = &'a Amount<'a>>) -> Result<i64> {
    amounts.into_iter().flatten().map(|amount| mills(amount)).sum()
}

impl Batch {
    /// Takes a line in.
    pub fn take_in(&mut self, line: &[u8]) -> Result<()> {
        let event: Envelope = serde_json::from_slice(line)?;
        let recorded_at = event.recorded_at.unwrap_or(event.occurred_at);
        let source = event.source.clone();
        let version = Tup4(event.revision, recorded_at.trim_end_matches('Z').to_owned(), event.source, event.event_id);
        let (live, data) = (!event.retracted, event.data.get());
        match event.kind.as_ref() {
            "shipment" => self.shipments.push(shipment(version, live, serde_json::from_str(data)?)?),
            "milestone" => self.milestones.push(milestone(version, source, live, serde_json::from_str(data)?)),
            "invoice" => self.invoices.push(invoice(version, live, serde_json::from_str(data)?)?),
            "charge_code" => {
                let code: CodeData = serde_json::from_str(data)?;
                self.codes.push(row(Tup2(code.issuer, code.partner_code), Tup3(version, live, code.code)));
            }
            "order" => self.orders.push(order(version, live, serde_json::from_str(data)?)?),
            "declaration" => self.declarations.push(declaration(version, live, serde_json::from_str(data)?)?),
            _ => {}
        }
        Ok(())
    }
}

fn row<K, V>(key: K, value: V) -> Tup2<K, Tup2<V, ZWeight>> {
    Tup2(key, Tup2(value, 1))
}

fn shipment(version: Version, live: bool, data: ShipmentData) -> Result<Tup2<String, Tup2<Shipment, ZWeight>>> {
    let own = name("shipment", &data.shipment_id);
    let names = data.identifiers.iter().map(Reference::name).chain([own]).collect();
    let charges = data.charges.into_iter().map(|charge| {
        let payee = charge.payee.unwrap_or_else(|| data.carrier.to_string());
        Ok(Tup4(charge.code, payee, charge.currency, mills(&charge.amount)?))
    });
    let contents = data.contents.into_iter();
    let contents = contents.map(|line| Ok(Tup3(line.order_id, line.line_no, line.quantity.parse()?)));
    let value = Tup6(
        version,
        live && data.status != "cancelled",
        names,
        charges.collect::<Result<_>>()?,
        data.plan.into_iter().map(|plan| Tup2(plan.milestone, plan.at)).collect(),
        contents.collect::<Result<_>>()?,
    );
    Ok(row(data.shipment_id, value))
}

fn milestone(
    version: Version,
    source: String,
    live: bool,
    data: MilestoneData,
) -> Tup2<Tup2<String, String>, Tup2<Milestone, ZWeight>> {
    let live = live && data.classifier == "actual";
    let name = data.reference.map(|reference| reference.name()).unwrap_or_default();
    row(Tup2(source, data.milestone_id), Tup5(version, live, name, data.milestone, data.at))
}

fn invoice(
    version: Version,
    live: bool,
    data: InvoiceData,
) -> Result<Tup2<Tup2<String, String>, Tup2<Invoice, ZWeight>>> {
    let name = data.refs.first().map(Reference::name).unwrap_or_default();
    let lines = data.lines.into_iter().map(|line| Ok(Tup3(line.line_no, line.code, mills(&line.amount)?)));
    let value = Tup5(version, live, data.currency, name, lines.collect::<Result<_>>()?);
    Ok(row(Tup2(data.issuer, data.invoice_no), value))
}

fn order(version: Version, live: bool, data: OrderData) -> Result<Tup2<String, Tup2<Costs, ZWeight>>> {
    let lines = data.lines.iter().filter_map(|line| Some((line.line_no, line.estimates.as_ref()?)));
    let costs = lines.map(|(line_no, given)| {
        let parts = [
            &given.freight,
            &given.insurance,
            &given.duty,
            &given.fees,
            &given.brokerage,
            &given.handling,
            &given.other,
        ];
        Ok(Tup4(data.order_id.clone(), line_no, data.currency.clone(), sum(parts)?))
    });
    let value = Tup3(version, live && data.status != "cancelled", costs.collect::<Result<_>>()?);
    Ok(row(data.order_id, value))
}

fn declaration(version: Version, live: bool, data: DeclarationData) -> Result<Tup2<String, Tup2<Costs, ZWeight>>> {
    let lines = data.lines.iter().filter_map(|line| Some((line.order_id.clone()?, line)));
    let costs = lines.map(|(order_id, line)| {
        Ok(Tup4(order_id, line.order_line_no, data.currency.clone(), sum([&line.duty, &line.fees])?))
    });
    let value = Tup3(version, live && data.kind == "import", costs.collect::<Result<_>>()?);
    Ok(row(data.declaration_id, value))
}
