//! `landfall adapt test DIR`: the samples of partners against the events expected of them.
//!
//! A partner is a folder with `profile.yaml` (`format`, `profile`, `mapping`), `samples/` and `expect/`: for each sample the
//! expected lines, in `expect/<name of the sample without its ending>.jsonl`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use landfall_schemas::format::Decoder;
use serde_json::Value;

use super::adapted;
use super::definition::Definition;
use super::difference::differences;
use crate::cli::error::{CliError, Exit, UsageError};
use crate::cli::print;
use crate::cli::summary::counted;
use crate::source::{FileInput, SourceError};

/// A partner's file, which makes a folder a partner's.
const PROFILE: &str = "profile.yaml";
/// Differences of one sample that are shown.
const SHOWN_MAX: usize = 20;

/// The folders of partners.
pub struct PartnerFolders {
    folders: Vec<PathBuf>,
}

impl PartnerFolders {
    /// The partners of a folder, or the folder itself where it is one's.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(dir: &Path) -> Result<PartnerFolders, CliError> {
        let is_partner = |path: &PathBuf| path.join(PROFILE).is_file();
        let folders = if is_partner(&dir.to_owned()) { vec![dir.to_owned()] } else { entries(dir)? };
        let folders: Vec<PathBuf> = folders.into_iter().filter(is_partner).collect();
        if folders.is_empty() {
            return Err(UsageError::NoPartner { dir: dir.to_owned() }.into());
        }
        Ok(PartnerFolders { folders })
    }

    /// Holds every sample against what is expected of it and prints how it went.
    ///
    /// # Errors
    /// When a file cannot be read or a profile makes no decoder.
    pub fn run(self) -> Result<Exit, CliError> {
        let (mut samples, mut different) = (0_u64, 0_u64);
        for folder in &self.folders {
            let definition = Definition::of_partner(&folder.join(PROFILE))?;
            let decoder = definition.decoder()?;
            let mut expected = BTreeSet::new();
            for sample in entries(&folder.join("samples"))? {
                let input = FileInput::named(&sample)?;
                let expectation = expectation(folder, &input);
                let problems = check(&definition, &*decoder, &input, &expectation)?;
                samples += 1;
                different += u64::from(!problems.is_empty());
                print(&report(folder, &sample, &problems))?;
                expected.insert(expectation);
            }
            for idle in idle(folder, &expected)? {
                different += 1;
                print(&report(folder, &idle, &["is expected of no sample: remove it or add the sample".to_owned()]))?;
            }
        }
        let samples_text = counted(samples, "sample");
        let partners = counted(self.folders.len() as u64, "partner");
        print(&format!("{samples_text} of {partners}, {different} not as expected\n"))?;
        Ok(if different > 0 || samples == 0 { Exit::Failure } else { Exit::Done })
    }
}

/// Where the expected lines of a partner's samples are.
fn expectations(folder: &Path) -> PathBuf {
    folder.join("expect")
}

/// Where the lines are that are expected of a sample.
fn expectation(folder: &Path, sample: &FileInput) -> PathBuf {
    expectations(folder).join(Path::new(sample.origin().name()).with_extension("jsonl"))
}

/// The files of expected lines that belong to no sample.
fn idle(folder: &Path, expected: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, SourceError> {
    let all = expectations(folder);
    let found = if all.is_dir() { entries(&all)? } else { Vec::new() };
    Ok(found.into_iter().filter(|file| !expected.contains(file)).collect())
}

/// How a sample differs from what is expected of it.
fn check(
    definition: &Definition,
    decoder: &dyn Decoder,
    input: &FileInput,
    expectation: &Path,
) -> Result<Vec<String>, CliError> {
    let found = adapted(decoder, definition.splitting(input.origin()), input)?;
    let found: Vec<Value> =
        found.iter().map(|adapted| serde_json::from_str(&adapted.line()).unwrap_or_default()).collect();
    let Ok(text) = fs::read_to_string(expectation) else {
        return Ok(vec![format!("{} is not there: write what is expected", expectation.display())]);
    };
    let mut expected = Vec::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _): &(&str, usize)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => expected.push(value),
            Err(problem) => return Ok(vec![format!("{}, line {number}: {problem}", expectation.display())]),
        }
    }
    Ok(differences(&expected, &found))
}

fn report(folder: &Path, file: &Path, problems: &[String]) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let state = if problems.is_empty() { "ok     " } else { "differs" };
    let mut text = format!("{state} {}/{}\n", name(folder), name(file));
    for problem in problems.iter().take(SHOWN_MAX) {
        text.push_str(&format!("        {problem}\n"));
    }
    if problems.len() > SHOWN_MAX {
        text.push_str(&format!("        and {} more\n", problems.len() - SHOWN_MAX));
    }
    text
}

/// What is in a folder, in the order of the names; hidden files are not.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let open_error = |reason| SourceError::Open { path: folder.to_owned(), reason };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(open_error)? {
        let entry = entry.map_err(open_error)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
