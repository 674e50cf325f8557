//! The command line: raw arguments, validated arguments, commands, exit codes.

mod adapt;
pub mod args;
pub mod dead_letters;
mod demo;
pub mod error;
pub mod figures;
mod generate;
pub mod live;
mod output;
mod progress;
mod replay;
pub mod settings;
mod summary;
pub mod values;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use args::{RawArgs, RawCommand};
use error::{CliError, Exit, UsageError};

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let raw = match RawArgs::try_parse() {
        Ok(raw) => raw,
        Err(message) => {
            // Help and version too; nobody can be told when the terminal is gone.
            message.print().ok();
            return if message.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let exit = run(raw.command).unwrap_or_else(|error| {
        report(&error);
        error.exit()
    });
    exit.into()
}

fn run(command: RawCommand) -> Result<Exit, CliError> {
    match command {
        RawCommand::Adapt(raw) => adapt::Adapt::validated(raw)?.run(),
        RawCommand::Replay(raw) => replay::Replay::validated(raw)?.run(),
        RawCommand::Generate(raw) => generate::Generate::validated(raw)?.run(),
        RawCommand::Run(raw) => live::run(&raw),
        RawCommand::Validate(raw) => live::validate(&raw),
        RawCommand::Checkpoint(raw) => live::checkpoint(&raw),
        RawCommand::DeadLetters(raw) => dead_letters::dead_letters(&raw),
        RawCommand::ConfigReference => live::config_reference(),
        RawCommand::Demo(raw) => demo::Demo::validated(raw)?.run(),
    }
}

/// Tells on standard error what went wrong and what may help.
fn report(error: &CliError) {
    tell(&format!("error[{}]: {error}", error.code()));
    if let Some(hint) = error.hint() {
        tell(&format!("hint: {hint}"));
    }
}

/// A line on standard error. Where that is closed, nobody wants to know.
fn tell(line: &str) {
    writeln!(io::stderr(), "{line}").ok();
}

/// Prints to standard output. A reader that has gone away, as `head` does, is no error.
fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(reason) if reason.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Output { output: "standard output".to_owned(), reason })
        }
        _ => Ok(()),
    }
}

/// Reads the value of an option.
fn option_value<T>(
    option: &'static str,
    value: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, UsageError> {
    read(value).map_err(|reason| UsageError::Value { option, value: value.to_owned(), reason })
}

/// A number from 1 to `max`.
fn in_range<T: Copy + PartialOrd + From<u8> + std::fmt::Display>(
    option: &'static str,
    value: T,
    max: T,
) -> Result<T, UsageError> {
    if (T::from(1)..=max).contains(&value) {
        return Ok(value);
    }
    Err(UsageError::Value { option, value: value.to_string(), reason: format!("from 1 to {max}") })
}
