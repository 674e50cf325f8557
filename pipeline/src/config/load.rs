//! Reads a configuration: file, environment, flags, in this order; later ones win.

use std::path::Path;

use schemars::schema_for;
use serde_json::Value;

use super::tree::{Surroundings, Tree, joined, typed};
use super::{Config, ConfigError};

/// The environment variables that set options begin with this: `LANDFALL__ENGINE__WORKERS`.
const PREFIX: &str = "LANDFALL__";

/// The process's environment and files.
struct Process;

impl Surroundings for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    }
}

/// Reads a configuration file; the process's environment and then `flags` (path, value) win over it.
///
/// # Errors
/// When the file cannot be read, is no YAML, has unknown keys, or values of the wrong type.
pub fn load(path: &Path, flags: &[(String, String)]) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|reason| ConfigError::Read { path: path.to_owned(), reason })?;
    let environment: Vec<(String, String)> = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    load_text(&text, &environment, flags, &Process)
}

/// As [`load`], with everything given.
///
/// # Errors
/// As [`load`].
pub fn load_text(
    text: &str,
    environment: &[(String, String)],
    flags: &[(String, String)],
    surroundings: &dyn Surroundings,
) -> Result<Config, ConfigError> {
    let mut tree = Tree::parse(text, surroundings)?;
    for (name, value) in environment {
        let path: Vec<String> = name.trim_start_matches(PREFIX).split("__").map(str::to_ascii_lowercase).collect();
        put(&mut tree.value, &path, typed(value), name)?;
    }
    for (path, value) in flags {
        let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        put(&mut tree.value, &parts, typed(value), path)?;
    }
    let schema = schema_for!(Config).to_value();
    refuse_unknown(&tree, &tree.value, &schema, &schema, "")?;
    serde_path_to_error::deserialize(&tree.value).map_err(|error| {
        let path = error.path().to_string();
        let line = line_of(&tree, &path);
        ConfigError::Value { path, line, reason: error.into_inner().to_string() }
    })
}

/// The line of a path, else that of what it stands in.
fn line_of(tree: &Tree, path: &str) -> Option<usize> {
    let mut path = path;
    loop {
        if let Some(line) = tree.lines.get(path) {
            return Some(*line);
        }
        path = &path[..path.rfind(['.', '['])?];
    }
}

/// Puts a value at a path; sections that are not there are made.
fn put(root: &mut Value, path: &[String], value: Value, name: &str) -> Result<(), ConfigError> {
    let refused =
        |reason: &str| Err(ConfigError::Value { path: name.to_owned(), line: None, reason: reason.to_owned() });
    let mut place = root;
    for part in path {
        if place.is_null() {
            *place = Value::Object(serde_json::Map::new());
        }
        place = match place {
            Value::Object(object) => object.entry(part.clone()).or_insert(Value::Null),
            Value::Array(items) => match part.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(item) => item,
                None => return refused("the list has no entry with this number (they count from 0)"),
            },
            _ => return refused("there is a value where a section would be"),
        };
    }
    *place = value;
    Ok(())
}

/// Refuses keys that the schema does not know.
fn refuse_unknown(tree: &Tree, value: &Value, schema: &Value, root: &Value, path: &str) -> Result<(), ConfigError> {
    let schema = resolved(schema, root);
    match value {
        Value::Object(object) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
                return Ok(());
            };
            let open = schema.get("additionalProperties") != Some(&Value::Bool(false));
            for (key, value) in object {
                let at = joined(path, key);
                match properties.get(key) {
                    Some(known) => refuse_unknown(tree, value, known, root, &at)?,
                    None if open => {}
                    None => {
                        let nearest = nearest(key, properties.keys());
                        return Err(ConfigError::UnknownKey { line: tree.lines.get(&at).copied(), path: at, nearest });
                    }
                }
            }
        }
        Value::Array(items) => {
            if let Some(item_schema) = schema.get("items") {
                for (index, item) in items.iter().enumerate() {
                    refuse_unknown(tree, item, item_schema, root, &format!("{path}[{index}]"))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// A schema without references and without `null` as an alternative.
pub(super) fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or(schema, |target| resolved(target, root));
    }
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    let only = alternatives.and_then(|all| {
        let mut others = all.iter().filter(|one| one.get("type") != Some(&Value::from("null")));
        others.next().filter(|_| others.next().is_none())
    });
    only.map_or(schema, |one| resolved(one, root))
}

/// The known name that is written most alike, if any is.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known);
    known
        .map(|known| (distance(known), known))
        .min()
        .filter(|(far, known)| *far <= known.len() / 2 + 1)
        .map(|(_, known)| known.clone())
}
