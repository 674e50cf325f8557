//! One worker: takes its share of each tick, steps the dataflow, reports closed ticks.

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::time::Duration;

use differential_dataflow::input::InputSession;
use landfall_operators::Tick;
use landfall_operators::dataflow::{Inputs, build};
use landfall_operators::operator::ambient::Gauges;
use landfall_operators::operator::upsert::Saved;
use landfall_operators::outputs::{Closed, Keeps, Portion};
use landfall_operators::settings::Settings;
use landfall_schemas::{DataError, Event, RecordId, Timestamp};
use serde::{Deserialize, Serialize};
use timely::dataflow::{InputHandleVec, ProbeHandle};
use timely::worker::Worker;

use super::Arrival;
use super::traces::TraceRecords;
use super::trouble::Trouble;
use super::workers::Order;

/// The name under which the records of all arrangements are counted.
const TRACES: &str = "Traces";
/// A worker that waits for other processes looks for its next tick this often.
const PAUSE: Duration = Duration::from_millis(1);

/// A worker's share of a tick.
pub(super) struct Batch {
    pub(super) order: Order,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) restored: Vec<Saved>,
}

/// What a worker says about a closed tick.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub(super) worker: usize,
    pub(super) time: Tick,
    pub(super) portion: Portion,
    /// How many entries each operator keeps, in the order of [`Duty::names`].
    pub(super) sizes: Vec<usize>,
}

/// What a worker is given at its start.
pub(super) struct Duty<'a> {
    pub(super) settings: &'a Settings,
    pub(super) keeps: Keeps,
    pub(super) commands: &'a Receiver<Batch>,
    pub(super) reports: &'a SyncSender<Report>,
    pub(super) trouble: &'a Trouble,
    /// Where the names of the operators that say their size are noted: the same on all workers.
    pub(super) names: &'a OnceLock<Vec<&'static str>>,
    /// Whether it sleeps while it can only wait for others. Threads of one process answer too soon for that.
    pub(super) pauses: bool,
}

struct Handles {
    events: InputHandleVec<Tick, (RecordId, Event)>,
    restored: InputHandleVec<Tick, Saved>,
    dead_letters: InputSession<Tick, (RecordId, DataError), isize>,
    clock: InputHandleVec<Tick, Timestamp>,
    probe: ProbeHandle<Tick>,
    closed: Closed,
    gauges: Gauges,
}

impl Handles {
    fn new(worker: &mut Worker, settings: &Settings, keeps: Keeps) -> Handles {
        let mut handles = Handles {
            events: InputHandleVec::new(),
            restored: InputHandleVec::new(),
            dead_letters: InputSession::new(),
            clock: InputHandleVec::new(),
            probe: ProbeHandle::new(),
            closed: Closed::new(keeps),
            gauges: Gauges::default(),
        };
        worker.dataflow_named("Landfall", |scope| {
            let inputs = Inputs {
                events: handles.events.to_stream(scope),
                restored: handles.restored.to_stream(scope),
                dead_letters: handles.dead_letters.to_collection(scope),
                clock: handles.clock.to_stream(scope),
            };
            build(inputs, settings, &handles.gauges, &handles.closed, &handles.probe);
        });
        handles.advance_to(1);
        handles
    }

    fn advance_to(&mut self, tick: Tick) {
        self.events.advance_to(tick);
        self.restored.advance_to(tick);
        self.dead_letters.advance_to(tick);
        self.dead_letters.flush();
        self.clock.advance_to(tick);
    }

    fn feed(&mut self, batch: Batch) {
        let Order { time, clock, save, views } = batch.order;
        self.closed.audience().set(views);
        if save {
            self.closed.want_saved(time);
        }
        self.clock.send(clock);
        let mut restored = batch.restored;
        self.restored.send_batch(&mut restored);
        for arrival in batch.arrivals {
            match arrival.outcome {
                Ok(event) => self.events.send((arrival.record, event)),
                Err(error) => self.dead_letters.insert((arrival.record, error)),
            }
        }
        self.advance_to(time + 1);
    }
}

/// Runs until the commands end, or until something goes wrong.
pub(super) fn run(worker: &mut Worker, duty: &Duty<'_>) {
    let traces = TraceRecords::listen(worker);
    let mut handles = Handles::new(worker, duty.settings, duty.keeps);
    duty.names.get_or_init(|| handles.gauges.read().into_iter().map(|(name, _)| name).chain([TRACES]).collect());
    let mut open: VecDeque<Tick> = VecDeque::new();
    // A tick that others read than those before it waits until these have closed.
    let mut held: Option<Batch> = None;
    let mut ended = false;
    while (!ended || !open.is_empty()) && !duty.trouble.is_stopping() {
        let next = match held.take() {
            Some(batch) => Ok(batch),
            None if open.is_empty() => duty.commands.recv().map_err(|_| TryRecvError::Disconnected),
            None => duty.commands.try_recv(),
        };
        let mut pauses = duty.pauses;
        match next {
            Ok(batch) if !open.is_empty() && batch.order.views != handles.closed.audience().views() => {
                held = Some(batch);
            }
            Ok(batch) => {
                open.push_back(batch.order.time);
                handles.feed(batch);
                pauses = false;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => ended = true,
        }
        if pauses {
            worker.step_or_park(Some(PAUSE));
        } else {
            worker.step();
        }
        while let Some(time) = open.front().copied().filter(|time| !handles.probe.less_equal(time)) {
            open.pop_front();
            let mut sizes: Vec<usize> = handles.gauges.read().into_iter().map(|(_, size)| size).collect();
            sizes.push(traces.read(worker));
            let report = Report { worker: worker.index(), time, portion: handles.closed.take_through(time), sizes };
            if duty.reports.send(report).is_err() {
                ended = true;
                open.clear();
                break;
            }
        }
    }
    for dataflow in worker.installed_dataflows() {
        worker.drop_dataflow(dataflow);
    }
}
