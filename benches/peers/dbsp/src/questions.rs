//! The circuit of the three questions.

use dbsp::operator::{Max, Min};
use dbsp::typed_batch::SpineSnapshot;
use dbsp::utils::{Tup2, Tup3, Tup4, Tup5};
use dbsp::{DBData, IndexedZSetHandle, OrdIndexedZSet, OrdZSet, OutputHandle, RootCircuit, Stream};

use crate::event::{Batch, ChargeCode, Costs, Invoice, Milestone, Shipment};

type Indexed<K, V> = Stream<RootCircuit, OrdIndexedZSet<K, V>>;
type Rows<T> = Stream<RootCircuit, OrdZSet<T>>;

/// A line: issuer, invoice, line, code, currency, amount.
type ChargeLine = Tup5<Tup2<String, String>, u32, String, String, i64>;
/// Shipment, code, issuer, currency.
type ChargeKey = Tup4<String, String, String, String>;
/// Order, line, currency.
type CostKey = Tup3<String, u32, String>;

/// A row of an answer as a line of CSV, after the number of the answer.
pub type Answer = Tup2<u8, String>;

/// The inputs of the circuit.
#[derive(Clone)]
pub struct Inputs {
    shipments: IndexedZSetHandle<String, Shipment>,
    milestones: IndexedZSetHandle<Tup2<String, String>, Milestone>,
    invoices: IndexedZSetHandle<Tup2<String, String>, Invoice>,
    codes: IndexedZSetHandle<Tup2<String, String>, ChargeCode>,
    orders: IndexedZSetHandle<String, Costs>,
    declarations: IndexedZSetHandle<String, Costs>,
}

impl Inputs {
    /// Gives a batch to the circuit.
    pub fn append(&self, mut batch: Batch) {
        self.shipments.append(&mut batch.shipments);
        self.milestones.append(&mut batch.milestones);
        self.invoices.append(&mut batch.invoices);
        self.codes.append(&mut batch.codes);
        self.orders.append(&mut batch.orders);
        self.declarations.append(&mut batch.declarations);
    }
}

/// The newest version of every document.
fn newest<K: DBData, V: DBData>(circuit: &RootCircuit) -> (Indexed<K, V>, IndexedZSetHandle<K, V>)
where
    <K as dbsp::trace::Deserializable>::ArchivedDeser: Ord,
{
    let (versions, handle) = circuit.add_input_indexed_zset::<K, V>();
    (versions.aggregate(Max), handle)
}

/// Whether an amount is more than 5 % off what was expected.
fn off(amount: i64, expected: i64) -> bool {
    (amount - expected).abs() * 20 > expected
}

/// Builds the circuit.
pub fn build(circuit: &mut RootCircuit) -> (Inputs, OutputHandle<SpineSnapshot<OrdZSet<Answer>>>) {
    let (shipments, shipment_input) = newest::<String, Shipment>(circuit);
    let (milestones, milestone_input) = newest::<Tup2<String, String>, Milestone>(circuit);
    let (invoices, invoice_input) = newest::<Tup2<String, String>, Invoice>(circuit);
    let (codes, code_input) = newest::<Tup2<String, String>, ChargeCode>(circuit);
    let (orders, order_input) = newest::<String, Costs>(circuit);
    let (declarations, declaration_input) = newest::<String, Costs>(circuit);
    let shipments = shipments.filter(|(_, shipment)| shipment.1);

    let names = shipments
        .flat_map_index(|(id, shipment)| {
            let id = id.clone();
            shipment.2.clone().into_iter().map(move |name| (name, id.clone()))
        })
        .aggregate(Min);
    let charges = coded(&invoices, &codes);
    let unmatched = charges.antijoin(&names).map(|(_, Tup5(Tup2(issuer, invoice_no), line_no, code, _, amount))| {
        Tup2(0, format!("{issuer},{invoice_no},{line_no},{code},{amount}"))
    });
    let matched = charges.join_index(&names, |_, Tup5(Tup2(issuer, _), _, code, currency, amount), id| {
        Some((Tup4(id.clone(), code.clone(), issuer.clone(), currency.clone()), *amount))
    });
    let answers = unmatched
        .plus(&off_charges(&shipments, &matched))
        .plus(&late_milestones(&shipments, &milestones, &names))
        .plus(&landed_cost_variance(&shipments, &matched, &orders, &declarations));
    let inputs = Inputs {
        shipments: shipment_input,
        milestones: milestone_input,
        invoices: invoice_input,
        codes: code_input,
        orders: order_input,
        declarations: declaration_input,
    };
    (inputs, answers.accumulate_output())
}

