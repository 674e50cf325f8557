//! JSON Schema (2020-12) of each event type, from the tables.
//!
//! A schema says what to send. It is narrower than decoding in small things (blanks around values, exponents in
//! decimal strings) and silent on rules over several fields, which the descriptions name.

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{ENVELOPE, Field, Holds, Presence, Range, Shape, shape_of};
use crate::event::DocumentType;

const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// The schema of the names of an enumeration.
pub(super) fn names<T: JsonSchema>() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.remove("$schema");
    schema.remove("title");
    schema.remove("description");
    schema.to_value()
}

/// The JSON Schema of an event type: the envelope and its `data`, or its key where the document is withdrawn.
pub fn json_schema(document_type: DocumentType) -> Value {
    let shape = shape_of(document_type);
    let mut definitions = Map::new();
    let document = object(shape, |_| true, &mut definitions);
    let withdrawn = object(shape, |field| field.presence == Presence::Key, &mut definitions);
    definitions.insert("not_given".to_owned(), not_given());
    definitions.insert("document".to_owned(), document);
    definitions.insert("withdrawn".to_owned(), withdrawn);

    let mut event = object(&ENVELOPE, |_| true, &mut definitions);
    event["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    event["title"] = json!(document_type.as_str());
    event["properties"]["type"]["const"] = json!(document_type.as_str());
    event["properties"]["data"] = json!({ "description": "The document.", "type": "object" });
    if let Some(required) = event["required"].as_array_mut() {
        required.push(json!("data"));
    }
    event["if"] = json!({ "properties": { "retracted": { "const": true } }, "required": ["retracted"] });
    event["then"] = json!({ "properties": { "data": { "$ref": "#/$defs/withdrawn" } } });
    event["else"] = json!({ "properties": { "data": { "$ref": "#/$defs/document" } } });
    event["$defs"] = Value::Object(definitions);
    event
}

fn object(shape: &Shape, includes: impl Fn(&Field) -> bool, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in shape.fields.iter().filter(|field| includes(field)) {
        let mut schema = holds(field.holds, definitions);
        if field.presence == Presence::Optional {
            schema = json!({ "anyOf": [schema, { "$ref": "#/$defs/not_given" }] });
        } else {
            required.push(json!(field.name));
        }
        schema["description"] = json!(field.meaning);
        properties.insert(field.name.to_owned(), schema);
    }
    json!({ "description": shape.meaning, "type": "object", "properties": properties, "required": required })
}

fn not_given() -> Value {
    json!({ "description": "As good as absent.", "type": ["null", "string"], "pattern": "^\\s*$" })
}

fn holds(holds: Holds, definitions: &mut Map<String, Value>) -> Value {
    match holds {
        // Not blank: something besides white space.
        Holds::Text => json!({ "type": "string", "pattern": "\\S" }),
        // Validators take `format` as a remark only; the patterns ask for the zone and the digits.
        Holds::Time => json!({ "type": "string", "format": "date-time", "pattern": TIME }),
        Holds::Date => json!({ "type": "string", "format": "date", "pattern": DATE }),
        Holds::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        Holds::Boolean => json!({ "type": "boolean" }),
        Holds::Revision => json!({ "type": "integer", "minimum": 0 }),
        Holds::LineNo => json!({ "type": "integer", "minimum": 1, "maximum": 999_999 }),
        Holds::Number(range) => number(range),
        Holds::Amount => json!({ "type": ["string", "number"], "pattern": "^-?[0-9]{1,15}(\\.[0-9]{1,4})?$" }),
        Holds::OneOf(names) => names(),
        Holds::Object(shape) => reference(shape, definitions),
        Holds::List(shape) => json!({ "type": "array", "items": reference(shape, definitions) }),
    }
}

/// Twelve digits before the point keep a decimal string below 10^12; the bounds do the same for a JSON number.
fn number(range: Range) -> Value {
    let (sign, bound, least) = match range {
        Range::Any => ("-?", "exclusiveMinimum", -1_000_000_000_000_i64),
        Range::NotNegative => ("", "minimum", 0),
        Range::Positive => ("(?=.*[1-9])", "exclusiveMinimum", 0),
    };
    json!({
        "type": ["string", "number"],
        "pattern": format!("^{sign}[0-9]{{1,12}}(\\.[0-9]{{1,10}})?$"),
        bound: least,
        "exclusiveMaximum": 1_000_000_000_000_i64,
    })
}

fn reference(shape: &'static Shape, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(shape.name) {
        let definition = object(shape, |_| true, definitions);
        definitions.insert(shape.name.to_owned(), definition);
    }
    json!({ "$ref": format!("#/$defs/{}", shape.name) })
}
