//! How fast one thread reads a format: `format_speed FORMAT FILE [MAPPING]`.
//!
//! `json`, and `jq` with its mapping, read a record a line; of the other formats a file is one record. What counts is the
//! time that the thread had a processor (Linux), so that a busy machine does not pass for a slow decoder.

#![allow(clippy::float_arithmetic, reason = "rates are told, not money")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use landfall_schemas::format::{Decoder, Json, Profile, Record, decoder};

/// Processor time after which enough has been read.
const ENOUGH: Duration = Duration::from_secs(2);

/// Options that make the samples complete: what a message leaves out, columns of a table.
const OPTIONS: [(&str, &[(&str, &str)]); 2] = [
    ("x12", &[("currency", "USD"), ("incoterm", "FOB")]),
    (
        "csv",
        &[
            ("type", "milestone"),
            ("field.occurred_at", "Time"),
            ("field.data.milestone_id", "No"),
            ("field.data.ref.type", "=pro"),
            ("field.data.ref.value", "Pro"),
            ("field.data.milestone", "Status"),
            ("field.data.classifier", "=actual"),
            ("field.data.at", "Time"),
        ],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: format_speed FORMAT FILE [MAPPING]";
    let (format, file) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let mapping = arguments.next().map(std::fs::read_to_string).transpose()?;
    let decoder = made(&format, mapping.as_deref())?;
    let text = std::fs::read_to_string(&file)?;
    let records: Vec<&str> = match format.as_str() {
        "json" | "jq" => text.lines().collect(),
        _ => vec![text.as_str()],
    };
    let (mut bytes, mut messages, mut events, mut errors) = (0, 0, 0, 0);
    let (mut outcomes, begin) = (Vec::new(), processor_time());
    while processor_time() - begin < ENOUGH {
        for record in &records {
            outcomes.clear();
            let value = black_box(record.as_bytes());
            let record = Record { value, key: None, origin: "speed", partition: 0, offset: 1, headers: &[] };
            decoder.decode(&record, &mut outcomes);
            events += outcomes.iter().flatten().count();
            errors += outcomes.iter().filter(|outcome| outcome.is_err()).count();
        }
        bytes += text.len();
        messages += in_file(&format, &text, records.len());
    }
    let seconds = (processor_time() - begin).as_secs_f64();
    println!(
        "{format}: {:.1} MB/s, {:.0} messages/s, {:.0} events/s (file of {} bytes, {errors} errors in {messages} messages)",
        bytes as f64 / seconds / 1e6,
        messages as f64 / seconds,
        events as f64 / seconds,
        text.len(),
    );
    Ok(())
}

fn made(format: &str, mapping: Option<&str>) -> Result<Box<dyn Decoder>, Box<dyn Error>> {
    if format == "json" {
        return Ok(Box::new(Json));
    }
    let mut profile = Profile { source: "speed".into(), region: "NA".into(), ..Profile::default() };
    profile.time_zone = "America/New_York".into();
    let options = OPTIONS.iter().find(|(name, _)| *name == format && mapping.is_none());
    let options = options.map_or(&[][..], |(_, options)| options);
    profile.options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(decoder(format, &profile, mapping)?)
}

/// Messages of a file: sets, events of a list, rows, or records.
fn in_file(format: &str, text: &str, records: usize) -> usize {
    let begins = |tags: &[&str]| tags.iter().map(|tag| text.matches(tag).count()).sum();
    match format {
        "x12" => begins(&["\nST*", "~ST*"]),
        "edifact" => begins(&["\nUNH+", "'UNH+"]),
        "dcsa" => begins(&["\"eventDateTime\""]).max(1),
        "csv" | "ecb" => text.lines().count().saturating_sub(1),
        _ => records,
    }
}

/// How long this thread has had a processor; where the system does not say, the time that has passed.
fn processor_time() -> Duration {
    static BEGIN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let passed = BEGIN.elapsed();
    let stated = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stated.and_then(|line| line.split(' ').next()?.parse().ok());
    nanos.map_or(passed, Duration::from_nanos)
}
