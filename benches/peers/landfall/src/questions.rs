//! The dataflow: documents in force, names, accounts of shipments, order lines.

use std::cell::RefCell;
use std::rc::Rc;

use differential_dataflow::VecCollection;
use landfall_operators::Tick;
use landfall_operators::document::Doc;
use landfall_operators::inputs::{BaseCollections, Docs, base_collections};
use landfall_operators::operator::ambient::Gauges;
use landfall_operators::operator::keyed::keyed;
use landfall_operators::operator::lookup::Side;
use landfall_operators::outputs::{Closed, Keeps};
use landfall_operators::settings::Settings;
use landfall_operators::tables::ReferenceDoc;
use landfall_schemas::event::{
    Classifier, Component, DeclarationKind, Invoice, MilestoneKind, OrderStatus, Shipment, ShipmentStatus,
};
use landfall_schemas::identifier::{IdentifierKey, IdentifierType};
use landfall_schemas::{Event, RecordId, Text, Timestamp};
use serde::{Deserialize, Serialize};
use timely::dataflow::operators::vec::ToStream;
use timely::dataflow::{ProbeHandle, StreamVec};

use crate::account::{Account, AccountFact, AccountFinding, mills};
use crate::answers::{Answer, Answers};
use crate::meet::Meet;
use crate::order_line::{CostFact, OrderLine, OrderLineKey};

type Collection<'scope, D> = VecCollection<'scope, Tick, D>;

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct ChargeLine {
    invoice: Doc<Invoice>,
    at: usize,
}

/// What refers to a shipment by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Reference {
    /// A charge with its canonical code.
    Charge(ChargeLine, Text),
    /// A milestone reached.
    Reached(MilestoneKind, Timestamp),
}

/// Builds the dataflow; the answers are kept in what it returns.
pub fn build<'scope>(
    events: StreamVec<'scope, Tick, (RecordId, Event)>,
    clock: StreamVec<'scope, Tick, Timestamp>,
    probe: &ProbeHandle<Tick>,
) -> Rc<RefCell<Answers>> {
    let (gauges, closed) = (Gauges::default(), Closed::new(Keeps::default()));
    let restored = std::iter::empty().to_stream(events.scope());
    let base = base_collections(events, restored, clock, &Settings::default(), &gauges, &closed);
    let BaseCollections { orders, shipments, milestones, declarations, invoices, reference, .. } = base;
    let shipments = shipments.filter(|shipment| shipment.data.status != ShipmentStatus::Cancelled);

    let charges = coded(invoices, reference, &gauges);
    let without_reference = charges.clone().filter(|(line, _)| line.invoice.data.refs.is_empty());
    let references = charges
        .flat_map(|(line, code)| {
            let name = line.invoice.data.refs.first().map(|first| first.key());
            name.map(|name| (name, Side::Left(Reference::Charge(line, code))))
        })
        .concat(milestones.flat_map(|milestone| {
            let milestone = milestone.parts();
            let reached = Reference::Reached(milestone.milestone, milestone.at);
            let is_actual = milestone.classifier == Classifier::Actual;
            is_actual.then(|| (milestone.reference().key(), Side::Left(reached)))
        }));
    let claims = shipments.clone().flat_map(claims);
    let named = keyed::<Meet<_, _, Text>>(references.concat(claims), gauges.gauge("Names"), "Names", ());
    let unmatched = named
        .clone()
        .flat_map(|(reference, shipment)| match (reference, shipment) {
            (Reference::Charge(line, code), None) => Some(unmatched(&line, code)),
            _ => None,
        })
        .concat(without_reference.map(|(line, code)| unmatched(&line, code)));
    let facts = named
        .flat_map(|(reference, shipment)| shipment.map(|id| (id, account_fact(reference))))
        .concat(shipments.map(|shipment| (shipment.data.shipment_id.clone(), AccountFact::Document(shipment))));
    let accounts = keyed::<Account>(facts, gauges.gauge("Accounts"), "Accounts", ());
    let shares = accounts.clone().flat_map(|finding| match finding {
        AccountFinding::Share(line, amount) => Some((line, CostFact::Actual(amount))),
        AccountFinding::Answer(_) => None,
    });
    let costs = shares.concat(estimates(orders)).concat(duties(declarations));
    let variances = keyed::<OrderLine>(costs, gauges.gauge("OrderLines"), "OrderLines", ());
    let account_answers = accounts.flat_map(|finding| match finding {
        AccountFinding::Answer(answer) => Some(answer),
        AccountFinding::Share(..) => None,
    });

    let answers = Rc::new(RefCell::new(Answers::new()));
    let kept = Rc::clone(&answers);
    unmatched
        .concat(account_answers)
        .concat(variances)
        .inspect(move |(answer, _, diff)| {
            let mut kept = kept.borrow_mut();
            let count = kept.entry(answer.clone()).or_default();
            *count += diff;
            if *count == 0 {
                kept.remove(answer);
            }
        })
        .probe_with(probe);
    answers
}

