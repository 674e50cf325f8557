//! The reference page of the configuration, made from the types.

use std::fmt::Write;

use schemars::schema_for;
use serde_json::Value;

use super::Config;
use super::load::resolved;

/// The reference page in Markdown.
pub fn reference() -> String {
    let schema = schema_for!(Config).to_value();
    let defaults = serde_json::to_value(Config::default()).unwrap_or(Value::Null);
    let mut page = String::from(
        "# Configuration reference\n\n\
         Made from the types by `landfall config-reference`; a test fails when it is out of date. One YAML file; an option is\n\
         overridden by the environment (`LANDFALL__SECTION__OPTION`, entries of lists by number: `LANDFALL__SOURCES__0__NAME`)\n\
         and then by flags. In values, `${VAR}`, `${VAR:-default}` and `${file:/path}` are replaced; `$${` stands for `${`.\n\n\
         | option | type | default | meaning |\n|---|---|---|---|\n",
    );
    rows(&mut page, &schema, &schema, &defaults, "");
    page
}

fn rows(page: &mut String, schema: &Value, root: &Value, defaults: &Value, path: &str) {
    let resolved_schema = resolved(schema, root);
    let Some(properties) = resolved_schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (name, property) in properties {
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let target = resolved(property, root);
        let default = defaults.get(name).unwrap_or(&Value::Null);
        let inner =
            target.get("items").map(|items| resolved(items, root)).filter(|items| items.get("properties").is_some());
        let doc = property
            .get("description")
            .or_else(|| target.get("description"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let is_section = target.get("properties").is_some() || inner.is_some();
        let shown = match default {
            _ if is_section => String::new(),
            Value::Null => String::new(),
            Value::Array(items) if items.is_empty() => String::new(),
            Value::Object(object) if object.is_empty() => String::new(),
            value => format!("`{}`", value.to_string().trim_matches('"')),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{at}` | {} | {shown} | {} |", type_of(target, root), doc.replace('\n', " "));
        match inner {
            Some(items) => {
                let defaults = items.get("default").cloned().unwrap_or(Value::Null);
                rows(page, items, root, &defaults, &format!("{at}[]"));
            }
            None => {
                let own = target.get("default").cloned().unwrap_or_else(|| default.clone());
                rows(page, target, root, if default.is_null() { &own } else { default }, &at);
            }
        }
    }
}

fn type_of(schema: &Value, root: &Value) -> String {
    if let Some(all) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
        return all.iter().map(|one| type_of(resolved(one, root), root)).collect::<Vec<_>>().join(" or ");
    }
    if let Some(value) = schema.get("const") {
        return format!("`{}`", value.to_string().trim_matches('"'));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return values
            .iter()
            .map(|value| format!("`{}`", value.to_string().trim_matches('"')))
            .collect::<Vec<_>>()
            .join(" or ");
    }
    let name = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default().to_owned()
        }
        _ => "any".to_owned(),
    };
    match name.as_str() {
        "object" if schema.get("properties").is_some() => "section".to_owned(),
        "object" => "names and values".to_owned(),
        "array" => {
            let items = schema.get("items").map(|items| type_of(resolved(items, root), root)).unwrap_or_default();
            format!("list of {items}")
        }
        "string" => "text".to_owned(),
        "boolean" => "truth".to_owned(),
        _ => name,
    }
}
