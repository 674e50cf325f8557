//! Records and what is known about them as values of jq.

use ::csv::StringRecord;
use jaq_json::{Map, Val, read};

use super::super::Record;
use super::super::canonical::fault;
use crate::{DataError, ErrorCode};

/// Names of the variables of a program, in the order of their values.
pub(super) const NAMES: [&str; 6] = ["$topic", "$partition", "$offset", "$key", "$headers", "$profile"];

/// Where a record came from.
pub(super) struct Variables {
    pub topic: String,
    pub partition: u32,
    pub offset: u64,
    pub key: Option<String>,
    pub headers: Vec<(String, String)>,
}

impl Variables {
    /// The variables of a record. Keys and headers that are no text are replaced where they are not.
    pub fn of(record: &Record<'_>) -> Variables {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Variables {
            topic: record.origin.to_owned(),
            partition: record.partition,
            offset: record.offset,
            key: record.key.map(text),
            headers: record.headers.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect(),
        }
    }

    /// Their values, but for the profile.
    pub fn values(&self) -> [Val; 5] {
        let headers = self.headers.iter().map(|(name, value)| (string(name), string(value)));
        [
            string(&self.topic),
            number(&self.partition.to_string()),
            number(&self.offset.to_string()),
            self.key.as_deref().map_or(Val::Null, string),
            Val::obj(headers.collect::<Map>()),
        ]
    }
}

/// A string.
pub(super) fn string(text: &str) -> Val {
    Val::utf8_str(text.as_bytes().to_vec())
}

fn number(digits: &str) -> Val {
    read::parse_single(digits.as_bytes()).unwrap_or_default()
}

/// JSON as a value. The reader of the jq library takes more than JSON, so what is JSON is asked of another first; that
/// one also limits its depth.
pub(super) fn of_json(text: &str) -> Result<Val, DataError> {
    let no_json = |problem: String| fault(None, ErrorCode::NotJson, "", problem);
    serde_json::from_str::<serde_json::Value>(text).map_err(|problem| no_json(problem.to_string()))?;
    read::parse_single(text.as_bytes()).map_err(|problem| no_json(problem.to_string()))
}

/// A text as a value.
pub(super) fn of_text(text: &str) -> Val {
    string(text)
}

/// A row as an object; cells beyond the header, and columns without a name, are left out.
pub(super) fn of_row(header: &StringRecord, cells: &StringRecord) -> Val {
    let members = header.iter().zip(cells).filter(|(name, _)| !name.is_empty());
    Val::obj(members.map(|(name, cell)| (string(name), string(cell))).collect::<Map>())
}
