//! A profile as the EDI adapters use it: checked once, when the adapter is made.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NoVariant;

use super::Profile;
use super::zone::Zone;
use crate::IdentifierType;
use crate::event::{Classifier, CustomsStatusKind, MilestoneKind};

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("profile `{field}`: {message}")]
pub struct ProfileError {
    /// The field, `codes.milestones.AF` or `options.base_invoice`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

impl ProfileError {
    /// An error of this field.
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> ProfileError {
        ProfileError { field: field.into(), message: message.into() }
    }
}

/// What a status code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A milestone and how sure its time is.
    Milestone(MilestoneKind, Classifier),
    /// A customs status, and which hold it is about.
    Customs(CustomsStatusKind, Option<String>),
    /// A step on the way that is none of our milestones.
    Nothing,
}

/// A profile, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub source: String,
    pub partner: String,
    pub region: String,
    pub zone: Option<Zone>,
    /// Status code, in capitals, → what it says.
    pub statuses: BTreeMap<String, Meaning>,
    pub charges: BTreeMap<String, String>,
    pub units: BTreeMap<String, String>,
    pub places: BTreeMap<String, String>,
    /// Reference qualifier → type of identifier; `None` for one that is to be ignored.
    pub references: BTreeMap<String, Option<IdentifierType>>,
    options: BTreeMap<String, String>,
}

impl Settings {
    /// Checks a profile of which the format knows the options named `known` and `reference.<qualifier>`.
    pub fn new(profile: Profile, known: &[&str]) -> Result<Settings, ProfileError> {
        if profile.source.trim().is_empty() {
            return Err(ProfileError::new("source", "is empty: every event names the system that speaks"));
        }
        let mut references = BTreeMap::new();
        for (name, value) in &profile.options {
            let field = format!("options.{name}");
            if let Some(qualifier) = name.strip_prefix("reference.") {
                references.insert(qualifier.to_ascii_uppercase(), reference(field, value)?);
            } else if !known.contains(&name.as_str()) {
                let message = format!("is not known: expected {} or reference.<qualifier>", known.join(", "));
                return Err(ProfileError::new(field, message));
            }
        }
        Ok(Settings {
            zone: zone(&profile.time_zone)?,
            statuses: statuses(&profile)?,
            source: profile.source,
            partner: profile.partner,
            region: profile.region,
            charges: profile.codes.charges,
            units: profile.codes.units,
            places: profile.codes.places,
            references,
            options: profile.options,
        })
    }

    /// An option as given; empty where it is not.
    pub fn option(&self, name: &str) -> &str {
        self.options.get(name).map_or("", |value| value.trim())
    }

    /// An option that is one of some words; the first where it is not given.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, ProfileError> {
        let given = self.option(name);
        let first = words.first().filter(|_| given.is_empty());
        let found = first.or_else(|| words.iter().find(|(word, _)| *word == given));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            ProfileError::new(format!("options.{name}"), format!("is {given:?}: expected {}", words.join(" or ")))
        })
    }

    /// An option that is a regular expression whose first group stands around the original of something altered.
    pub fn pattern(&self, name: &str) -> Result<Option<Regex>, ProfileError> {
        let given = self.option(name);
        if given.is_empty() {
            return Ok(None);
        }
        let wrong = |message: String| ProfileError::new(format!("options.{name}"), message);
        let pattern = Regex::new(given).map_err(|error| wrong(format!("is no regular expression: {error}")))?;
        if pattern.captures_len() < 2 {
            return Err(wrong("has no group: expected one around the original, such as ^(.+)R[0-9]$".to_owned()));
        }
        Ok(Some(pattern))
    }

    /// A place as shown: by the profile's map, else as written.
    pub fn place<'t>(&'t self, code: &'t str) -> &'t str {
        self.places.get(code).map_or(code, String::as_str)
    }

    /// A unit: ours by the profile's map, else as written.
    pub fn unit<'t>(&'t self, code: &'t str) -> &'t str {
        self.units.get(code).map_or(code, String::as_str)
    }
}

