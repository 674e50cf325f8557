//! Reads the file in blocks and parses them, on threads of their own, while the circuit computes.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crate::Result;
use crate::events::Batch;

/// Bytes of a block, which is a step: some 75,000 events. Smaller ones take more processor time; larger ones leave
/// threads waiting for each other.
const BLOCK: u64 = 32 << 20;
/// No line is longer.
const LINE_MAX: u64 = 1 << 20;

/// The events of the lines that begin in a block.
fn block(file: &File, length: u64, number: u64) -> Result<Batch> {
    let from = number * BLOCK;
    // One byte more at the front: a line begins where the byte before is a line feed.
    let start = from.saturating_sub(1);
    let end = length.min(from + BLOCK + LINE_MAX);
    let mut bytes = vec![0; usize::try_from(end - start)?];
    file.read_exact_at(&mut bytes, start)?;
    let line_end = |at: usize| memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |feed| at + feed);
    let mut at = if number == 0 { 0 } else { line_end(0) + 1 };
    let last = usize::try_from(from + BLOCK - start)?.min(bytes.len());
    let mut batch = Batch::default();
    while at < last {
        let end = line_end(at);
        batch.add(&bytes[at..end]).map_err(|error| format!("byte {}: {error}", start + at as u64))?;
        at = end + 1;
    }
    Ok(batch)
}

/// Every `threads`-th block from the `first` on.
fn share(path: &Path, first: u64, threads: u64, batches: &SyncSender<Result<Batch>>) -> Result<()> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut number = first;
    // Nobody listens any more once something is wrong.
    while number * BLOCK < length && batches.send(Ok(block(&file, length, number)?)).is_ok() {
        number += threads;
    }
    Ok(())
}

/// Calls a function with the events of each block; no thread is more than a block ahead of it.
pub fn each_batch(path: &Path, threads: usize, mut step: impl FnMut(Batch) -> Result<()>) -> Result<()> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(0);
        for first in 0..threads as u64 {
            let batches = sender.clone();
            scope.spawn(move || {
                if let Err(error) = share(path, first, threads as u64, &batches) {
                    // Not heard when something else is wrong already.
                    let _ = batches.send(Err(error));
                }
            });
        }
        drop(sender);
        receiver.into_iter().try_for_each(|batch| step(batch?))
    })
}
