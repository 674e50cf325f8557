//! The decoder of a source, by the name of its format.

use super::csv::Csv;
use super::{Dcsa, Decoder, Ecb, Edifact, Jq, Json, Profile, ProfileError, Wco, X12};

/// The formats there are.
pub const FORMATS: [&str; 8] = ["json", "x12", "edifact", "dcsa", "wco", "ecb", "csv", "jq"];

/// The decoder for a format, what is known about the partner, and its mapping where it has one.
///
/// # Errors
/// What is wrong with the profile or the mapping: said when a source starts, not with its first record.
pub fn decoder(name: &str, profile: &Profile, mapping: Option<&str>) -> Result<Box<dyn Decoder>, ProfileError> {
    let format = *FORMATS
        .iter()
        .find(|format| **format == name)
        .ok_or_else(|| ProfileError::UnknownFormat { name: name.to_owned(), known: &FORMATS })?;
    Ok(match (format, mapping) {
        ("jq", Some(program)) => Box::new(Jq::new(profile, program)?),
        ("csv", Some(program)) => Box::new(Csv::mapped(profile, program)?),
        ("jq", None) => return Err(wrong(format, "needs a mapping: a jq program")),
        (_, Some(_)) => return Err(wrong(format, "takes no mapping")),
        ("json", None) => Box::new(Json),
        ("x12", None) => Box::new(X12::new(profile.clone())?),
        ("edifact", None) => Box::new(Edifact::new(profile.clone())?),
        ("dcsa", None) => Box::new(Dcsa::new(profile)?),
        ("wco", None) => Box::new(Wco::new(profile)?),
        ("ecb", None) => Box::new(Ecb::new(profile)?),
        _ => Box::new(Csv::new(profile)?),
    })
}

fn wrong(format: &'static str, problem: &str) -> ProfileError {
    ProfileError::Mapping { format, problem: problem.to_owned() }
}
