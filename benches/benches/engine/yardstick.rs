//! The yardstick: a bare differential program of three joins with `String` keys over the same events: charges with
//! shipments, milestones with due times, landed cost per order. No corrections, no identity, no rules.

use std::time::{Duration, Instant};

use differential_dataflow::input::InputSession;
use landfall_benches::generator::GeneratedEvent;
use landfall_schemas::event::{Body, Document};
use timely::dataflow::ProbeHandle;

use crate::measure::{Figures, population, resident};

type Input<K, V> = InputSession<u64, (K, V), isize>;

#[derive(Default)]
struct Tables {
    charges: Vec<(String, i64)>,
    expected: Vec<(String, i64)>,
    milestones: Vec<((String, String), i64)>,
    due: Vec<((String, String), i64)>,
    contents: Vec<(String, String)>,
}

impl Tables {
    fn take_in(&mut self, generated: &GeneratedEvent) {
        match generated.event().map(|event| &event.body) {
            Some(Body::Document(Document::Shipment(shipment))) => {
                let id = shipment.shipment_id.to_string();
                let names = shipment.identifiers.iter().map(|identifier| identifier.key().value.to_string());
                for name in names.chain([id]) {
                    self.expected.extend(shipment.charges.iter().map(|charge| (name.clone(), charge.amount)));
                    self.due.extend(
                        shipment
                            .plan
                            .iter()
                            .map(|plan| ((name.clone(), plan.milestone.as_str().to_owned()), plan.at.0)),
                    );
                    self.contents
                        .extend(shipment.contents.iter().map(|line| (name.clone(), line.order_id.to_string())));
                }
            }
            Some(Body::Document(Document::Milestone(milestone))) => {
                let key = (milestone.reference.key().value.to_string(), milestone.milestone.as_str().to_owned());
                self.milestones.push((key, milestone.at.0));
            }
            Some(Body::Document(Document::Invoice(invoice))) => {
                for line in &invoice.lines {
                    let refs = if line.refs.is_empty() { &invoice.refs } else { &line.refs };
                    self.charges.extend(refs.iter().map(|name| (name.key().value.to_string(), line.amount)));
                }
            }
            _ => {}
        }
    }
}

struct Inputs {
    charges: Input<String, i64>,
    expected: Input<String, i64>,
    milestones: Input<(String, String), i64>,
    due: Input<(String, String), i64>,
    contents: Input<String, String>,
}

impl Inputs {
    fn new() -> Inputs {
        Inputs {
            charges: InputSession::new(),
            expected: InputSession::new(),
            milestones: InputSession::new(),
            due: InputSession::new(),
            contents: InputSession::new(),
        }
    }

    fn feed(&mut self, tables: Tables, time: u64) {
        tables.charges.into_iter().for_each(|row| self.charges.insert(row));
        tables.expected.into_iter().for_each(|row| self.expected.insert(row));
        tables.milestones.into_iter().for_each(|row| self.milestones.insert(row));
        tables.due.into_iter().for_each(|row| self.due.insert(row));
        tables.contents.into_iter().for_each(|row| self.contents.insert(row));
        self.charges.advance_to(time);
        self.charges.flush();
        self.expected.advance_to(time);
        self.expected.flush();
        self.milestones.advance_to(time);
        self.milestones.flush();
        self.due.advance_to(time);
        self.due.flush();
        self.contents.advance_to(time);
        self.contents.flush();
    }
}

/// Runs the yardstick over a population.
pub fn run(shipments: u64, workers: usize, tick_events: usize) -> Figures {
    let before = resident("VmRSS");
    let communication = match workers {
        1 => timely::CommunicationConfig::Thread,
        _ => timely::CommunicationConfig::Process(workers),
    };
    let config = timely::Config { communication, worker: timely::WorkerConfig::default() };
    let guards = timely::execute(config, move |worker| {
        let mut inputs = Inputs::new();
        let probe = ProbeHandle::new();
        worker.dataflow(|scope| {
            let charges = inputs.charges.to_collection(scope).arrange_by_key();
            let expected = inputs.expected.to_collection(scope);
            let milestones = inputs.milestones.to_collection(scope);
            let due = inputs.due.to_collection(scope);
            let contents = inputs.contents.to_collection(scope);
            expected
                .arrange_by_key()
                .join_core(charges.clone(), |name, expected, billed| Some((name.clone(), billed - expected)))
                .probe_with(&probe);
            milestones.join_map(due, |key, at, due| (key.clone(), at - due)).probe_with(&probe);
            contents
                .arrange_by_key()
                .join_core(charges, |_name, order, billed| Some((order.clone(), *billed)))
                .explode(|(order, billed)| Some((order, billed as isize)))
                .count()
                .probe_with(&probe);
        });
        let (workers, index) = (worker.peers(), worker.index());
        let (_, mut events) = population(shipments);
        let (mut ticks, mut taken, mut time) = (Vec::new(), 0, 0);
        loop {
            let batch: Vec<GeneratedEvent> = events.by_ref().take(tick_events).collect();
            if batch.is_empty() {
                break;
            }
            let mut tables = Tables::default();
            batch.iter().skip(index).step_by(workers).for_each(|event| tables.take_in(event));
            taken += batch.len();
            time += 1;
            let start = Instant::now();
            inputs.feed(tables, time);
            worker.step_while(|| probe.less_than(&time));
            ticks.push(start.elapsed());
        }
        (taken, ticks)
    })
    .expect("workers start");
    let (events, ticks): (usize, Vec<Duration>) =
        guards.join().into_iter().next().expect("a worker").expect("no worker stops");
    let peak = resident("VmHWM");
    Figures { events, ticks, one_change: None, peak, grown: peak.saturating_sub(before), shipments }
}
