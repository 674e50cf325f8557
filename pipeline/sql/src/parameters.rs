//! Parameters of a session: what `SHOW` and `SET` know.

use super::fault::Fault;

/// Every parameter with its default.
const PARAMETERS: &[(&str, &str)] = &[
    ("application_name", ""),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, MDY"),
    ("default_transaction_isolation", "repeatable read"),
    ("default_transaction_read_only", "on"),
    ("escape_string_warning", "on"),
    ("extra_float_digits", "1"),
    ("geqo", "on"),
    ("idle_in_transaction_session_timeout", "0"),
    ("in_hot_standby", "off"),
    ("integer_datetimes", "on"),
    ("intervalstyle", "postgres"),
    ("is_superuser", "off"),
    ("jit", "off"),
    ("lc_collate", "C"),
    ("lc_ctype", "C"),
    ("lc_messages", "C"),
    ("lc_monetary", "C"),
    ("lc_numeric", "C"),
    ("lc_time", "C"),
    ("lock_timeout", "0"),
    ("max_identifier_length", "63"),
    ("max_index_keys", "32"),
    ("quote_all_identifiers", "off"),
    ("row_security", "on"),
    ("search_path", "public"),
    ("server_encoding", "UTF8"),
    ("server_version", "16.6"),
    ("server_version_num", "160006"),
    ("session_authorization", ""),
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("synchronize_seqscans", "on"),
    ("timezone", "UTC"),
    ("transaction_isolation", "repeatable read"),
    ("transaction_read_only", "on"),
    ("work_mem", "4MB"),
];

/// Those that say what the server is, and cannot be set.
const FIXED: &[&str] = &[
    "in_hot_standby",
    "integer_datetimes",
    "is_superuser",
    "lc_collate",
    "lc_ctype",
    "max_identifier_length",
    "max_index_keys",
    "server_encoding",
    "server_version",
    "server_version_num",
    "session_authorization",
];

/// A parameter's value before anybody sets it.
pub(super) fn default(name: &str) -> Option<&'static str> {
    let name = match name {
        "transaction_isolation_level" => "transaction_isolation",
        "time_zone" => "timezone",
        name => name,
    };
    PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// Every parameter's name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PARAMETERS.iter().map(|(name, _)| *name)
}

/// How PostgreSQL spells a parameter that clients are told about when it changes.
pub(super) fn reported(name: &str) -> Option<&'static str> {
    match name {
        "application_name" => Some("application_name"),
        "client_encoding" => Some("client_encoding"),
        "datestyle" => Some("DateStyle"),
        "intervalstyle" => Some("IntervalStyle"),
        _ => None,
    }
}

/// What a parameter is when a client sets it.
///
/// # Errors
/// When there is no such parameter, or it cannot be that.
pub(super) fn checked(name: &str, value: &str) -> Result<String, Fault> {
    if name == "transaction_read_only" || name == "default_transaction_read_only" {
        if matches!(value.to_ascii_lowercase().as_str(), "off" | "false" | "0" | "no") {
            return Err(Fault::new("25006", "cannot set transaction read-write mode").hint("the views are read-only"));
        }
        return Ok("on".to_owned());
    }
    if FIXED.contains(&name) {
        return Err(Fault::new("55P02", format!("parameter \"{name}\" cannot be changed")));
    }
    if default(name).is_none() {
        return Err(Fault::new("42704", format!("unrecognized configuration parameter \"{name}\"")));
    }
    match name {
        "client_encoding" => match value.replace(['-', '_'], "").to_ascii_uppercase().as_str() {
            "UTF8" | "UNICODE" | "SQLASCII" => Ok("UTF8".to_owned()),
            _ => Err(Fault::new("22023", format!("client encoding {value} is not supported")).hint("use UTF8")),
        },
        "statement_timeout" => milliseconds(value).map(|limit| limit.to_string()),
        _ => Ok(value.to_owned()),
    }
}

/// `500`, `500ms`, `2s`, `1min`.
fn milliseconds(value: &str) -> Result<u64, Fault> {
    let digits = value.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()).trim();
    let factor = match value[digits.len()..].trim() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let limit = digits.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    limit.ok_or_else(|| Fault::new("22023", format!("invalid value for parameter \"statement_timeout\": \"{value}\"")))
}
