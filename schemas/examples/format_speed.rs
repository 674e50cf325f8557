//! How fast one thread reads a file of EDI: `format_speed x12|edifact FILE [ROUNDS]`.
//!
//! The file is one record. The fastest round counts, so that a busy machine does not pass for a slow decoder.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use landfall_schemas::format::edifact::Edifact;
use landfall_schemas::format::x12::X12;
use landfall_schemas::format::{Decoder, Profile, Record};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: format_speed x12|edifact FILE [ROUNDS]";
    let (format, file) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let rounds: usize = arguments.next().map_or(Ok(200), |rounds| rounds.parse())?;
    let options = [("currency", "USD"), ("incoterm", "FOB")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut profile = Profile { source: "speed".into(), region: "NA".into(), ..Profile::default() };
    profile.time_zone = "America/New_York".into();
    let decoder: Box<dyn Decoder> = match format.as_str() {
        "x12" => Box::new(X12::new(Profile { options: options.into(), ..profile })?),
        "edifact" => Box::new(Edifact::new(profile)?),
        _ => return Err(usage.into()),
    };
    let value = std::fs::read(&file)?;
    let record = Record { value: &value, key: None, origin: "speed", partition: 0, offset: 1, headers: &[] };
    let mut outcomes = Vec::new();
    let mut fastest = Duration::MAX;
    for _ in 0..rounds.max(1) {
        outcomes.clear();
        let begin = Instant::now();
        decoder.decode(black_box(&record), &mut outcomes);
        fastest = fastest.min(begin.elapsed());
    }
    // Sets and messages begin with these tags, whatever their delimiters are.
    let begins: &[&[u8]] = if format == "x12" { &[b"\nST*", b"~ST*"] } else { &[b"\nUNH+", b"'UNH+"] };
    let messages =
        begins.iter().map(|tag| value.windows(tag.len()).filter(|bytes| bytes == tag).count()).sum::<usize>();
    let per_second = |count: usize| count as u128 * 1_000_000_000 / fastest.as_nanos().max(1);
    println!(
        "{} bytes, {messages} messages, {} events, {} errors: {} MB/s, {} messages/s, {} events/s",
        value.len(),
        outcomes.iter().flatten().count(),
        outcomes.iter().filter(|outcome| outcome.is_err()).count(),
        per_second(value.len()) / 1_000_000,
        per_second(messages),
        per_second(outcomes.iter().flatten().count()),
    );
    Ok(())
}
