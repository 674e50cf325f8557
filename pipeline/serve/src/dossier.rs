//! Everything about one shipment, gathered from the views of one tick.
//!
//! The shipment's timeline tells which documents touch it; from their keys follow the keys of its charges and
//! exceptions. So a dossier costs what the shipment has, whatever the size of the views.

use std::collections::BTreeMap;

use landfall_operators::document::Doc;
use landfall_operators::rows::{ExceptionRow, FreightChargeRow, TimelineKind, View};
use landfall_schemas::Text;
use landfall_schemas::event::Shipment;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::column;
use super::query::json::{RowJson, row_json};
use super::query::lookup::under;
use super::request::encoded;
use landfall_snapshot::identity::{How, KnownAs, Names};
use landfall_snapshot::{Rows, Snapshot, SnapshotRow};

/// Everything about one shipment.
#[derive(Serialize, ToSchema)]
pub struct Dossier {
    /// Its row of `shipment_status`.
    #[schema(value_type = Option<Object>)]
    status: Option<RowJson>,
    /// What it is known as.
    identifiers: Vec<IdentifierInfo>,
    /// Its rows of `milestones`.
    #[schema(value_type = Vec<Object>)]
    milestones: Vec<RowJson>,
    /// Its rows of `shipment_timeline`.
    #[schema(value_type = Vec<Object>)]
    timeline: Vec<RowJson>,
    /// Rows of `freight_charges` that are for it, alone or with others.
    #[schema(value_type = Vec<Object>)]
    charges: Vec<RowJson>,
    /// Its rows of `unbilled_charges`.
    #[schema(value_type = Vec<Object>)]
    unbilled: Vec<RowJson>,
    /// Its rows of `exceptions`.
    #[schema(value_type = Vec<Object>)]
    exceptions: Vec<RowJson>,
    /// Open holds of declarations that resolve to it.
    holds: Vec<Hold>,
    /// Rows of `landed_cost` of the order lines that it carries.
    #[schema(value_type = Vec<Object>)]
    landed_cost: Vec<RowJson>,
    /// Rows of `landed_cost_lines` of the order lines that it carries.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<RowJson>,
}

/// What a shipment is known as.
#[derive(Serialize, ToSchema)]
struct IdentifierInfo {
    /// Type of the identifier.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: landfall_schemas::IdentifierType,
    /// As it was written.
    value: String,
    /// `claimed` by the shipment, or `linked` to what it claims.
    how: &'static str,
    /// The document that says so, as in `/documents/{type}/{key}`.
    by: String,
}

/// An open customs hold.
#[derive(Serialize, ToSchema)]
struct Hold {
    declaration_id: String,
    /// As the authority named it; `unspecified` where it did not.
    hold_type: String,
    since: String,
    broker: String,
}

/// Rows of a view whose keys begin with these parts.
pub fn rows_under<R: SnapshotRow>(snapshot: &Snapshot, view: View, rows: &Rows<R>, parts: &[&str]) -> Vec<RowJson> {
    let columns = column::all(view);
    under(rows, parts).map(|row| row_json(row, &columns, snapshot.clock)).collect()
}

impl Dossier {
    /// Gathers it.
    pub fn gather(snapshot: &Snapshot, names: Names<'_>, shipment_id: &str) -> Dossier {
        let doc = snapshot.documents.shipment(shipment_id);
        let charges = charges(snapshot, names, shipment_id);
        let declarations = touching(snapshot, shipment_id, TimelineKind::Declaration);
        let exceptions = exceptions(snapshot, shipment_id, &declarations, &charges);
        let holds = declarations.iter().flat_map(|declaration| holds(snapshot, declaration)).collect();
        let shipment = doc.map(Doc::document);
        let identifiers = shipment.as_deref().map(|shipment| identifiers(names, shipment)).unwrap_or_default();
        let lines = shipment.as_deref().map(order_lines).unwrap_or_default();
        let key = [shipment_id];
        let written = |view: View| column::all(view);
        let status = snapshot.shipment_status.get(&(Text::from(shipment_id),));
        Dossier {
            status: status.map(|row| row_json(&**row, &written(View::ShipmentStatus), snapshot.clock)),
            identifiers,
            milestones: rows_under(snapshot, View::Milestones, &snapshot.milestones, &key),
            timeline: rows_under(snapshot, View::ShipmentTimeline, &snapshot.shipment_timeline, &key),
            charges: all_json(snapshot, View::FreightCharges, &charges),
            unbilled: rows_under(snapshot, View::UnbilledCharges, &snapshot.unbilled_charges, &key),
            exceptions: all_json(snapshot, View::Exceptions, &exceptions),
            holds,
            landed_cost: under_lines(snapshot, View::LandedCost, &snapshot.landed_cost, &lines),
            lines: under_lines(snapshot, View::LandedCostLines, &snapshot.landed_cost_lines, &lines),
        }
    }
}

fn all_json<R: SnapshotRow>(snapshot: &Snapshot, view: View, rows: &[&R]) -> Vec<RowJson> {
    let columns = column::all(view);
    rows.iter().map(|row| row_json(*row, &columns, snapshot.clock)).collect()
}

fn under_lines<R: SnapshotRow>(
    snapshot: &Snapshot,
    view: View,
    rows: &Rows<R>,
    lines: &[(Text, String)],
) -> Vec<RowJson> {
    lines.iter().flat_map(|(order, line)| rows_under(snapshot, view, rows, &[order, line])).collect()
}

