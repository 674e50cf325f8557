//! Writes the JSON Schema of every event type to `schemas/contracts/`.

use std::error::Error;
use std::path::Path;

use landfall_schemas::contract::json_schema;
use landfall_schemas::event::DocumentType;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts");
    std::fs::create_dir_all(&folder)?;
    for document_type in DocumentType::ALL {
        let file = folder.join(format!("{}.schema.json", document_type.as_str()));
        std::fs::write(file, format!("{:#}\n", json_schema(*document_type)))?;
    }
    Ok(())
}
