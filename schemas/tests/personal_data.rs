//! Names, addresses and telephone numbers of the partners' sample files never come to stand in canonical events.

mod adapters;

use std::collections::BTreeSet;
use std::path::Path;

use adapters::{decode, files, samples, with_options};
use landfall_schemas::format::json;

/// Shorter texts may stand anywhere by chance.
const LENGTH_MIN: usize = 5;

/// The elements of a segment that say who somebody is, where he lives or how to reach him: all from the number given.
/// Cities (N4-01) are places on the way of the goods.
const X12: [(&str, usize); 7] = [("N2", 1), ("N3", 1), ("N4", 3), ("PER", 2), ("G61", 2), ("NX2", 2), ("G62", 9)];
const EDIFACT: [(&str, usize); 3] = [("NAD", 3), ("CTA", 2), ("COM", 1)];
/// Elements of customs documents, and members of ocean events.
const XML: [&str; 6] = ["Name", "Line", "CityName", "StreetName", "PostcodeID", "CompleteNumber"];
const JSON: [&str; 8] = ["partyName", "street", "streetNumber", "postCode", "name", "addressName", "email", "phone"];

fn segments(text: &str, terminator: char, separator: char, personal: &[(&str, usize)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for segment in text.split(terminator) {
        let elements: Vec<&str> = segment.trim().split(separator).collect();
        let Some((_, from)) = personal.iter().find(|(tag, _)| *tag == elements[0]) else { continue };
        found.extend(elements.iter().skip(*from).flat_map(|element| element.split(':')).map(str::to_owned));
    }
    found
}

/// Names of parties of X12: those that do not begin with a code.
fn x12(text: &str) -> BTreeSet<String> {
    let separator = text.chars().nth(3).unwrap_or('*');
    let terminator = text.chars().nth(105).filter(|it| it.is_ascii_punctuation()).unwrap_or('~');
    let mut found = segments(text, terminator, separator, &X12);
    for segment in text.split(terminator) {
        let elements: Vec<&str> = segment.trim().split(separator).collect();
        // The name of a terminal may be the place of a status.
        if elements[0] == "N1" && !matches!(elements.get(1), Some(&"TR" | &"PD")) {
            found.extend(elements.get(2).map(|name| (*name).to_owned()));
        }
    }
    found
}

fn xml(text: &str) -> BTreeSet<String> {
    let tree = roxmltree::Document::parse(text).expect("the samples are XML");
    let personal = tree.descendants().filter(|node| XML.contains(&node.tag_name().name()));
    personal.filter_map(|node| node.text()).map(str::to_owned).collect()
}

fn members(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| members(part, found)),
        serde_json::Value::Object(parts) => {
            for (name, part) in parts {
                if let (true, Some(text)) = (JSON.contains(&name.as_str()), part.as_str()) {
                    found.insert(text.to_owned());
                }
                members(part, found);
            }
        }
        _ => {}
    }
}

fn dcsa(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    members(&serde_json::from_str(text).unwrap_or_default(), &mut found);
    found
}

/// Decodes every file below a folder, looks for what is personal in it, and says how many such texts there were.
fn looked_for(format: &str, options: &[(&str, &str)], folder: &Path, of: fn(&str) -> BTreeSet<String>) -> usize {
    let mut profile = with_options("partner", options);
    (profile.region, profile.time_zone) = ("NA".into(), "America/New_York".into());
    let mut texts = 0;
    for file in files(folder).iter().filter(|file| file.extension().is_some_and(|it| it != "yaml")) {
        let record = std::fs::read(file).expect("a sample file");
        let personal: Vec<String> = of(&String::from_utf8_lossy(&record))
            .iter()
            .map(|text| text.trim().to_uppercase())
            .filter(|text| text.len() >= LENGTH_MIN && text.bytes().any(|byte| byte.is_ascii_alphabetic()))
            .collect();
        texts += personal.len();
        for event in decode(format, &profile, None, &record).iter().flatten() {
            let event = json::encode(event).to_uppercase();
            for text in &personal {
                assert!(!event.contains(text.as_str()), "{text:?} of {} in {event}", file.display());
            }
        }
    }
    texts
}

#[test]
fn names_and_addresses_are_not_carried() {
    let options = [("currency", "USD"), ("incoterm", "FOB")];
    let Some(folder) = samples("x12") else { return };
    assert!(looked_for("x12", &options, &folder, x12) > 100);
    let Some(folder) = samples("edifact") else { return };
    assert!(looked_for("edifact", &[], &folder, |text| segments(text, '\'', '+', &EDIFACT)) > 5);
    let Some(folder) = samples("customs") else { return };
    assert!(looked_for("wco", &[], &folder, xml) > 200);
    let Some(folder) = samples("dcsa") else { return };
    assert!(looked_for("dcsa", &[], &folder, dcsa) > 5);
}