fn zone(name: &str) -> Result<Option<Zone>, ProfileError> {
    if name.trim().is_empty() {
        return Ok(None);
    }
    let unknown = || {
        let message =
            format!("{name:?} is no zone: expected an IANA name such as America/New_York, or an offset such as +02:00");
        ProfileError::new("time_zone", message)
    };
    Zone::named(name.trim()).map(Some).ok_or_else(unknown)
}

/// A name of an enumeration as it stands in canonical events.
fn named<'n, T: Deserialize<'n>>(name: &'n str) -> Option<T> {
    let deserializer: serde::de::value::StrDeserializer<'n, NoVariant> = name.into_deserializer();
    T::deserialize(deserializer).ok()
}

fn reference(field: String, value: &str) -> Result<Option<IdentifierType>, ProfileError> {
    if value == "ignore" {
        return Ok(None);
    }
    named(value).map(Some).ok_or_else(|| {
        ProfileError::new(field, format!("{value:?} is no type of identifier: expected one such as bol, or ignore"))
    })
}

/// The profile's status codes, both maps. `delivered:estimated` gives the classifier, `hold:agriculture` the hold.
fn statuses(profile: &Profile) -> Result<BTreeMap<String, Meaning>, ProfileError> {
    let mut statuses = BTreeMap::new();
    for (code, text) in &profile.codes.customs_statuses {
        let (name, hold) = text.split_once(':').map_or((text.as_str(), None), |(name, hold)| (name, Some(hold)));
        let meaning = match named(name) {
            _ if name == "ignore" => Meaning::Nothing,
            Some(status) => Meaning::Customs(status, hold.map(str::to_owned)),
            None => {
                let message = format!("{text:?} is no customs status: expected one such as hold, or ignore");
                return Err(ProfileError::new(format!("codes.customs_statuses.{code}"), message));
            }
        };
        statuses.insert(code.to_ascii_uppercase(), meaning);
    }
    for (code, text) in &profile.codes.milestones {
        let (name, sure) = text.split_once(':').unwrap_or((text.as_str(), "actual"));
        let meaning = match (named(name), named(sure)) {
            _ if text == "ignore" => Meaning::Nothing,
            (Some(milestone), Some(classifier)) => Meaning::Milestone(milestone, classifier),
            _ => {
                let message = format!("{text:?} is no milestone: expected one such as departed, or ignore");
                return Err(ProfileError::new(format!("codes.milestones.{code}"), message));
            }
        };
        statuses.insert(code.to_ascii_uppercase(), meaning);
    }
    Ok(statuses)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        serde_json::from_str(text).expect("a profile")
    }

    #[test]
    fn what_is_wrong_with_a_profile_is_named() {
        for (text, field) in [
            (r#"{}"#, "source"),
            (r#"{"source":"x","time_zone":"Mars/Olympus"}"#, "time_zone"),
            (r#"{"source":"x","options":{"colour":"red"}}"#, "options.colour"),
            (r#"{"source":"x","options":{"reference.BM":"bill"}}"#, "options.reference.BM"),
            (r#"{"source":"x","codes":{"milestones":{"AF":"gone"}}}"#, "codes.milestones.AF"),
            (r#"{"source":"x","codes":{"milestones":{"AF":"departed:maybe"}}}"#, "codes.milestones.AF"),
            (r#"{"source":"x","codes":{"customs_statuses":{"PA":"held"}}}"#, "codes.customs_statuses.PA"),
        ] {
            let error = Settings::new(profile(text), &["size"]).expect_err(text);
            assert_eq!(error.field, field, "{error}");
        }
    }

    #[test]
    fn codes_say_milestones_customs_statuses_or_nothing() {
        let text = r#"{"source":"x","codes":{"milestones":{"ab":"delivered:estimated","cd":"ignore"},
                       "customs_statuses":{"H1":"hold:agriculture"}}}"#;
        let settings = Settings::new(profile(text), &[]).expect("a profile");
        let milestone = Meaning::Milestone(MilestoneKind::Delivered, Classifier::Estimated);
        assert_eq!(settings.statuses["AB"], milestone);
        assert_eq!(settings.statuses["CD"], Meaning::Nothing);
        assert_eq!(settings.statuses["H1"], Meaning::Customs(CustomsStatusKind::Hold, Some("agriculture".into())));
    }
}
