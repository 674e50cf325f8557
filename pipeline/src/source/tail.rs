//! Files and standard input as live sources.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use landfall_schemas::format::{Decoder, Record};

use super::feed::{Bell, Deliverer, Feed, feed};
use super::lines::Lines;
use super::push::PushLog;
use super::{FileInput, SourceError, origin_name};
use crate::checkpoint::{PartitionId, Positions};

const LINES_AT_ONCE: usize = 1_000;
const BYTES_AT_ONCE: usize = 1 << 20;

/// Reads a file from where it was read to, on a thread of its own. Its offsets are line numbers; a `whole` file is one
/// record with offset 1.
///
/// # Errors
/// When the file cannot be opened.
pub fn file(
    path: &str,
    whole: bool,
    positions: &Positions,
    decoder: Arc<dyn Decoder>,
    bell: &Bell,
) -> Result<Feed, SourceError> {
    let input = FileInput::named(Path::new(path))?;
    let origin = origin_name(&PathBuf::from(path));
    let id = PartitionId { origin: origin.clone(), partition: 0 };
    let from = positions.get(&id).copied().unwrap_or(0);
    let (deliverer, taken) = feed(id, from, decoder, bell.clone());
    std::thread::spawn(move || match whole {
        true => read_whole(&input, &origin, from, deliverer),
        false => read_file(&input, &origin, from, deliverer),
    });
    Ok(taken)
}

fn read_whole(input: &FileInput, origin: &str, from: u64, mut deliverer: Deliverer) {
    let mut value = Vec::new();
    let read = input.open(&Arc::new(AtomicU64::new(0))).and_then(|mut content| content.read_to_end(&mut value));
    if let Err(reason) = read {
        return deliverer.fail(format!("it cannot be read: {reason}"));
    }
    let record = Record { value: &value, key: None, origin, partition: 0, offset: 1, headers: &[] };
    if from > 1 || deliverer.record(&record).is_ok() {
        deliverer.caught_up(2).ok();
    }
}

fn read_file(input: &FileInput, origin: &str, from: u64, mut deliverer: Deliverer) {
    let content = match input.open(&Arc::new(AtomicU64::new(0))) {
        Ok(content) => content,
        Err(reason) => return deliverer.fail(format!("it cannot be opened: {reason}")),
    };
    let mut lines = Lines::new(content);
    loop {
        let batch = match lines.next_batch(LINES_AT_ONCE, BYTES_AT_ONCE) {
            Ok(batch) => batch,
            Err(reason) => return deliverer.fail(format!("it cannot be read past line {}: {reason}", lines.read())),
        };
        if batch.len() == 0 {
            deliverer.caught_up(lines.read() + 1).ok();
            return;
        }
        for (offset, value) in batch.iter().filter(|(number, _)| *number >= from) {
            let record = Record { value, key: None, origin, partition: 0, offset, headers: &[] };
            if deliverer.record(&record).is_err() {
                return;
            }
        }
    }
}

/// Reads standard input into the log of pushed records, on a thread of its own, until its end.
pub fn standard_input(log: Arc<PushLog>) {
    std::thread::spawn(move || {
        let mut input = BufReader::new(std::io::stdin());
        loop {
            let mut records = Vec::new();
            let mut line = Vec::new();
            // The first line is waited for; then what is there already comes along.
            while records.len() < LINES_AT_ONCE && (records.is_empty() || input.buffer().contains(&b'\n')) {
                line.clear();
                match input.read_until(b'\n', &mut line) {
                    Ok(0) => break,
                    Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                    Ok(_) => records.push(line.trim_ascii_end().to_vec()),
                    Err(error) => {
                        tracing::error!(%error, "standard input cannot be read any further");
                        return;
                    }
                }
            }
            if records.is_empty() {
                tracing::info!("standard input has ended");
                return;
            }
            if let Err(error) = log.push(records) {
                tracing::error!(%error, "standard input is not read any further");
                return;
            }
        }
    });
}
