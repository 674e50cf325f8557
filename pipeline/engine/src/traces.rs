//! How many records differential's arrangements hold, counted from its own log.

use std::cell::Cell;
use std::rc::Rc;

use differential_dataflow::logging::{DifferentialEvent, DifferentialEventBuilder};
use timely::worker::Worker;

/// Records in the arrangements of one worker.
#[derive(Clone, Default)]
pub(super) struct TraceRecords(Rc<Cell<i64>>);

impl TraceRecords {
    /// Listens to a worker's arrangements; call it before the dataflow is built.
    pub(super) fn listen(worker: &Worker) -> TraceRecords {
        let records = TraceRecords::default();
        let counter = records.clone();
        if let Some(mut registry) = worker.log_register() {
            registry.insert::<DifferentialEventBuilder, _>("differential/arrange", move |_, events| {
                let events = events.iter().flatten().map(|(_, event)| change(event));
                counter.0.set(counter.0.get() + events.sum::<i64>());
            });
        }
        records
    }

    /// The number now.
    pub(super) fn read(&self, worker: &Worker) -> usize {
        if let Some(mut registry) = worker.log_register() {
            registry.flush();
        }
        usize::try_from(self.0.get()).unwrap_or(0)
    }
}

/// By how much an event changes the number of records: a batch comes, two become one, or one is dropped.
fn change(event: &DifferentialEvent) -> i64 {
    match event {
        DifferentialEvent::Batch(batch) => batch.length as i64,
        DifferentialEvent::Merge(merge) => {
            merge.complete.map_or(0, |merged| merged as i64 - merge.length1 as i64 - merge.length2 as i64)
        }
        DifferentialEvent::Drop(dropped) => -(dropped.length as i64),
        _ => 0,
    }
}
