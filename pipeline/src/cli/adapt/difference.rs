//! How what was found differs from what was expected, for a reader.

use serde_json::Value;

/// Characters of a value that a difference shows.
const SHOWN_MAX: usize = 160;

/// The differences of two lists of events and errors, a line each; none when they agree.
///
/// Events must be equal. Of an error what is expected must be there: a message that is not expected does not matter.
pub(super) fn differences(expected: &[Value], found: &[Value]) -> Vec<String> {
    let mut all = Vec::new();
    for index in 0..expected.len().max(found.len()) {
        let number = index + 1;
        match (expected.get(index), found.get(index)) {
            (Some(expected), Some(found)) => {
                let is_error = expected.get("error").is_some();
                let mut fields = Vec::new();
                compare("", expected, found, is_error, &mut fields);
                all.extend(fields.into_iter().map(|field| format!("line {number}: {field}")));
            }
            (Some(expected), None) => all.push(format!("line {number}: expected {}, found nothing", shown(expected))),
            (None, Some(found)) => all.push(format!("line {number}: expected nothing, found {}", shown(found))),
            (None, None) => {}
        }
    }
    all
}

/// Compares two values; of a `partial` one what else was found does not matter.
fn compare(path: &str, expected: &Value, found: &Value, partial: bool, fields: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let others = found.keys().filter(|name| !partial && !expected.contains_key(*name));
            for name in expected.keys().chain(others) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match (expected.get(name), found.get(name)) {
                    (Some(expected), Some(found)) => compare(&path, expected, found, partial, fields),
                    (Some(expected), None) => {
                        fields.push(format!("{path}: expected {}, found nothing", shown(expected)))
                    }
                    (None, found) => {
                        fields
                            .push(format!("{path}: expected nothing, found {}", found.map(shown).unwrap_or_default()));
                    }
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{path}[{index}]"), expected, found, partial, fields);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => {
            let place = if path.is_empty() { "event" } else { path };
            fields.push(format!("{place}: expected {}, found {}", shown(expected), shown(found)));
        }
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
