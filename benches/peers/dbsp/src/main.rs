//! The three questions of the comparison in DBSP: `peers-dbsp EVENTS.jsonl OUT WORKERS`.
//!
//! As many threads parse as there are workers; a block of the file for each of them makes a transaction.

mod event;
mod questions;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use dbsp::Runtime;
use dbsp::typed_batch::IndexedZSetReader;

use event::{Batch, Result};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ANSWERS: [&str; 4] = ["unmatched_charges", "off_charges", "late_milestones", "landed_cost_variance"];

/// Bytes of a block: some 35,000 events.
const BLOCK: u64 = 16 << 20;
/// No line is longer.
const LINE_MAX: u64 = 1 << 20;

/// The lines that begin in a block.
fn block(file: &File, length: u64, number: u64) -> Result<Batch> {
    let from = number * BLOCK;
    let start = from.saturating_sub(1);
    let end = length.min(from + BLOCK + LINE_MAX);
    let mut bytes = vec![0; usize::try_from(end - start)?];
    file.read_exact_at(&mut bytes, start)?;
    let line_feed =
        |at: usize| bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |feed| at + feed);
    let mut at = if number == 0 { 0 } else { line_feed(0) + 1 };
    let last = usize::try_from(from + BLOCK - start)?.min(bytes.len());
    let mut batch = Batch::default();
    while at < last {
        let end = line_feed(at);
        batch.take_in(&bytes[at..end])?;
        at = end + 1;
    }
    Ok(batch)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, out, workers] = arguments.as_slice() else {
        return Err("usage: peers-dbsp EVENTS.jsonl OUT WORKERS".into());
    };
    let workers: usize = workers.parse()?;
    let (mut circuit, (inputs, output)) = Runtime::init_circuit(workers, |circuit| Ok(questions::build(circuit)))?;
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let blocks: Vec<u64> = (0..length.div_ceil(BLOCK)).collect();
    let mut answers: HashMap<(u8, String), i64> = HashMap::new();
    for numbers in blocks.chunks(workers) {
        let batches = std::thread::scope(|scope| {
            let file = &file;
            let threads: Vec<_> =
                numbers.iter().map(|&number| scope.spawn(move || block(file, length, number))).collect();
            let batches = threads.into_iter().map(|thread| thread.join().expect("parsing does not panic"));
            batches.collect::<Result<Vec<_>>>()
        })?;
        batches.into_iter().for_each(|batch| inputs.append(batch));
        circuit.transaction()?;
        for (answer, (), weight) in output.concat().iter() {
            let row = (answer.0, answer.1.clone());
            let count = answers.entry(row.clone()).or_default();
            *count += weight;
            if *count == 0 {
                answers.remove(&row);
            }
        }
    }
    let mut files = Vec::new();
    for answer in ANSWERS {
        files.push(BufWriter::new(File::create(Path::new(out).join(answer).with_extension("csv"))?));
    }
    for (answer, row) in answers.keys() {
        writeln!(files[usize::from(*answer)], "{row}")?;
    }
    files.iter_mut().try_for_each(|file| file.flush())?;
    circuit.kill().map_err(|_| "a worker of the circuit panicked".into())
}
