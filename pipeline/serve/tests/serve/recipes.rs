//! The recipes of `docs/http.md` are what the server answers.

use crate::support::Served;
use landfall_serve::request::encoded;

#[test]
fn every_recipe_is_answered() {
    let (served, tables) = Served::with_business(60, 500);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/http.md");
    let text = std::fs::read_to_string(path).unwrap();
    let shipment = encoded(&tables.shipment_status.values().next().unwrap().shipment_id);
    let order = encoded(&tables.landed_cost_lines.values().next().unwrap().order_id);
    let issuer = encoded(&tables.freight_charges.values().next().unwrap().issuer);
    let mut recipes = 0;
    for address in text.lines().filter_map(|line| line.strip_prefix("    GET ")) {
        let address = address.replace("SHIPMENT", &shipment).replace("ORDER", &order).replace("CARRIER", &issuer);
        let answer = served.get(&address);
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        assert_eq!(answer.headers["landfall-tick"], served.store.current().tick.to_string());
        recipes += 1;
    }
    assert!(recipes > 12);
}

/// The command of the page for an alerting system, until it has its snapshot; then again, to see that it goes on.
#[test]
fn the_alerting_recipe_keeps_its_tick() {
    let (served, _) = Served::with_business(30, 500);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let text = std::fs::read_to_string(format!("{root}/docs/http.md")).unwrap();
    let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("    scripts/watch.py ")).collect();
    assert!(!commands.is_empty());
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        let command = command.replace("/var/lib/alerts", &folder.path().to_string_lossy());
        let mut python = std::process::Command::new("python3");
        python.arg(format!("{root}/scripts/watch.py")).args(command.split(' '));
        python.args(["--url", &format!("http://{}", served.address), "--once", "--json"]);
        let Ok(output) = python.output() else {
            eprintln!("skipped: there is no python3");
            return;
        };
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let kept = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        assert_eq!(std::fs::read_to_string(kept).unwrap(), served.store.current().tick.to_string());
    }
}

#[test]
fn the_example_client_prints_a_snapshot() {
    let (served, tables) = Served::with_business(30, 500);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/watch.py");
    let url = format!("http://{}", served.address);
    let arguments = [script, "kpis", "--url", &url, "--snapshot", "--once", "--json"];
    let Ok(output) = std::process::Command::new("python3").args(arguments).output() else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.split(|byte| *byte == b'\n').count() - 1, tables.kpis.len());
}
