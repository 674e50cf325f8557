//! The description of the API is the one that is kept, and every address in it exists.

use crate::support::Served;

#[test]
fn the_kept_description_is_current() {
    let text = landfall_serve::openapi::text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    if std::env::var_os("LANDFALL_WRITE_OPENAPI").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == text, "docs/openapi.json is stale: run this test with LANDFALL_WRITE_OPENAPI=1");
}

#[test]
fn every_described_address_is_served() {
    let (served, _) = Served::with_business(10, 500);
    let description = served.get("/openapi.json").json();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    for path in description["paths"].as_object().unwrap().keys() {
        let known = path
            .replace("{view}", "kpis")
            .replace("{format}", "csv")
            .replace("{key}", "a/b/c")
            .replace("{type}", "order")
            .replace("{identifier}", "x")
            .replace("{order_id}", "x");
        let known = if known.ends_with("search") { known + "?q=x" } else { known };
        if known.ends_with("changes") {
            continue;
        }
        let answer = served.get(&known);
        let nowhere = answer.text().contains("there is nothing at");
        assert!(matches!(answer.status, 200 | 404) && !nowhere, "{known}: {}", answer.text());
    }
}
