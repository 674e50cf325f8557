//! `landfall adapt`: a partner's sample files in, canonical events and errors out, one JSON object a line.
//!
//! So a profile or mapping is written against samples, before anything runs; `landfall adapt test` holds a partner's
//! samples against the events that are expected of them.

mod definition;
mod difference;
mod records;
mod samples;

use landfall_schemas::format::{Decoder, Outcome, Record, json};
use landfall_schemas::{DataError, Origin};
use serde_json::{Value, json};

use super::args::{RawAdapt, RawAdaptCommand};
use super::error::{CliError, Exit, UsageError};
use super::print;
use crate::source::FileInput;
use definition::Definition;
use records::{Splitting, records_of};
use samples::PartnerFolders;

/// Lines that are printed at once.
const LINES_AT_ONCE: usize = 1000;

/// Validated arguments of `adapt`.
pub enum Adapt {
    /// Print what files say.
    Print {
        /// How they are read.
        definition: Definition,
        /// The files.
        inputs: Vec<FileInput>,
    },
    /// Hold samples against what is expected.
    Test(PartnerFolders),
}

impl Adapt {
    /// Checks the arguments, the profile and the mapping, and that the files are there.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn validated(raw: RawAdapt) -> Result<Adapt, CliError> {
        if let Some(RawAdaptCommand::Test(raw)) = raw.command {
            return Ok(Adapt::Test(PartnerFolders::named(&raw.dir)?));
        }
        let definition = match (&raw.config, &raw.source, &raw.format) {
            (Some(config), Some(source), _) => Definition::of_source(config, source)?,
            (_, _, Some(format)) => Definition::of_options(format, raw.profile.as_deref(), raw.mapping.as_deref())?,
            _ => return Err(UsageError::NoFormat.into()),
        };
        let inputs = raw.files.iter().map(|file| FileInput::named(file)).collect::<Result<_, _>>()?;
        Ok(Adapt::Print { definition, inputs })
    }

    /// Prints the events and errors, or how the samples differ.
    ///
    /// # Errors
    /// When a file cannot be read or the output takes no more.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Adapt::Test(partners) => partners.run(),
            Adapt::Print { definition, inputs } => print_all(&definition, &inputs),
        }
    }
}

fn print_all(definition: &Definition, inputs: &[FileInput]) -> Result<Exit, CliError> {
    let decoder = definition.decoder()?;
    let mut exit = Exit::Done;
    for input in inputs {
        let adapted = adapted(&*decoder, definition.splitting(input.origin()), input)?;
        if adapted.iter().any(|adapted| adapted.outcome.is_err()) {
            exit = Exit::DataErrors;
        }
        for some in adapted.chunks(LINES_AT_ONCE) {
            let lines: Vec<String> = some.iter().map(Adapted::line).collect();
            print(&format!("{}\n", lines.join("\n")))?;
        }
    }
    Ok(exit)
}

/// What a part of a record says, and which record it is.
struct Adapted {
    origin: Origin,
    offset: u64,
    outcome: Outcome,
}

impl Adapted {
    /// The event, or `{"error": …}` with what `data_errors` would show.
    fn line(&self) -> String {
        match &self.outcome {
            Ok(event) => json::encode(event),
            Err(fault) => error_of(self.origin, self.offset, fault).to_string(),
        }
    }
}

fn error_of(origin: Origin, offset: u64, fault: &DataError) -> Value {
    json!({ "error": {
        "origin": origin.name(),
        "offset": offset,
        "stream": fault.stream.map(|stream| stream.as_str()),
        "error_code": fault.code.as_str(),
        "field": fault.field,
        "message": fault.message,
        "event_id": fault.event_id,
    } })
}

/// What the records of a file say, in their order.
fn adapted(decoder: &dyn Decoder, splitting: Splitting, input: &FileInput) -> Result<Vec<Adapted>, CliError> {
    let origin = input.origin();
    let content = input.read_whole(records::FILE_BYTES_MAX)?;
    let mut all = Vec::new();
    for (offset, value) in records_of(&content, splitting) {
        let mut outcomes = Vec::new();
        let record = Record { value, key: None, origin: origin.name(), partition: 0, offset, headers: &[] };
        decoder.decode(&record, &mut outcomes);
        all.extend(outcomes.into_iter().map(|outcome| Adapted { origin, offset, outcome }));
    }
    Ok(all)
}
