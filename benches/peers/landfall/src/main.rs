//! The three questions of the comparison on Landfall's decoder and operators: `landfall-questions EVENTS.jsonl OUT WORKERS`.
//!
//! Each worker has a thread that decodes every n-th block of the file while it computes with the one before, as partitions have
//! in `landfall run`; a block of each worker makes a tick.

mod account;
mod answers;
mod meet;
mod order_line;
mod questions;

use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use landfall_operators::Tick;
use landfall_schemas::event::DocumentType;
use landfall_schemas::format::json::decode;
use landfall_schemas::{Event, Origin, RecordId, Timestamp};
use timely::dataflow::{InputHandleVec, ProbeHandle};
use timely::worker::Worker;

use answers::Answers;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What went wrong, in words.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Bytes of a block: some 35,000 events.
const BLOCK: u64 = 16 << 20;
/// A worker that waits for others looks again so often, if they do not wake it: the threads that decode need the cores.
const PAUSE: Duration = Duration::from_millis(1);
/// No line is longer.
const LINE_MAX: u64 = 1 << 20;

/// Events with where they came from.
type Events = Vec<(RecordId, Event)>;

/// Whether an event is of a type that the questions are about: the other programs do not read the others either.
fn is_asked_for(event: &Event) -> bool {
    use DocumentType::{ChargeCode, Declaration, Invoice, Milestone, Order, Shipment};
    matches!(event.document_type(), Shipment | Milestone | Invoice | ChargeCode | Order | Declaration)
}

/// The events that are asked for of the lines that begin in a block, with room for `expected` of them; `bytes` is room that is
/// used again.
fn block(
    file: &File,
    length: u64,
    number: u64,
    origin: Origin,
    bytes: &mut Vec<u8>,
    expected: usize,
) -> Result<Events> {
    let from = number * BLOCK;
    // One byte more at the front: a line begins where the byte before is a line feed.
    let start = from.saturating_sub(1);
    let end = length.min(from + BLOCK + LINE_MAX);
    bytes.resize(usize::try_from(end - start)?, 0);
    file.read_exact_at(bytes, start)?;
    let mut at = if number == 0 { 0 } else { memchr::memchr(b'\n', bytes).map_or(bytes.len(), |feed| feed + 1) };
    let last = usize::try_from(from + BLOCK - start)?.min(bytes.len());
    let mut events = Vec::with_capacity(expected);
    while at < last {
        let line_end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |feed| at + feed);
        let record = RecordId { origin, partition: 0, offset: start + at as u64 };
        let event = decode(&bytes[at..line_end]).map_err(|error| format!("byte {}: {error:?}", record.offset))?;
        if is_asked_for(&event) {
            events.push((record, event));
        }
        at = line_end + 1;
    }
    Ok(events)
}

/// Decodes every block that is one worker's on a thread of its own, one ahead.
fn blocks(path: &str, first: u64, step: u64) -> Result<(u64, Receiver<Result<Events>>)> {
    let file = File::open(path).map_err(|error| format!("cannot open {path}: {error}"))?;
    let length = file.metadata()?.len();
    let origin = Origin::named(path);
    let (send, receive) = sync_channel(1);
    thread::spawn(move || {
        let (mut bytes, mut most) = (Vec::new(), 0);
        let mut number = first;
        while number * BLOCK < length {
            let events = block(&file, length, number, origin, &mut bytes, most);
            most = events.as_ref().map_or(most, Vec::len).max(most);
            if send.send(events).is_err() {
                break;
            }
            number += step;
        }
    });
    Ok((length, receive))
}

/// One worker's part: its share of the blocks in, its share of the answers out.
fn work(worker: &mut Worker, path: &str) -> Result<Answers> {
    let (index, peers) = (worker.index() as u64, worker.peers() as u64);
    let (length, blocks) = blocks(path, index, peers)?;
    let mut events = InputHandleVec::<Tick, (RecordId, Event)>::new();
    let mut clock = InputHandleVec::<Tick, Timestamp>::new();
    let probe = ProbeHandle::new();
    let answers = worker.dataflow(|scope| questions::build(events.to_stream(scope), clock.to_stream(scope), &probe));
    let ticks = length.div_ceil(BLOCK).div_ceil(peers);
    for tick in 0..ticks {
        if (tick * peers + index) * BLOCK < length {
            events.send_batch(&mut blocks.recv()??);
        }
        // Far in the future: no event of the comparison waits for its time.
        clock.send(Timestamp(i64::MAX));
        events.advance_to(tick + 1);
        clock.advance_to(tick + 1);
        worker.step_or_park_while(Some(PAUSE), || probe.less_than(&tick));
    }
    drop((events, clock));
    worker.step_or_park_while(Some(PAUSE), || !probe.done());
    Ok(answers.take())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, out, workers] = arguments.as_slice() else {
        return Err("usage: landfall-questions EVENTS.jsonl OUT WORKERS".into());
    };
    let communication = match workers.parse()? {
        1 => timely::CommunicationConfig::Thread,
        workers => timely::CommunicationConfig::Process(workers),
    };
    let config = timely::Config { communication, worker: timely::WorkerConfig::default() };
    let path = path.clone();
    let all = Arc::new(Mutex::new(Vec::new()));
    let shares = Arc::clone(&all);
    let guards = timely::execute(config, move |worker| {
        let share = work(worker, &path);
        shares.lock().expect("no worker panics while it holds the lock").push(share);
    })?;
    for worker in guards.join() {
        worker?;
    }
    let shares = std::mem::take(&mut *all.lock().expect("all workers have ended"));
    answers::write(&shares.into_iter().collect::<Result<Vec<Answers>>>()?, out)
}
