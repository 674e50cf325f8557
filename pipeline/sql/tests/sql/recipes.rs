//! Every recipe of `docs/sql.md` runs, and what the page says about types is so.

use crate::client::{Served, settings};
use crate::world::World;
use landfall_benches::generator::Config;

const PAGE: &str = include_str!("../../../../docs/sql.md");

/// The SQL of a page, block by block.
fn blocks() -> Vec<&'static str> {
    PAGE.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn every_recipe_runs() {
    let mut world = World::new(&Config { shipments: 300, ..Config::default() });
    world.finish();
    let served = Served::new(world, settings());
    let blocks = blocks();
    assert!(blocks.len() >= 10, "the page has {} recipes", blocks.len());
    for block in blocks {
        let answer = served.csv(block);
        let may_be_empty = block.contains("-- may be empty");
        assert!(may_be_empty || !answer.is_empty(), "no answer to:\n{block}");
    }
}

#[test]
fn columns_have_the_types_of_the_page() {
    let served = Served::new(World::new(&Config::for_tests(1, 1)), settings());
    let types = served.csv("\\d freight_charges");
    for (column, kind) in [("issuer", "text"), ("line_no", "bigint"), ("amount", "numeric"), ("issued_on", "date")] {
        let line = types.lines().find(|line| line.starts_with(&format!("{column},"))).unwrap_or_default();
        assert!(line.contains(kind), "{column}: {types}");
    }
    assert!(served.csv("\\d exceptions").contains("since,timestamp with time zone"));
}

#[test]
fn clients_find_their_way() {
    let served = Served::new(World::new(&Config::for_tests(1, 1)), settings());
    assert!(served.csv("\\dt").contains("freight_charges"));
    assert!(served.csv("\\dt+ kpis").contains("Key figures by partner and region"));
    assert!(served.csv("\\d+ kpis").contains("What counts."));
    assert!(served.csv("\\l").contains("landfall"));
    assert!(served.csv("\\dn").contains("public"));
}
