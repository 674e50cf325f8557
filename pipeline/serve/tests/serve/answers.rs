//! Pages, rows, groups: what they say is what the tables of the same tick hold.

use std::collections::BTreeMap;

use landfall_benches::generator::Config;
use landfall_operators::rows::{Cell, Table, TableVisitor, Tables, View, ViewRow};
use serde_json::{Map, Value};

use crate::support::{Feed, Served, get, take_in};

/// Rows of every view as JSON, without what is computed when read.
#[derive(Default)]
struct Expected(BTreeMap<&'static str, Vec<Value>>);

impl TableVisitor for Expected {
    type Error = std::convert::Infallible;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Self::Error> {
        let rows = rows.values().map(|row| {
            let cells = row.cells();
            let members = R::COLUMNS.iter().zip(&cells).map(|(column, cell)| (column.name.to_owned(), json(cell)));
            Value::Object(members.collect::<Map<String, Value>>())
        });
        self.0.insert(view.as_str(), rows.collect());
        Ok(())
    }
}

fn json(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Integer(number) => Value::from(i64::try_from(*number).unwrap()),
        cell => Value::from(cell.to_string()),
    }
}

pub fn expected(tables: &Tables) -> BTreeMap<&'static str, Vec<Value>> {
    let mut expected = Expected::default();
    let Ok(()) = tables.visit(&mut expected);
    expected.0
}

pub fn without_computed(mut row: Value) -> Value {
    let members = row.as_object_mut().unwrap();
    members.remove("age_days");
    members.remove("age_bucket");
    row
}

