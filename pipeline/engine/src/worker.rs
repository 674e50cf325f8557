//! One worker: takes its share of each tick, steps the dataflow, reports closed ticks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};

use differential_dataflow::input::InputSession;
use landfall_operators::Tick;
use landfall_operators::dataflow::{Inputs, build};
use landfall_operators::operator::ambient::Gauges;
use landfall_operators::operator::upsert::Saved;
use landfall_operators::outputs::{Closed, Keeps, Portion};
use landfall_operators::settings::Settings;
use landfall_schemas::{DataError, Event, RecordId, Timestamp};
use timely::dataflow::{InputHandleVec, ProbeHandle};
use timely::worker::Worker;

use super::Arrival;
use super::traces::TraceRecords;

/// The name under which the records of all arrangements are counted.
const TRACES: &str = "Traces";

/// A worker's share of a tick.
pub(super) struct Batch {
    pub(super) time: Tick,
    pub(super) clock: Timestamp,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) restored: Vec<Saved>,
    /// Whether a checkpoint is wanted as of this tick.
    pub(super) save: bool,
}

/// What a worker says about a closed tick.
pub(super) struct Report {
    pub(super) worker: usize,
    pub(super) time: Tick,
    pub(super) portion: Portion,
    pub(super) sizes: Vec<(&'static str, usize)>,
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
        if batch.save {
            self.closed.want_saved(batch.time);
        }
        self.clock.send(batch.clock);
        let mut restored = batch.restored;
        self.restored.send_batch(&mut restored);
        let mut events = Vec::with_capacity(batch.arrivals.len());
        for arrival in batch.arrivals {
            match arrival.outcome {
                Ok(event) => events.push((arrival.record, event)),
                Err(error) => self.dead_letters.insert((arrival.record, error)),
            }
        }
        self.events.send_batch(&mut events);
        self.advance_to(batch.time + 1);
    }
}

/// Runs until the commands end, or until told to stop.
pub(super) fn run(
    worker: &mut Worker,
    settings: &Settings,
    keeps: Keeps,
    commands: &Receiver<Batch>,
    reports: &SyncSender<Report>,
    stop: &AtomicBool,
) {
    let _flag = StopOnPanic(stop);
    let traces = TraceRecords::listen(worker);
    let mut handles = Handles::new(worker, settings, keeps);
    let mut open: VecDeque<Tick> = VecDeque::new();
    let mut ended = false;
    while (!ended || !open.is_empty()) && !stop.load(Ordering::Acquire) {
        let next =
            if open.is_empty() { commands.recv().map_err(|_| TryRecvError::Disconnected) } else { commands.try_recv() };
        match next {
            Ok(batch) => {
                open.push_back(batch.time);
                handles.feed(batch);
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => ended = true,
        }
        worker.step();
        while let Some(time) = open.front().copied().filter(|time| !handles.probe.less_equal(time)) {
            open.pop_front();
            let mut sizes = handles.gauges.read();
            sizes.push((TRACES, traces.read(worker)));
            let report = Report { worker: worker.index(), time, portion: handles.closed.take_through(time), sizes };
            if reports.send(report).is_err() {
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

/// Tells the other workers to stop when this one panics: they would wait for it for ever.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Release);
        }
    }
}
