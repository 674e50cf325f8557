//! How the files are read: format, profile and mapping, from the command line, a partner's file or a configuration.

use std::fs;
use std::path::{Path, PathBuf};

use landfall_schemas::Origin;
use landfall_schemas::format::{Decoder, Profile, ProfileError, decoder};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::records::Splitting;
use crate::cli::error::{CliError, UsageError};
use crate::source::SourceError;

/// A format with all that it needs to know.
pub struct Definition {
    format: String,
    profile: Profile,
    /// The program, and the file it is in.
    mapping: Option<(PathBuf, String)>,
    /// The file that says so, for messages.
    path: Option<PathBuf>,
}

/// The configuration of `landfall run`, as far as it is read here.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    sources: Vec<SourceEntry>,
}

/// A source of a configuration; a partner's `profile.yaml` has the same shape.
#[derive(Deserialize)]
struct SourceEntry {
    #[serde(default)]
    name: String,
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    profile: Option<Profile>,
    #[serde(default)]
    mapping: Option<PathBuf>,
}

/// Tells a partner's file from a bare profile.
#[derive(Deserialize)]
struct Shape {
    format: Option<IgnoredAny>,
    profile: Option<IgnoredAny>,
}

impl Definition {
    /// The source with this name in a configuration.
    pub fn of_source(config: &Path, name: &str) -> Result<Definition, CliError> {
        let sources = read_yaml::<Config>(config)?.sources;
        let known: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        match sources.into_iter().find(|source| source.name == name) {
            Some(source) => Definition::of_entry(source, config),
            None => Err(UsageError::UnknownSource {
                config: config.to_owned(),
                name: name.to_owned(),
                known: known.join(", "),
            }
            .into()),
        }
    }

    /// What a partner's `profile.yaml` says.
    pub fn of_partner(path: &Path) -> Result<Definition, CliError> {
        Definition::of_entry(read_yaml(path)?, path)
    }

    /// What the options of the command line say. The profile is a bare one, or a partner's file.
    pub fn of_options(format: &str, profile: Option<&Path>, mapping: Option<&Path>) -> Result<Definition, CliError> {
        let entry = match profile {
            // Samples can be looked at before anything is known about a partner.
            None => SourceEntry {
                name: String::new(),
                format: None,
                profile: Some(Profile { source: "sample".to_owned(), ..Profile::default() }),
                mapping: None,
            },
            Some(path) => {
                let shape: Shape = read_yaml(path)?;
                if shape.format.is_some() || shape.profile.is_some() {
                    read_yaml(path)?
                } else {
                    let profile = Some(read_yaml(path)?);
                    SourceEntry { name: String::new(), format: None, profile, mapping: None }
                }
            }
        };
        let entry = SourceEntry { format: Some(format.to_owned()), ..entry };
        let mut definition = Definition::of_entry(entry, profile.unwrap_or(Path::new("")))?;
        if let Some(mapping) = mapping {
            definition.mapping = Some((mapping.to_owned(), read_text(mapping)?));
        }
        Ok(definition)
    }

    fn of_entry(entry: SourceEntry, path: &Path) -> Result<Definition, CliError> {
        // A mapping stands beside the file that names it.
        let folder = path.parent().unwrap_or(Path::new(""));
        let mapping = entry.mapping.map(|mapping| folder.join(mapping));
        let mapping = mapping.map(|mapping| read_text(&mapping).map(|program| (mapping, program))).transpose()?;
        Ok(Definition {
            format: entry.format.unwrap_or_else(|| "json".to_owned()),
            profile: entry.profile.unwrap_or_default(),
            mapping,
            path: (!path.as_os_str().is_empty()).then(|| path.to_owned()),
        })
    }

    /// The decoder.
    pub fn decoder(&self) -> Result<Box<dyn Decoder>, CliError> {
        let program = self.mapping.as_ref().map(|(_, program)| program.as_str());
        decoder(&self.format, &self.profile, program).map_err(|problem| {
            let of_mapping = matches!(problem, ProfileError::Mapping { .. });
            let mapping = self.mapping.as_ref().filter(|_| of_mapping).map(|(path, _)| path.clone());
            UsageError::Profile { path: mapping.or_else(|| self.path.clone()), problem }.into()
        })
    }

    /// What of a file with this name is a record.
    pub(super) fn splitting(&self, origin: Origin) -> Splitting {
        Splitting::of_name(origin.name())
    }
}

fn read_text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|reason| SourceError::Open { path: path.to_owned(), reason }.into())
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let text = read_text(path)?;
    serde_saphyr::from_str(&text).map_err(|problem| {
        UsageError::Yaml { path: path.to_owned(), problem: problem.to_string().lines().next().unwrap_or("").to_owned() }
            .into()
    })
}