/// All rows of a view, page by page.
fn all_pages(served: &Served, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = served.json(&format!("{path}{cursor}"));
        rows.extend(page["rows"].as_array().unwrap().iter().cloned().map(without_computed));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[test]
fn pages_of_every_view_are_the_tables() {
    let (served, tables) = Served::with_business(60, 400);
    for (view, rows) in expected(&tables) {
        let shown = all_pages(&served, &format!("/api/v1/views/{view}?limit=37"));
        assert_eq!(shown, rows, "{view}");
        let first = served.json(&format!("/api/v1/views/{view}?limit=1&total=true"));
        assert_eq!(first["total"], rows.len() as u64, "{view}");
    }
}

#[test]
fn sorted_and_filtered_pages_are_what_a_person_would_sort_and_filter() {
    let (served, tables) = Served::with_business(60, 400);
    let rows = &expected(&tables)["freight_charges"];
    let amount = |row: &Value| -> Option<i128> {
        let text = row["base_amount"].as_str()?;
        text.replace('.', "").parse().ok()
    };
    let mut wanted: Vec<Value> = rows.iter().filter(|row| row["status"] != "matched").cloned().collect();
    // The sort is stable, and the tables are in the order of their keys.
    wanted.sort_by_key(|row| (amount(row).is_none(), std::cmp::Reverse(amount(row))));
    let path = "/api/v1/views/freight_charges?filter=status:ne:matched&sort=-base_amount&limit=29";
    assert_eq!(all_pages(&served, path), wanted);
    let few = served.json("/api/v1/views/freight_charges?filter=base_amount:gt:100.5&columns=base_amount,issuer");
    for row in few["rows"].as_array().unwrap() {
        assert!(amount(row).unwrap() > 10_050, "{row}");
        assert_eq!(row.as_object().unwrap().len(), 2);
    }
}

#[test]
fn filters_on_leading_keys_give_what_the_same_filter_on_all_rows_gives() {
    let (served, tables) = Served::with_business(60, 400);
    let rows = expected(&tables);
    let timeline = &rows["shipment_timeline"];
    let shipment = timeline[timeline.len() / 2]["shipment_id"].as_str().unwrap();
    let wanted: Vec<Value> = timeline.iter().filter(|row| row["shipment_id"] == shipment).cloned().collect();
    let by_key =
        all_pages(&served, &format!("/api/v1/views/shipment_timeline?filter=shipment_id:eq:{shipment}&limit=7"));
    assert_eq!(by_key, wanted);
    let prefix = &shipment[..shipment.len() - 1];
    let begins = |row: &&Value| row["shipment_id"].as_str().unwrap().starts_with(prefix);
    let wanted: Vec<Value> = timeline.iter().filter(begins).cloned().collect();
    let found =
        all_pages(&served, &format!("/api/v1/views/shipment_timeline?filter=shipment_id:prefix:{prefix}&limit=999"));
    assert_eq!(found, wanted);
    let none = served.json("/api/v1/views/data_errors?filter=origin:eq:nowhere");
    assert_eq!(none["rows"].as_array().unwrap().len(), 0);
}

#[test]
fn every_row_is_found_by_its_key() {
    let (served, tables) = Served::with_business(30, 400);
    let info = served.json("/api/v1/views");
    for view in info["views"].as_array().unwrap() {
        let name = view["name"].as_str().unwrap();
        let rows = &expected(&tables)[name];
        assert_eq!(view["rows"], rows.len() as u64, "{name}");
        for row in rows.iter().step_by(rows.len() / 5 + 1) {
            let part = |column: &Value| match &row[column.as_str().unwrap()] {
                Value::Null => String::new(),
                Value::String(text) => landfall_serve::request::encoded(text),
                other => other.to_string(),
            };
            let key: Vec<String> = view["key"].as_array().unwrap().iter().map(part).collect();
            let found = served.json(&format!("/api/v1/views/{name}/{}", key.join("/")));
            assert_eq!(&without_computed(found["row"].clone()), row, "{name}");
        }
    }
    served.get("/api/v1/views/feed_health/nobody").problem(404);
}

#[test]
fn groups_add_up() {
    let (served, tables) = Served::with_business(60, 400);
    let answer = served.json("/api/v1/views/freight_charges/groups?by=status&sum=base_amount,amount");
    let groups = answer["groups"].as_array().unwrap();
    let count: u64 = groups.iter().map(|group| group["count"].as_u64().unwrap()).sum();
    assert_eq!(count, tables.freight_charges.len() as u64);
    let minor = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<i128>().unwrap();
    let base: i128 = groups.iter().map(|group| minor(&group["sums"]["base_amount"])).sum();
    let wanted: i128 =
        tables.freight_charges.values().filter_map(|row| row.base_amount).map(|amount| amount.minor).sum();
    assert_eq!(base, wanted);
    // Amounts of different currencies are never added.
    assert!(groups.iter().all(|group| group["by"]["currency"].is_string()));
    for refused in ["by=nothing", "by=status&sum=status", "sum=base_amount&limit=3"] {
        served.get(&format!("/api/v1/views/freight_charges/groups?{refused}")).problem(400);
    }
}

#[test]
fn ages_are_computed_from_the_clock_of_the_tick() {
    let (served, tables) = Served::with_business(60, 400);
    let page = served.json("/api/v1/views/exceptions?sort=-age_days&limit=1000&total=true");
    let ages: Vec<i64> = page["rows"].as_array().unwrap().iter().map(|row| row["age_days"].as_i64().unwrap()).collect();
    assert!(ages.is_sorted_by(|left, right| left >= right));
    let oldest = tables.exceptions.values().map(|row| row.since).min().unwrap();
    let clock = Config::for_tests(7, 60).as_of();
    assert_eq!(ages[0], (clock.0 - oldest.0).div_euclid(86_400_000));
    let groups = served.json("/api/v1/views/exceptions/groups?by=age_bucket");
    let count: u64 = groups["groups"].as_array().unwrap().iter().map(|group| group["count"].as_u64().unwrap()).sum();
    assert_eq!(count, tables.exceptions.len() as u64);
}

#[test]
fn pages_of_a_cursor_show_one_tick_while_others_close() {
    let served = Served::local();
    let mut feed = Feed::new(&Config::for_tests(3, 60));
    let mut tables = Tables::default();
    for closed in feed.tick(1_500) {
        take_in(&mut tables, &closed);
        served.store.publish(closed);
    }
    let mut rows = Vec::new();
    let mut path = "/api/v1/views/milestones?sort=state,-due_at&limit=20".to_owned();
    let tick = loop {
        let page = served.json(&path);
        rows.extend(page["rows"].as_array().unwrap().iter().cloned());
        feed.tick(100).into_iter().for_each(|closed| served.store.publish(closed));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/views/milestones?sort=state,-due_at&limit=20&cursor={next}"),
            None => break page["tick"].as_u64().unwrap(),
        }
    };
    assert_eq!(tick, 1);
    let mut wanted = expected(&tables)["milestones"].clone();
    let key = |row: &Value| row["shipment_id"].to_string() + &row["milestone"].to_string();
    let mut shown = rows;
    wanted.sort_by_key(key);
    shown.sort_by_key(key);
    assert_eq!(shown, wanted);
    let known = served.get("/api/v1/views/milestones?as_of_tick=1&limit=1");
    assert_eq!(known.headers["landfall-tick"], "1");
    served.get("/api/v1/views/milestones?as_of_tick=999999").problem(410);
}

