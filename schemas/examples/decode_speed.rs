//! How many events of a file one thread decodes in a second: `decode_speed FILE.jsonl [ROUNDS]`.
//!
//! Without a file it decodes one typical milestone over and over. Of each thousand events the fastest round counts, so
//! that a busy machine does not pass for a slow decoder.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use landfall_schemas::format::json::decode;

const MILESTONE: &str = r#"{"event_id":"1-1033","type":"milestone","source":"carrier:JBHT","occurred_at":"2026-03-04T03:16:45Z","data":{"milestone_id":"SHP-1-0-picked_up","ref":{"type":"pro","value":"PRO 1-0"},"milestone":"picked_up","classifier":"actual","at":"2026-03-04T03:16:45Z","location":"SGSIN","reason":"NS"},"recorded_at":"2026-03-06T04:58:01Z"}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let text = match arguments.next() {
        Some(path) => std::fs::read_to_string(path)?,
        None => [MILESTONE; 10_000].join("\n"),
    };
    let rounds: usize = arguments.next().map_or(Ok(20), |rounds| rounds.parse())?;
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let bytes = lines.iter().map(|line| line.len()).sum::<usize>();
    let mut errors = 0_usize;
    let mut fastest = Duration::ZERO;
    for batch in lines.chunks(1000) {
        let mut fastest_round = Duration::MAX;
        for _ in 0..rounds {
            let begin = Instant::now();
            let failed = batch.iter().filter(|line| black_box(decode(black_box(line))).is_err()).count();
            fastest_round = fastest_round.min(begin.elapsed());
            errors = errors.max(failed);
        }
        fastest += fastest_round;
    }
    let nanos = fastest.as_nanos().max(1);
    let events = lines.len().max(1) as u128;
    println!(
        "{events} events of {} bytes on average, errors in a batch: {errors}; {} events/s, {} ns each",
        bytes as u128 / events,
        events * 1_000_000_000 / nanos,
        nanos / events,
    );
    Ok(())
}