/// The order lines in a shipment's contents, each once.
fn order_lines(shipment: &Shipment) -> Vec<(Text, String)> {
    let mut lines: Vec<(Text, u32)> =
        shipment.contents.iter().map(|line| (line.order_id.clone(), line.line_no)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|(order, line)| (order, line.to_string())).collect()
}

fn identifiers(names: Names<'_>, shipment: &Shipment) -> Vec<IdentifierInfo> {
    let info = |known: KnownAs| {
        let (how, by) = match &known.how {
            How::Claimed => ("claimed", format!("shipment/{}", encoded(&shipment.shipment_id))),
            How::Linked(link) => ("linked", format!("link/{}", encoded(&link.document().link_id))),
        };
        IdentifierInfo { kind: known.identifier.kind, value: known.identifier.value.to_string(), how, by }
    };
    names.known_as(shipment).into_iter().map(info).collect()
}

/// The documents of a kind in the shipment's timeline, as it writes their keys.
fn touching(snapshot: &Snapshot, shipment_id: &str, kind: TimelineKind) -> Vec<Text> {
    let parts = [shipment_id];
    let rows = under(&snapshot.shipment_timeline, &parts).filter(|row| row.kind == kind);
    rows.map(|row| row.document.clone()).collect()
}

fn charges<'a>(snapshot: &'a Snapshot, names: Names<'_>, shipment_id: &str) -> Vec<&'a FreightChargeRow> {
    let mut found: BTreeMap<(Text, Text, u32), &FreightChargeRow> = BTreeMap::new();
    for document in touching(snapshot, shipment_id, TimelineKind::Invoice) {
        let mut parts = document.split('/').map(unescaped);
        let (Some(issuer), Some(invoice_no)) = (parts.next(), parts.next()) else { continue };
        let shared = |line_no: u32| {
            snapshot.documents.invoice(&issuer, &invoice_no).is_some_and(|doc| {
                let line = doc.data.lines.iter().find(|line| line.line_no == line_no);
                line.is_some_and(|line| {
                    let refs = if line.refs.is_empty() { &doc.data.refs } else { &line.refs };
                    names.resolve(refs).contains(shipment_id)
                })
            })
        };
        for row in under(&snapshot.freight_charges, &[&issuer, &invoice_no]) {
            if row.shipment_id == shipment_id || (row.shipments > 1 && shared(row.line_no)) {
                found.insert((row.issuer.clone(), row.invoice_no.clone(), row.line_no), row);
            }
        }
    }
    found.into_values().collect()
}

fn exceptions<'a>(
    snapshot: &'a Snapshot,
    shipment_id: &str,
    declarations: &[Text],
    charges: &[&FreightChargeRow],
) -> Vec<&'a ExceptionRow> {
    let shipment = escaped(shipment_id);
    let mut ids = vec![format!("delivered_not_received:{shipment}"), format!("no_tracking:{shipment}")];
    let mut beginnings = vec![format!("unbilled_charge:{shipment}/"), format!("late_milestone:{shipment}/")];
    for declaration in declarations {
        ids.extend(["declaration_rejected", "duty_not_posted"].map(|category| format!("{category}:{declaration}")));
        let lists = ["customs_hold", "quantity_mismatch", "hs_mismatch"];
        beginnings.extend(lists.map(|category| format!("{category}:{declaration}/")));
    }
    for charge in charges {
        let (issuer, invoice_no) = (escaped(&charge.issuer), escaped(&charge.invoice_no));
        ids.push(format!("freight_charge:{issuer}/{invoice_no}/{}", charge.line_no));
    }
    let single = ids.iter().filter_map(|id| snapshot.exceptions.get(&(Text::from(id.as_str()),)).map(|row| &**row));
    let listed = beginnings.iter().flat_map(|beginning| beginning_with(snapshot, beginning));
    let mut found: Vec<&ExceptionRow> = single.chain(listed).filter(|row| row.shipment_id == shipment_id).collect();
    found.sort_unstable_by(|left, right| left.exception_id.cmp(&right.exception_id));
    found.dedup_by(|left, right| left.exception_id == right.exception_id);
    found
}

/// Exceptions whose ids begin like this.
pub fn beginning_with<'a>(snapshot: &'a Snapshot, beginning: &str) -> impl Iterator<Item = &'a ExceptionRow> + use<'a> {
    let beginning = Text::from(beginning);
    let rows = snapshot.exceptions.range((beginning.clone(),)..).map(|(_, row)| &**row);
    rows.take_while(move |row| row.exception_id.starts_with(beginning.as_str()))
}

fn holds(snapshot: &Snapshot, declaration: &str) -> Vec<Hold> {
    let hold = |row: &ExceptionRow| Hold {
        declaration_id: row.declaration_id.to_string(),
        hold_type: row.reason.to_string(),
        since: row.since.to_string(),
        broker: row.partner.to_string(),
    };
    beginning_with(snapshot, &format!("customs_hold:{declaration}/")).map(hold).collect()
}

/// A part of a key as exception ids and the timeline write it.
fn escaped(part: &str) -> String {
    part.replace('%', "%25").replace('/', "%2F")
}

fn unescaped(part: &str) -> String {
    part.replace("%2F", "/").replace("%25", "%")
}