/// Every charge line with its canonical code.
fn coded<'scope>(
    invoices: Docs<'scope, Invoice>,
    reference: Collection<'scope, ReferenceDoc>,
    gauges: &Gauges,
) -> Collection<'scope, (ChargeLine, Text)> {
    let lines = invoices.flat_map(|invoice| {
        (0..invoice.data.lines.len()).map(move |at| {
            let key = (invoice.data.issuer.clone(), invoice.data.lines[at].code.clone());
            (key, Side::Left(ChargeLine { invoice: invoice.clone(), at }))
        })
    });
    let codes = reference.flat_map(|document| match document {
        ReferenceDoc::ChargeCode(code) => {
            Some(((code.data.issuer.clone(), code.data.partner_code.clone()), Side::Right(code.data.code.clone())))
        }
        _ => None,
    });
    keyed::<Meet<(Text, Text), ChargeLine, Text>>(lines.concat(codes), gauges.gauge("Codes"), "Codes", ()).map(
        |(line, code)| {
            let code = code.unwrap_or_else(|| line.invoice.data.lines[line.at].code.clone());
            (line, code)
        },
    )
}

/// The names that mean a shipment: its own id and its identifiers.
fn claims(shipment: Doc<Shipment>) -> impl Iterator<Item = (IdentifierKey, Side<Reference, Text>)> {
    let own = IdentifierKey::new(IdentifierType::Shipment, &shipment.data.shipment_id);
    let listed = shipment.identifiers().filter_map(|(kind, value)| IdentifierKey::new(kind, value.as_str()));
    let names: Vec<IdentifierKey> = own.into_iter().chain(listed).collect();
    names.into_iter().map(move |name| (name, Side::Right(shipment.data.shipment_id.clone())))
}

fn unmatched(line: &ChargeLine, code: Text) -> Answer {
    let invoice = &line.invoice.data;
    Answer::Unmatched {
        issuer: invoice.issuer.clone(),
        invoice_no: invoice.invoice_no.clone(),
        line_no: invoice.lines[line.at].line_no,
        code,
        amount: mills(invoice.lines[line.at].amount, invoice.currency),
    }
}

fn account_fact(reference: Reference) -> AccountFact {
    match reference {
        Reference::Charge(line, code) => {
            let invoice = &line.invoice.data;
            let amount = mills(invoice.lines[line.at].amount, invoice.currency);
            AccountFact::Charge(code, invoice.issuer.clone(), invoice.currency, amount)
        }
        Reference::Reached(milestone, at) => AccountFact::Reached(milestone, at),
    }
}

/// What orders estimate, without tax.
fn estimates<'scope>(
    orders: Docs<'scope, landfall_schemas::event::Order>,
) -> Collection<'scope, (OrderLineKey, CostFact)> {
    orders.filter(|order| order.data.status != OrderStatus::Cancelled).flat_map(|order| {
        let currency = order.data.currency;
        let estimated = order.data.lines.iter().filter(|line| line.estimates.iter().next().is_some());
        let rows: Vec<(OrderLineKey, CostFact)> = estimated
            .map(|line| {
                let parts = line.estimates.iter().filter(|(component, _)| *component != Component::Tax);
                let estimate = parts.map(|(_, minor)| mills(minor, currency)).sum();
                ((order.data.order_id.clone(), line.line_no, currency), CostFact::Estimate(estimate))
            })
            .collect();
        rows
    })
}

/// Duty and fees that import declarations name order lines for.
fn duties<'scope>(
    declarations: Docs<'scope, landfall_schemas::event::Declaration>,
) -> Collection<'scope, (OrderLineKey, CostFact)> {
    declarations.filter(|declaration| declaration.data.kind == DeclarationKind::Import).flat_map(|declaration| {
        let currency = declaration.data.currency;
        let rows: Vec<(OrderLineKey, CostFact)> = declaration
            .data
            .lines
            .iter()
            .filter_map(|line| {
                let (order_id, line_no) = line.order_line()?;
                let amount = mills(line.duty + line.fees.unwrap_or(0), currency);
                Some(((order_id.clone(), line_no, currency), CostFact::Actual(amount)))
            })
            .collect();
        rows
    })
}