#[test]
fn a_reader_that_has_the_tick_is_told_so() {
    let (served, _) = Served::with_business(20, 400);
    let first = served.get("/api/v1/views/kpis");
    let etag = &first.headers["etag"];
    let again = get(served.address, "/api/v1/views/kpis", &[("If-None-Match", etag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let status = served.json("/api/v1/status");
    assert_eq!((&status["ready"], &status["base_currency"]), (&Value::Bool(true), &Value::from("EUR")));
}

#[test]
fn control_totals_balance_in_every_answer_while_ticks_close() {
    let served = Served::local();
    let mut feed = Feed::new(&Config::for_tests(5, 120));
    feed.tick(200).into_iter().for_each(|closed| served.store.publish(closed));
    let address = served.address;
    let store = std::sync::Arc::clone(&served.store);
    let feeding = std::thread::spawn(move || {
        while feed.left() > 0 {
            feed.tick(60).into_iter().for_each(|closed| store.publish(closed));
        }
    });
    let mut ticks = std::collections::BTreeSet::new();
    while !feeding.is_finished() || ticks.len() < 2 {
        let answer = get(address, "/api/v1/views/control_totals?limit=1000", &[]).json();
        ticks.insert(answer["tick"].as_u64().unwrap());
        let mut sums: BTreeMap<String, i128> = BTreeMap::new();
        for row in answer["rows"].as_array().unwrap() {
            let whole = matches!(row["status"].as_str().unwrap(), "total" | "received");
            let sign = if whole { 1 } else { -1 };
            let amount = row["base_amount"].as_str().map_or(0, |text| text.replace('.', "").parse::<i128>().unwrap());
            let name = format!("{} {}", row["kind"], row["name"]);
            *sums.entry(name.clone()).or_default() += sign * amount;
            *sums.entry(name + " count").or_default() += sign * i128::from(row["count"].as_u64().unwrap());
        }
        assert!(!sums.is_empty() && sums.values().all(|sum| *sum == 0), "tick {}: {sums:?}", answer["tick"]);
        // Two views of one tick, each asked for by itself.
        let tick = answer["tick"].as_u64().unwrap();
        let charges = get(address, &format!("/api/v1/views/freight_charges/groups?by=status&as_of_tick={tick}"), &[]);
        let lines: u64 =
            charges.json()["groups"].as_array().unwrap().iter().map(|g| g["count"].as_u64().unwrap()).sum();
        let total =
            answer["rows"].as_array().unwrap().iter().find(|row| row["kind"] == "charges" && row["status"] == "total");
        assert_eq!(total.map_or(0, |row| row["count"].as_u64().unwrap()), lines, "tick {tick}");
    }
    feeding.join().unwrap();
    assert!(ticks.len() > 3, "the answers were of {} ticks", ticks.len());
}
