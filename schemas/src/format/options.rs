//! Reads a [`Profile`]: what is wrong with it is said when a source starts, not with its first record.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

use super::Profile;

/// Why a profile or mapping makes no decoder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No format has this name.
    #[error("unknown format {name:?}: expected one of {}", known.join(", "))]
    UnknownFormat {
        /// The name given.
        name: String,
        /// The formats there are.
        known: &'static [&'static str],
    },
    /// The profile names no source.
    #[error("the profile has no `source`: expected the source of the events, such as carrier:MAEU")]
    NoSource,
    /// The time zone is neither an IANA name nor an offset.
    #[error("unknown time zone {0:?}: expected an IANA name such as Europe/Berlin, or an offset such as +02:00")]
    BadZone(String),
    /// The format has no such switch.
    #[error("format {format} has no option {name:?}: expected one of {known}")]
    UnknownOption {
        /// The format.
        format: &'static str,
        /// The switch given.
        name: String,
        /// The switches there are.
        known: String,
    },
    /// A switch has no such position.
    #[error("option {name} is {value:?}: expected {expected}")]
    BadOption {
        /// The switch.
        name: String,
        /// The value given.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// The format cannot do without this switch.
    #[error("format {format} needs the option {name}")]
    MissingOption {
        /// The format.
        format: &'static str,
        /// The switch.
        name: &'static str,
    },
    /// A code is mapped to what there is not.
    #[error("codes.{map}: {code} is mapped to {value:?}: expected {expected}")]
    BadCode {
        /// The map.
        map: &'static str,
        /// The partner's code.
        code: String,
        /// What it is mapped to.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// A field is not what the format needs.
    #[error("profile `{field}`: {message}")]
    Field {
        /// The field, `codes.milestones.AF` or `options.base_invoice`.
        field: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
    /// The format takes no mapping, or needs one.
    #[error("format {format}: {problem}")]
    Mapping {
        /// The format.
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl ProfileError {
    /// An error of this field.
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> ProfileError {
        ProfileError::Field { field: field.into(), message: message.into() }
    }
}

/// The switches of a profile, for one format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'p> {
    format: &'static str,
    given: &'p BTreeMap<String, String>,
}

impl<'p> Options<'p> {
    /// The switches of a profile. Those known are names, or prefixes that end in a full stop.
    pub fn of(profile: &'p Profile, format: &'static str, known: &[&str]) -> Result<Options<'p>, ProfileError> {
        if profile.source.trim().is_empty() {
            return Err(ProfileError::NoSource);
        }
        let given = &profile.options;
        let is_known =
            |name: &str| known.iter().any(|known| name == *known || (known.ends_with('.') && name.starts_with(*known)));
        match given.keys().find(|name| !is_known(name)) {
            Some(name) => Err(ProfileError::UnknownOption { format, name: name.clone(), known: known.join(", ") }),
            None => Ok(Options { format, given }),
        }
    }

    /// The value of a switch; `None` where it is not given or blank.
    pub fn get(&self, name: &str) -> Option<&'p str> {
        self.given.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of a switch that must be given.
    pub fn required(&self, name: &'static str) -> Result<&'p str, ProfileError> {
        self.get(name).ok_or(ProfileError::MissingOption { format: self.format, name })
    }

    /// The position of a switch: one of `positions`, the first unless given.
    pub fn choice<T: Copy>(&self, name: &str, positions: &[(&str, T)]) -> Result<T, ProfileError> {
        let Some(value) = self.get(name) else { return Ok(positions[0].1) };
        let found = positions.iter().find(|(position, _)| *position == value);
        found.map(|(_, position)| *position).ok_or_else(|| ProfileError::BadOption {
            name: name.to_owned(),
            value: value.to_owned(),
            expected: positions.iter().map(|(position, _)| *position).collect::<Vec<_>>().join(" or "),
        })
    }

    /// A value of an enumeration, where it is given.
    pub fn one_of<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ProfileError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        variant(value).map(Some).map_err(|expected| ProfileError::BadOption {
            name: name.to_owned(),
            value: value.to_owned(),
            expected,
        })
    }

    /// The switches whose name begins with `prefix`, without it.
    pub fn with_prefix(&self, prefix: &'static str) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.given.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.trim())))
    }
}

/// The variant with this name on the wire, or what there is.
pub(super) fn variant<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    T::deserialize(name.into_deserializer()).map_err(|error: Error| error.to_string())
}

/// What a partner's code means: a value, or nothing of interest.
pub(super) type Meaning<T> = Option<T>;

/// A map of a partner's codes with every value checked. `ignore` means nothing of interest.
pub(super) fn code_map<T>(
    map: &'static str,
    codes: &BTreeMap<String, String>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<BTreeMap<String, Meaning<T>>, ProfileError> {
    let meaning = |(code, value): (&String, &String)| {
        let meaning = match value.trim() {
            "ignore" => None,
            value => Some(read(value).map_err(|expected| ProfileError::BadCode {
                map,
                code: code.clone(),
                value: value.to_owned(),
                expected: format!("{expected}, or `ignore`"),
            })?),
        };
        Ok((code.trim().to_owned(), meaning))
    };
    codes.iter().map(meaning).collect()
}
