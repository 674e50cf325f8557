//! The circuit: documents in force, names, charges, and from them the answers.

use std::sync::Arc;

use dbsp::circuit::CircuitConfig;
use dbsp::operator::{Fold, Min, MinSemigroup};
use dbsp::typed_batch::SpineSnapshot;
use dbsp::utils::Tup2;
use dbsp::{
    DBData, DBSPHandle, IndexedZSetHandle, OrdIndexedZSet, OrdZSet, OutputHandle, RootCircuit, Runtime, Stream,
};

use crate::Result;
use crate::events::Batch;
use crate::rows::{
    Account, Charge, Content, Cost, Costs, Currency, Due, Expected, Invoice, InvoiceLine, Late, Line, Milestone,
    Moment, Name, Off, OrderLine, Planned, Shipment, Text, Unmatched, Variance, Version,
};

/// Rows by key.
type By<K, V> = Stream<RootCircuit, OrdIndexedZSet<K, V>>;
/// Changes of an answer.
type Output<R> = OutputHandle<SpineSnapshot<OrdZSet<R>>>;
type Input<K, D> = IndexedZSetHandle<K, Version<D>>;

/// Where events go in.
pub struct Inputs {
    shipments: Input<Text, Shipment>,
    milestones: Input<Tup2<Text, Text>, Milestone>,
    invoices: Input<Tup2<Text, Text>, Invoice>,
    charge_codes: Input<Tup2<Text, Text>, Text>,
    orders: Input<Text, Costs>,
    declarations: Input<Text, Costs>,
}

/// Where changes of the answers come out.
pub struct Outputs {
    pub unmatched_charges: Output<Unmatched>,
    pub off_charges: Output<Off>,
    pub late_milestones: Output<Late>,
    pub landed_cost_variance: Output<Variance>,
}

impl Inputs {
    /// Gives DBSP the events of a step.
    pub fn append(&self, mut batch: Batch) {
        self.shipments.append(&mut batch.shipments);
        self.milestones.append(&mut batch.milestones);
        self.invoices.append(&mut batch.invoices);
        self.charge_codes.append(&mut batch.charge_codes);
        self.orders.append(&mut batch.orders);
        self.declarations.append(&mut batch.declarations);
    }
}

/// Starts the circuit on threads of its own.
pub fn start(workers: usize) -> Result<(DBSPHandle, (Inputs, Outputs))> {
    Ok(Runtime::init_circuit(CircuitConfig::with_workers(workers), |circuit| Ok(build(circuit)))?)
}

fn build(circuit: &mut RootCircuit) -> (Inputs, Outputs) {
    let (shipments, to_shipments) = circuit.add_input_indexed_zset();
    let (milestones, to_milestones) = circuit.add_input_indexed_zset();
    let (invoices, to_invoices) = circuit.add_input_indexed_zset();
    let (charge_codes, to_charge_codes) = circuit.add_input_indexed_zset();
    let (orders, to_orders) = circuit.add_input_indexed_zset();
    let (declarations, to_declarations) = circuit.add_input_indexed_zset();
    let inputs = Inputs {
        shipments: to_shipments,
        milestones: to_milestones,
        invoices: to_invoices,
        charge_codes: to_charge_codes,
        orders: to_orders,
        declarations: to_declarations,
    };

    let shipments = newest(&shipments);
    let names = names(&shipments);
    let charges = charges(&newest(&invoices), &newest(&charge_codes), &names);
    let billed = billed(&charges);
    let outputs = Outputs {
        unmatched_charges: unmatched_charges(&charges).accumulate_output(),
        off_charges: off_charges(&shipments, &billed).accumulate_output(),
        late_milestones: late_milestones(&shipments, &newest(&milestones), &names).accumulate_output(),
        landed_cost_variance: landed_cost_variance(&shipments, &billed, &newest(&orders), &newest(&declarations))
            .accumulate_output(),
    };
    (inputs, outputs)
}

/// The newest version of each document. Events are never taken back, so the greatest one so far is all that has to be
/// kept of them.
fn newest<K: DBData, V: DBData>(versions: &By<K, V>) -> By<K, V> {
    versions.chain_aggregate(
        |version, _weight| version.clone(),
        |newest, version, _weight| if *version > newest { version.clone() } else { newest },
    )
}