/// Every charge line with its canonical code, by the name it refers to.
fn coded(
    invoices: &Indexed<Tup2<String, String>, Invoice>,
    codes: &Indexed<Tup2<String, String>, ChargeCode>,
) -> Indexed<String, ChargeLine> {
    let codes = codes.filter(|(_, code)| code.1).map_index(|(key, code)| (key.clone(), code.2.clone()));
    let lines = invoices.filter(|(_, invoice)| invoice.1).flat_map_index(|(key, invoice)| {
        let (key, Tup5(_, _, currency, name, lines)) = (key.clone(), invoice.clone());
        lines.into_iter().map(move |Tup3(line_no, code, amount)| {
            let line = Tup5(key.clone(), line_no, code.clone(), currency.clone(), amount);
            (Tup2(key.0.clone(), code), Tup2(name.clone(), line))
        })
    });
    let without = lines.antijoin(&codes).map_index(|(_, Tup2(name, line))| (name.clone(), line.clone()));
    lines
        .join_index(&codes, |_, Tup2(name, line), code| {
            let Tup5(key, line_no, _, currency, amount) = line.clone();
            Some((name.clone(), Tup5(key, line_no, code.clone(), currency, amount)))
        })
        .plus(&without)
}

fn off_charges(shipments: &Indexed<String, Shipment>, matched: &Indexed<ChargeKey, i64>) -> Rows<Answer> {
    let expected = shipments.flat_map_index(|(id, shipment)| {
        let id = id.clone();
        shipment
            .3
            .clone()
            .into_iter()
            .map(move |Tup4(code, payee, currency, amount)| (Tup4(id.clone(), code, payee, currency), amount))
    });
    // Sums with how many parts they have: a sum of zero is a sum.
    let billed = matched.aggregate_linear(|amount| Tup2(*amount, 1_i64));
    let row = |key: &ChargeKey, billed: i64, expected: i64| {
        let Tup4(id, code, issuer, currency) = key;
        off(billed, expected).then(|| Tup2(1, format!("{id},{code},{issuer},{currency},{billed},{expected}")))
    };
    let unexpected = billed.antijoin(&expected).flat_map(move |(key, billed)| row(key, billed.0, 0));
    billed.join_flatmap(&expected, move |key, billed, expected| row(key, billed.0, *expected)).plus(&unexpected)
}

fn late_milestones(
    shipments: &Indexed<String, Shipment>,
    milestones: &Indexed<Tup2<String, String>, Milestone>,
    names: &Indexed<String, String>,
) -> Rows<Answer> {
    let plan = shipments.flat_map_index(|(id, shipment)| {
        let id = id.clone();
        shipment.4.clone().into_iter().map(move |Tup2(milestone, due)| (Tup2(id.clone(), milestone), due))
    });
    let actual = milestones
        .filter(|(_, milestone)| milestone.1)
        .map_index(|(_, milestone)| (milestone.2.clone(), Tup2(milestone.3.clone(), milestone.4.clone())));
    let reached = actual
        .join_index(names, |_, Tup2(milestone, at), id| Some((Tup2(id.clone(), milestone.clone()), at.clone())))
        .aggregate(Min);
    reached.join_flatmap(&plan, |Tup2(id, milestone), reached, due| {
        (reached > due).then(|| Tup2(2, format!("{id},{milestone},{due},{reached}")))
    })
}

fn landed_cost_variance(
    shipments: &Indexed<String, Shipment>,
    matched: &Indexed<ChargeKey, i64>,
    orders: &Indexed<String, Costs>,
    declarations: &Indexed<String, Costs>,
) -> Rows<Answer> {
    let named = |costs: &Indexed<String, Costs>| {
        costs.filter(|(_, costs)| costs.1).flat_map_index(|(_, costs)| {
            let costs = costs.2.clone().into_iter();
            costs.map(|Tup4(order_id, line_no, currency, amount)| (Tup3(order_id, line_no, currency), amount))
        })
    };
    let contents = shipments.map_index(|(id, shipment)| (id.clone(), shipment.5.clone()));
    let costs = matched
        .map_index(|(Tup4(id, _, _, currency), amount)| (Tup2(id.clone(), currency.clone()), *amount))
        .aggregate_linear(|amount| Tup2(*amount, 1_i64))
        .map_index(|(Tup2(id, currency), cost)| (id.clone(), Tup2(currency.clone(), cost.0)));
    let shares = contents.join_index(&costs, |_, contents, Tup2(currency, cost)| {
        let total: i64 = contents.iter().map(|line| line.2).sum();
        let (contents, currency, cost) = (contents.clone(), currency.clone(), *cost);
        contents.into_iter().map(move |Tup3(order_id, line_no, quantity)| {
            (Tup3(order_id, line_no, currency.clone()), cost * quantity / total)
        })
    });
    let actual: Indexed<CostKey, Tup2<i64, i64>> =
        shares.plus(&named(declarations)).aggregate_linear(|amount| Tup2(*amount, 1_i64));
    named(orders).join_flatmap(&actual, |Tup3(order_id, line_no, currency), estimate, actual| {
        let (estimate, actual) = (*estimate, actual.0);
        off(actual, estimate)
            .then(|| Tup2(3, format!("{order_id},{line_no},{currency},{estimate},{actual},{}", actual - estimate)))
    })
}
