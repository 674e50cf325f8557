//! Mapping files: a jq program makes canonical events of any JSON.
//!
//! The program sees a record as `.` and gives as many canonical events as it likes, `empty` for none. Each passes the same
//! checks as any event ([`super::json::decode`]); a program that fails is a data error with its message, and what it gave
//! before stays.
//!
//! # What a program sees
//! - `.`: the record as JSON; with the option `input: text` its text. Of format `csv` it is one row as an object.
//! - `$topic`, `$partition`, `$offset`, `$key` (a string or null), `$headers` (an object of strings): where it came from.
//! - `$profile`: the source's profile, with `source`, `partner`, `region`, `codes.milestones` and so on.
//! - `zoned`: a local time as RFC 3339, in the profile's zone (`"2026-03-01 10:00" | zoned`).
//! - `digest`: an id made of a value, for records without one; the same value has the same.
//!
//! # Determinism and limits
//! The same record gives the same events: `now`, `input`, `env`, `localtime` and what else depends on the moment or
//! the machine is refused when the program is read, and there are no modules. A program has 200,000 steps,
//! 10,000 outputs and 16 MiB of output for a record, values of limited size, and a weight of what it reads and makes. Numbers keep
//! their digits as long as nothing is computed with them; arithmetic is binary floating point, so amounts should pass as they
//! are, or as strings.

mod counted;
mod forbidden;
mod input;
mod limits;
mod program;
mod terms;
mod weight;

use super::canonical::{fault, text_of};
use super::json::{self, RECORD_BYTES_MAX};
use super::options::{Options, ProfileError};
use super::table::{Layout, Row, Table};
use super::zone::Zone;
use super::{Decoder, Outcome, Profile, Record};
use crate::{DataError, ErrorCode};
use input::{Variables, of_json, of_row, of_text};
use program::Program;

/// Decodes records by a jq program.
pub struct Jq {
    program: Program,
    input: Input,
    zone: Zone,
}

/// What a record is to the program.
#[derive(Clone, Debug)]
enum Input {
    Json,
    Text,
    /// A table: the program runs once for each row.
    Rows(Layout),
}

impl Jq {
    /// The decoder of a source with JSON or text.
    ///
    /// # Errors
    /// What is wrong with the profile or the program.
    pub fn new(profile: &Profile, program: &str) -> Result<Jq, ProfileError> {
        let options = Options::of(profile, "jq", &["input"])?;
        let input = match options.choice("input", &[("json", true), ("text", false)])? {
            true => Input::Json,
            false => Input::Text,
        };
        Jq::with(profile, program, input, "jq")
    }

    /// The decoder of a source with tables.
    ///
    /// # Errors
    /// What is wrong with the profile or the program.
    pub(super) fn of_rows(profile: &Profile, program: &str) -> Result<Jq, ProfileError> {
        let options = Options::of(profile, "csv", &Layout::OPTIONS)?;
        Jq::with(profile, program, Input::Rows(Layout::of(&options)?), "csv")
    }

    fn with(profile: &Profile, code: &str, input: Input, format: &'static str) -> Result<Jq, ProfileError> {
        let program = Program::read(code, profile).map_err(|problem| ProfileError::Mapping { format, problem })?;
        Ok(Jq { program, input, zone: Zone::named(&profile.time_zone)? })
    }

    fn read(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) -> Result<(), DataError> {
        let variables = Variables::of(record);
        match &self.input {
            Input::Json => {
                let text = text_of(record.value, RECORD_BYTES_MAX)?;
                self.run(of_json(text)?, &variables, "", outcomes);
            }
            Input::Text => self.run(of_text(text_of(record.value, RECORD_BYTES_MAX)?), &variables, "", outcomes),
            Input::Rows(layout) => {
                let Table { header, rows } = layout.read(record.value)?;
                for row in rows {
                    let Row { line, cells } = match row {
                        Ok(row) => row,
                        Err(fault) => {
                            outcomes.push(Err(fault));
                            continue;
                        }
                    };
                    self.run(of_row(&header, &cells), &variables, &format!("line {line}"), outcomes);
                }
            }
        }
        Ok(())
    }

    /// Runs the program once; `place` is where its input stands in the record.
    fn run(&self, input: jaq_json::Val, variables: &Variables, place: &str, outcomes: &mut Vec<Outcome>) {
        self.program.run(input, variables, &self.zone, |output| {
            outcomes.push(match output {
                Ok(event) => json::decode(event).map_err(|fault| placed(fault, place)),
                Err(problem) => Err(fault(None, ErrorCode::BadValue, place, format!("mapping: {problem}"))),
            });
        });
    }
}

impl Decoder for Jq {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        if let Err(fault) = self.read(record, outcomes) {
            outcomes.push(Err(fault));
        }
    }
}

fn placed(mut fault: DataError, place: &str) -> DataError {
    if !place.is_empty() {
        fault.message = format!("{} (for {})", fault.message, fault.field);
        fault.field = place.to_owned();
    }
    fault
}