/// Each name with the smallest shipment that claims it; optional as a left join wants it.
fn names(shipments: &By<Text, Version<Shipment>>) -> By<Name, Option<Text>> {
    let claims = shipments.flat_map_index(|(id, Tup2(_, shipment))| {
        let names = shipment.iter().flat_map(|shipment| &shipment.names);
        names.map(|name| (name.clone(), id.clone())).collect::<Vec<_>>()
    });
    claims.aggregate(Fold::<Text, Option<Text>, MinSemigroup<Option<Text>>, _, _>::new(
        None,
        |least: &mut Option<Text>, id: &Text, _weight| {
            // Rows of a key come in order: the first is the least.
            least.get_or_insert_with(|| id.clone());
        },
    ))
}

/// Each invoice line with its canonical code, by the shipment that its name means.
fn charges(
    invoices: &By<Tup2<Text, Text>, Version<Invoice>>,
    charge_codes: &By<Tup2<Text, Text>, Version<Text>>,
    names: &By<Name, Option<Text>>,
) -> By<Option<Text>, Charge> {
    let lines = invoices.flat_map_index(|(Tup2(issuer, invoice_no), Tup2(_, invoice))| {
        let lines = invoice.iter().flat_map(|invoice| invoice.lines.iter().map(move |line| (invoice, line)));
        let row = |(invoice, line): (&Arc<Invoice>, &InvoiceLine)| {
            let key = Tup2(issuer.clone(), line.code.clone());
            let line = Line {
                name: invoice.name.clone(),
                invoice_no: invoice_no.clone(),
                line_no: line.line_no,
                currency: invoice.currency,
                amount: line.amount.0,
            };
            (key, line)
        };
        lines.map(row).collect::<Vec<_>>()
    });
    let codes = charge_codes.flat_map_index(|(partner_code, Tup2(_, code))| {
        code.as_deref().map(|code| (partner_code.clone(), Some(code.clone())))
    });
    let coded = lines.left_join_index(&codes, |Tup2(issuer, partner_code), line, code| {
        let charge = Charge {
            issuer: issuer.clone(),
            invoice_no: line.invoice_no.clone(),
            line_no: line.line_no,
            code: code.as_ref().unwrap_or(partner_code).clone(),
            currency: line.currency,
            amount: line.amount,
        };
        Some((line.name.clone(), charge))
    });
    coded.left_join_index(names, |_name, charge, shipment_id| Some((shipment_id.clone(), charge.clone())))
}

/// What is billed for each shipment.
fn billed(charges: &By<Option<Text>, Charge>) -> By<Account, i64> {
    let matched = charges.flat_map_index(|(shipment_id, charge)| {
        let account = |shipment_id: &Text| Account {
            shipment_id: shipment_id.clone(),
            code: charge.code.clone(),
            issuer: charge.issuer.clone(),
            currency: charge.currency,
        };
        shipment_id.as_ref().map(|shipment_id| (account(shipment_id), charge.amount))
    });
    sum(&matched)
}

/// Sums by key. They are counted too: a linear aggregate forgets keys whose weight is zero, but a sum may be zero.
fn sum<K: DBData>(amounts: &By<K, i64>) -> By<K, i64> {
    amounts.aggregate_linear_postprocess(|amount| Tup2(*amount, 1_i64), |Tup2(sum, _count)| sum)
}

/// More than 5 % off.
fn is_off(amount: i64, expected: i64) -> bool {
    (amount - expected).abs() * 20 > expected
}

fn unmatched_charges(charges: &By<Option<Text>, Charge>) -> Stream<RootCircuit, OrdZSet<Unmatched>> {
    charges.flat_map(|(shipment_id, charge)| {
        shipment_id.is_none().then(|| Unmatched {
            issuer: charge.issuer.clone(),
            invoice_no: charge.invoice_no.clone(),
            line_no: charge.line_no,
            code: charge.code.clone(),
            amount: charge.amount,
        })
    })
}

