//! The three questions on DBSP: `dbsp-questions EVENTS.jsonl OUT WORKERS`.
//!
//! Threads of their own read and parse the events, as Feldera's connectors do, while the circuit computes the step
//! before; the answers are current after each step.

mod answers;
mod circuit;
mod events;
mod feed;
mod rows;

use std::error::Error;
use std::path::Path;

use answers::Answers;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The allocator of DBSP's own benchmarks.
#[global_allocator]
static ALLOCATOR: dbsp::mimalloc::MiMalloc = dbsp::mimalloc::MiMalloc;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, out, workers] = arguments.as_slice() else {
        return Err("usage: dbsp-questions EVENTS.jsonl OUT WORKERS".into());
    };
    let workers = workers.parse()?;
    let (mut circuit, (inputs, outputs)) = circuit::start(workers)?;
    let mut answers = Answers::default();
    feed::each_batch(Path::new(path), workers, |batch| {
        inputs.append(batch);
        circuit.transaction()?;
        answers.add(&outputs);
        Ok(())
    })?;
    answers.write(Path::new(out))?;
    circuit.kill().map_err(|_| "a worker panicked")?;
    Ok(())
}
