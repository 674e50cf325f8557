//! The JSON Schemas in `schemas/contracts/` and the fields in `docs/events.md` are those of the code.

use std::path::Path;

use landfall_schemas::contract::{Holds, Shape, json_schema, shape_of};
use landfall_schemas::event::DocumentType;
use serde_json::Value;

#[test]
fn contracts_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    for document_type in DocumentType::ALL {
        let file = folder.join(format!("{}.schema.json", document_type.as_str()));
        let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert!(
            written == json_schema(*document_type),
            "{} is out of date: cargo run -p landfall-schemas --example contracts",
            file.display(),
        );
    }
    assert_eq!(folder.read_dir().unwrap().count(), DocumentType::ALL.len(), "one contract for each type");
}

/// `order_id, lines (line_no, sku)`.
fn fields_of(shape: &Shape) -> String {
    let fields = shape.fields.iter().map(|field| match field.holds {
        Holds::Object(inner) | Holds::List(inner) => format!("{} ({})", field.name, fields_of(inner)),
        _ => field.name.to_owned(),
    });
    fields.collect::<Vec<_>>().join(", ")
}

#[test]
fn the_page_lists_the_fields_in_the_order_of_the_contracts() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md")).unwrap();
    for document_type in DocumentType::ALL {
        let row = format!("| `{}` | {} |", document_type.as_str(), fields_of(shape_of(*document_type)));
        assert!(page.lines().any(|line| line == row), "docs/events.md should have the row\n{row}");
    }
}