fn off_charges(
    shipments: &By<Text, Version<Shipment>>,
    billed: &By<Account, i64>,
) -> Stream<RootCircuit, OrdZSet<Off>> {
    let expected = shipments.flat_map_index(|(id, Tup2(_, shipment))| {
        let charges =
            shipment.iter().flat_map(|shipment| shipment.charges.iter().map(move |charge| (shipment, charge)));
        let row = |(shipment, charge): (&Arc<Shipment>, &Expected)| {
            let account = Account {
                shipment_id: id.clone(),
                code: charge.code.clone(),
                issuer: charge.payee.as_ref().unwrap_or(&shipment.carrier).clone(),
                currency: charge.currency,
            };
            (account, Some(charge.amount.0))
        };
        charges.map(row).collect::<Vec<_>>()
    });
    billed.left_join_flatmap(&expected, |account, billed, expected| {
        let expected = expected.unwrap_or(0);
        is_off(*billed, expected).then(|| Off { account: account.clone(), billed: *billed, expected })
    })
}

fn late_milestones(
    shipments: &By<Text, Version<Shipment>>,
    milestones: &By<Tup2<Text, Text>, Version<Milestone>>,
    names: &By<Name, Option<Text>>,
) -> Stream<RootCircuit, OrdZSet<Late>> {
    let due = shipments.flat_map_index(|(id, Tup2(_, shipment))| {
        let plan = shipment.iter().flat_map(|shipment| &shipment.plan);
        let row =
            |planned: &Planned| (Due { shipment_id: id.clone(), milestone: planned.milestone.clone() }, planned.at);
        plan.map(row).collect::<Vec<_>>()
    });
    let by_name = milestones.flat_map_index(|(_key, Tup2(_, milestone))| {
        let row =
            |milestone: &Arc<Milestone>| (milestone.name.clone(), Tup2(milestone.milestone.clone(), milestone.at));
        milestone.as_ref().map(row)
    });
    let reached = by_name.join_index(names, |_name, Tup2(milestone, at), shipment_id| {
        let due = |shipment_id: &Text| Due { shipment_id: shipment_id.clone(), milestone: milestone.clone() };
        shipment_id.as_ref().map(|shipment_id| (due(shipment_id), *at))
    });
    reached.aggregate(Min).join_flatmap(&due, |milestone, reached: &Moment, due: &Moment| {
        (reached > due).then(|| Late { milestone: milestone.clone(), due: *due, reached: *reached })
    })
}

fn landed_cost_variance(
    shipments: &By<Text, Version<Shipment>>,
    billed: &By<Account, i64>,
    orders: &By<Text, Version<Costs>>,
    declarations: &By<Text, Version<Costs>>,
) -> Stream<RootCircuit, OrdZSet<Variance>> {
    let contents = shipments.flat_map_index(|(id, Tup2(_, shipment))| {
        let contents = shipment.iter().flat_map(|shipment| &shipment.contents);
        let total: i64 = contents.clone().map(|line| line.quantity).sum();
        contents.map(|line| (id.clone(), Tup2(line.clone(), total))).collect::<Vec<_>>()
    });
    let costs =
        sum(&billed.map_index(|(account, amount)| (Tup2(account.shipment_id.clone(), account.currency), *amount)))
            .map_index(|(Tup2(shipment_id, currency), amount)| (shipment_id.clone(), Tup2(*currency, *amount)));
    let shares = costs.join_index(
        &contents,
        |_id, Tup2(currency, cost): &Tup2<Currency, i64>, Tup2(line, total): &Tup2<Content, i64>| {
            let order_line = OrderLine { order_id: line.order_id.clone(), line_no: line.line_no, currency: *currency };
            Some((order_line, cost * line.quantity / total))
        },
    );
    let actual = sum(&shares.plus(&by_order_line(declarations)));
    by_order_line(orders).join_flatmap(&actual, |line, estimate, actual| {
        is_off(*actual, *estimate).then(|| Variance { line: line.clone(), estimate: *estimate, actual: *actual })
    })
}

fn by_order_line(costs: &By<Text, Version<Costs>>) -> By<OrderLine, i64> {
    costs.flat_map_index(|(_id, Tup2(_, costs))| {
        let lines = costs.iter().flat_map(|costs| costs.lines.iter().map(|line| (costs.currency, line)));
        let row = |(currency, line): (Currency, &Cost)| {
            (OrderLine { order_id: line.order_id.clone(), line_no: line.line_no, currency }, line.amount)
        };
        lines.map(row).collect::<Vec<_>>()
    })
}
