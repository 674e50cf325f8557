//! `landfall generate`: the events of an invented freight business.

use std::thread;
use std::time::{Duration, Instant};

use landfall_benches::generator::{Config, Faults, Population, generate};

use super::args::{RawFaults, RawGenerate};
use super::error::{CliError, Exit, UsageError};
use super::output::Output;
use super::summary::counted;
use super::{in_range, option_value, tell, values};

/// Sleeping for less than this is not worth it.
const AHEAD_MIN: Duration = Duration::from_millis(5);

/// Validated arguments of `generate`.
pub struct Generate {
    config: Config,
    events_per_second: Option<u64>,
    output: Output,
}

impl Generate {
    /// Checks the arguments and opens the output.
    ///
    /// # Errors
    /// What is wrong with the command line, or why the output cannot be opened.
    pub fn validated(raw: RawGenerate) -> Result<Generate, CliError> {
        let default = Config::default();
        let start = raw.start.map(|text| option_value("--start", &text, values::time)).transpose()?;
        let config = Config {
            population: if raw.hostile { Population::Hostile } else { Population::Business },
            shipments: in_range("--shipments", raw.shipments, u64::MAX)?,
            seed: raw.seed,
            start: start.unwrap_or(default.start),
            shipments_per_day: in_range("--shipments-per-day", raw.shipments_per_day, u64::MAX)?,
            faults: faults_of(&raw.faults)?,
        };
        let events_per_second = raw.rate.map(|rate| in_range("--rate", rate, u64::MAX)).transpose()?;
        Ok(Generate { config, events_per_second, output: Output::named(&raw.out)? })
    }

    /// Writes every event, at the rate that was asked for. Ends quietly when nobody reads any more.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn run(mut self) -> Result<Exit, CliError> {
        let begun = Instant::now();
        let mut written = 0;
        for event in generate(&self.config) {
            if !self.wait(begun, written)? || !self.output.line(&event.to_json_line())? {
                return Ok(Exit::Done);
            }
            written += 1;
        }
        let path = self.output.path().map(|path| path.display().to_string());
        self.output.finish()?;
        if let Some(path) = path {
            let (events, as_of) = (counted(written, "event"), self.config.as_of());
            tell(&format!("{events} written to {path}; to see them: landfall replay {path} --as-of {as_of}"));
        }
        Ok(Exit::Done)
    }

    /// Waits until the next event is due. False when nobody reads any more.
    fn wait(&mut self, begun: Instant, written: u64) -> Result<bool, CliError> {
        let Some(rate) = self.events_per_second else { return Ok(true) };
        let due_ns = u128::from(written) * 1_000_000_000 / u128::from(rate);
        let due = Duration::from_nanos(u64::try_from(due_ns).unwrap_or(u64::MAX));
        let ahead = due.saturating_sub(begun.elapsed());
        if ahead < AHEAD_MIN {
            return Ok(true);
        }
        // What is due is seen now, not when a buffer is full.
        let heard = self.output.flush()?;
        thread::sleep(ahead);
        Ok(heard)
    }
}

fn faults_of(raw: &RawFaults) -> Result<Faults, UsageError> {
    Ok(Faults {
        duplicates_pct: percentage("--duplicates-pct", raw.duplicates_pct)?,
        late_pct: percentage("--late-pct", raw.late_pct)?,
        out_of_order_pct: percentage("--out-of-order-pct", raw.out_of_order_pct)?,
        retractions_pct: percentage("--retractions-pct", raw.retractions_pct)?,
        future_dated_pct: percentage("--future-dated-pct", raw.future_dated_pct)?,
        conflicting_pct: percentage("--conflicting-pct", raw.conflicting_pct)?,
        bad_pct: percentage("--bad-pct", raw.bad_pct)?,
    })
}

fn percentage(option: &'static str, value: f64) -> Result<f64, UsageError> {
    let wrong = || UsageError::Value { option, value: value.to_string(), reason: "from 0 to 100".to_owned() };
    Some(value).filter(|value| (0.0..=100.0).contains(value)).ok_or_else(wrong)
}
