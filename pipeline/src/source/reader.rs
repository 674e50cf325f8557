//! Reads files on one thread and decodes them on others; the records come out in the order of the input.
//!
//! Batches are dealt to the decoders in turn and collected from them in the same turn, so order needs no numbering.
//! Every channel is bounded: a slow engine makes the reader wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use landfall_schemas::format::json;
use landfall_schemas::{Origin, RecordId};

use super::lines::{LineBatch, Lines};
use super::{FileInput, SourceError};
use landfall_engine::Arrival;

/// Most records and bytes of one batch, and batches that wait for or after a decoder.
const BATCH_RECORDS_MAX: usize = 2_048;
const BATCH_BYTES_MAX: usize = 1 << 20;
const BATCHES_WAITING_MAX: usize = 4;
/// More decoders than this only wait for the engine.
const DECODERS_MAX: usize = 8;

/// What passes from thread to thread. Without the end mark, a thread that panics would look like the end of the input.
enum Step<T> {
    /// Some records.
    Batch(T),
    /// The inputs are read to their end.
    End,
    /// They cannot be read any further.
    Broken(SourceError),
}

type RawStep = Step<(Origin, LineBatch)>;
type DecodedStep = Step<Vec<Arrival>>;

/// The decoded records of some inputs, batch by batch, in order. Ends after the first error.
pub struct FileReader {
    /// One channel per decoder.
    decoded: Vec<Receiver<DecodedStep>>,
    /// The decoder whose batch is next.
    turn: usize,
    bytes_read: Arc<AtomicU64>,
    ended: bool,
}

/// How many decoders go well with this many engine workers: a worker takes longer for an event than its decoding does.
pub fn decoders_for(workers: usize) -> usize {
    workers.div_ceil(2).clamp(1, DECODERS_MAX)
}

impl FileReader {
    /// Starts to read these inputs, one after the other.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(inputs: Vec<FileInput>, decoders: usize) -> Result<FileReader, SourceError> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let (mut raw_senders, mut decoded_receivers) = (Vec::new(), Vec::new());
        for number in 0..decoders.max(1) {
            let (raw_sender, raw) = sync_channel(BATCHES_WAITING_MAX);
            let (decoded_sender, decoded) = sync_channel(BATCHES_WAITING_MAX);
            raw_senders.push(raw_sender);
            decoded_receivers.push(decoded);
            spawn(format!("decode-{number}"), move || decode_all(raw, &decoded_sender))?;
        }
        let counter = Arc::clone(&bytes_read);
        spawn("read-files".to_owned(), move || read_all(inputs, &raw_senders, &counter))?;
        Ok(FileReader { decoded: decoded_receivers, turn: 0, bytes_read, ended: false })
    }

    /// Bytes read so far, as they are on disk.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) -> Result<(), SourceError> {
    let started = thread::Builder::new().name(name).spawn(work);
    // Nobody joins it: its channel tells when it ends.
    started.map(drop).map_err(|error| SourceError::Thread { reason: error.to_string() })
}

impl Iterator for FileReader {
    type Item = Result<Vec<Arrival>, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.decoded[self.turn].recv();
        self.turn = (self.turn + 1) % self.decoded.len();
        self.ended = !matches!(step, Ok(Step::Batch(_)));
        match step {
            Ok(Step::Batch(arrivals)) => Some(Ok(arrivals)),
            Ok(Step::End) => None,
            Ok(Step::Broken(error)) => Some(Err(error)),
            Err(_) => Some(Err(SourceError::Thread { reason: "it ended before the input did".to_owned() })),
        }
    }
}

/// Deals the batches of all inputs to the decoders in turn.
fn read_all(inputs: Vec<FileInput>, decoders: &[SyncSender<RawStep>], bytes_read: &Arc<AtomicU64>) {
    let mut turns = decoders.iter().cycle();
    // False when a decoder is gone: then nobody listens any more.
    let mut deal = |step| turns.next().is_some_and(|decoder| decoder.send(step).is_ok());
    for input in inputs {
        match read_one(&input, bytes_read, &mut deal) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                deal(Step::Broken(error));
                return;
            }
        }
    }
    deal(Step::End);
}

/// Deals the batches of one input; false when nobody listens any more.
fn read_one(
    input: &FileInput,
    bytes_read: &Arc<AtomicU64>,
    deal: &mut impl FnMut(RawStep) -> bool,
) -> Result<bool, SourceError> {
    let broken = |line, reason| SourceError::Read { input: input.label(), line, reason };
    let content = input.open(bytes_read).map_err(|reason| broken(0, reason))?;
    let mut lines = Lines::new(content);
    loop {
        let batch = lines.next_batch(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
        let batch = batch.map_err(|reason| broken(lines.read(), reason))?;
        if batch.len() == 0 {
            return Ok(true);
        }
        if !deal(Step::Batch((input.origin(), batch))) {
            return Ok(false);
        }
    }
}

fn decode_all(raw: Receiver<RawStep>, decoded: &SyncSender<DecodedStep>) {
    for step in raw {
        let step = match step {
            Step::Batch((origin, lines)) => Step::Batch(arrivals(origin, &lines)),
            Step::End => Step::End,
            Step::Broken(error) => Step::Broken(error),
        };
        if decoded.send(step).is_err() {
            return;
        }
    }
}

fn arrivals(origin: Origin, lines: &LineBatch) -> Vec<Arrival> {
    let arrival =
        |(offset, line)| Arrival { record: RecordId { origin, partition: 0, offset }, outcome: json::decode(line) };
    lines.iter().map(arrival).collect()
}
