//! A YAML document as a tree that knows its lines, with `${…}` replaced.

use std::collections::BTreeMap;
use std::path::Path;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::Value;

use super::ConfigError;

/// A document: its values, and the line at which each path stands.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) value: Value,
    pub(super) lines: BTreeMap<String, usize>,
}

/// What `${…}` may name.
pub trait Surroundings {
    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file.
    ///
    /// # Errors
    /// When it cannot be read, with the reason.
    fn file(&self, path: &Path) -> Result<String, String>;
}

/// The path of a key in a section: `sources[0].kafka.topics`.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Tree {
    pub(super) fn parse(text: &str, surroundings: &dyn Surroundings) -> Result<Tree, ConfigError> {
        let documents = MarkedYaml::load_from_str(text)
            .map_err(|error| ConfigError::Yaml { line: error.marker().line(), reason: error.info().to_owned() })?;
        let mut tree = Tree { value: Value::Object(serde_json::Map::new()), lines: BTreeMap::new() };
        match documents.as_slice() {
            [] => {}
            [document] => tree.value = tree.node(document, "", surroundings)?,
            [_, second, ..] => {
                let reason = "a second document begins; one is read".to_owned();
                return Err(ConfigError::Yaml { line: second.span.start.line(), reason });
            }
        }
        if tree.value.is_null() {
            tree.value = Value::Object(serde_json::Map::new());
        }
        Ok(tree)
    }

    fn node(
        &mut self,
        node: &MarkedYaml<'_>,
        path: &str,
        surroundings: &dyn Surroundings,
    ) -> Result<Value, ConfigError> {
        let line = node.span.start.line();
        self.lines.entry(path.to_owned()).or_insert(line);
        let refused = |reason: &str| Err(ConfigError::Yaml { line, reason: reason.to_owned() });
        match &node.data {
            YamlData::Value(scalar) => self.scalar(scalar, path, line, surroundings),
            YamlData::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.node(item, &format!("{path}[{index}]"), surroundings))
                .collect(),
            YamlData::Mapping(entries) => {
                let mut object = serde_json::Map::new();
                for (key, value) in entries {
                    let YamlData::Value(Scalar::String(name)) = &key.data else {
                        return refused("a key that is no text");
                    };
                    let path = joined(path, name);
                    self.lines.insert(path.clone(), key.span.start.line());
                    let value = self.node(value, &path, surroundings)?;
                    object.insert(name.to_string(), value);
                }
                Ok(Value::Object(object))
            }
            YamlData::Tagged(..) => refused("tags are not read"),
            YamlData::Alias(_) => refused("an alias to what is not there"),
            YamlData::Representation(..) | YamlData::BadValue => refused("a value that cannot be read"),
        }
    }

    fn scalar(
        &self,
        scalar: &Scalar<'_>,
        path: &str,
        line: usize,
        surroundings: &dyn Surroundings,
    ) -> Result<Value, ConfigError> {
        Ok(match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => Value::Bool(*value),
            Scalar::Integer(value) => Value::from(*value),
            Scalar::FloatingPoint(value) => Value::from(value.into_inner()),
            Scalar::String(text) if text.contains("${") => {
                let replaced = replaced(text, surroundings).map_err(|reason| ConfigError::Value {
                    path: path.to_owned(),
                    line: Some(line),
                    reason,
                })?;
                typed(&replaced)
            }
            Scalar::String(text) => Value::String(text.to_string()),
        })
    }
}

/// A text from the environment as the value that YAML would read it as.
pub(super) fn typed(text: &str) -> Value {
    match Scalar::parse_from_cow(text.into()) {
        Scalar::Boolean(value) => Value::Bool(value),
        Scalar::Integer(value) => Value::from(value),
        _ => Value::String(text.to_owned()),
    }
}

/// Replaces `${VAR}`, `${VAR:-default}` and `${file:/path}`; `$${` stands for `${`.
fn replaced(text: &str, surroundings: &dyn Surroundings) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if let Some(before) = rest[..at].strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let end = rest[at..].find('}').ok_or_else(|| format!("`{}` has no closing brace", &rest[at..]))?;
        out.push_str(&value_of(&rest[at + 2..at + end], surroundings)?);
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn value_of(name: &str, surroundings: &dyn Surroundings) -> Result<String, String> {
    if let Some(path) = name.strip_prefix("file:") {
        let text = surroundings.file(Path::new(path)).map_err(|reason| format!("file {path}: {reason}"))?;
        return Ok(text.trim_end_matches(['\n', '\r']).to_owned());
    }
    let (name, default) = match name.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (name, None),
    };
    // As in the shell, an empty variable counts as not set where there is a default.
    surroundings
        .variable(name)
        .filter(|value| default.is_none() || !value.is_empty())
        .or_else(|| default.map(str::to_owned))
        .ok_or_else(|| {
            format!("the environment variable {name} is not set; write ${{{name}:-default}} to give a default")
        })
}
