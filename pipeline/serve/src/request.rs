//! Paths and queries of requests, decoded strictly: what is no UTF-8 is refused, never repaired.

use axum::http::Uri;

use super::problem::Problem;

/// More parameters than this are no query.
const PARAMETERS_MAX: usize = 64;

/// The segments of a path after `prefix`, each decoded by itself, so that `%2F` stays inside its segment.
///
/// # Errors
/// When a segment is not percent-encoded UTF-8.
pub fn segments(uri: &Uri, prefix: &str) -> Result<Vec<String>, Problem> {
    let path = uri.path().strip_prefix(prefix).unwrap_or_default();
    path.trim_start_matches('/').split('/').map(|segment| decoded(segment, false, "the path")).collect()
}

/// The parameters of a query.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the query of an address.
    ///
    /// # Errors
    /// When it is not percent-encoded UTF-8, or has far too many parameters.
    pub fn of(uri: &Uri) -> Result<Parameters, Problem> {
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let mut parameters = Vec::new();
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push((decoded(name, true, "the query")?, decoded(value, true, "the query")?));
            if parameters.len() > PARAMETERS_MAX {
                return Err(Problem::bad_request(format!("the query has more than {PARAMETERS_MAX} parameters")));
            }
        }
        Ok(Parameters(parameters))
    }

    /// Refuses names that mean nothing here: a misspelt filter must not give all rows.
    ///
    /// # Errors
    /// The first parameter that is not among those known.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(Problem::parameter(name, format!("there is no parameter `{name}` here; known: {known}")))
            }
        }
    }

    /// The value of a parameter that is given at most once.
    ///
    /// # Errors
    /// When it is given several times.
    pub fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, Problem> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Problem::parameter(name, format!("`{name}` is given more than once")));
        }
        Ok(first)
    }

    /// The values of a parameter that may be given several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is a whole number.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        let wrong = |text: &str| Problem::parameter(name, format!("`{text}` is not a whole number from 0 up"));
        self.one(name)?.map(|text| text.parse().map_err(|_| wrong(text))).transpose()
    }

    /// Names in a parameter, separated by commas.
    ///
    /// # Errors
    /// When the parameter is given several times.
    pub fn names<'a>(&'a self, name: &'a str) -> Result<Vec<&'a str>, Problem> {
        let text = self.one(name)?.unwrap_or_default();
        Ok(text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect())
    }

    /// Whether nothing but what is listed was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A text without its percent-encoding.
fn decoded(text: &str, plus_is_blank: bool, place: &str) -> Result<String, Problem> {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
                let (Some(high), Some(low)) = (digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) else {
                    return Err(Problem::bad_request(format!("{place} has a `%` without two hexadecimal digits")));
                };
                plain.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            b'+' if plus_is_blank => plain.push(b' '),
            byte => plain.push(byte),
        }
        at += 1;
    }
    let text = String::from_utf8(plain).map_err(|_| Problem::bad_request(format!("{place} is not UTF-8")))?;
    if text.contains('\0') {
        return Err(Problem::bad_request(format!("{place} holds a NUL")));
    }
    Ok(text)
}

/// A text as a segment of a path: everything but unreserved characters is percent-encoded.
pub fn encoded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => coded.push(char::from(byte)),
            byte => {
                coded.push('%');
                coded.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0').to_ascii_uppercase());
                coded.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    coded
}
