//! Subscriptions: whoever follows them has the view, however often they are killed and resumed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use landfall_benches::generator::Config;
use landfall_operators::rows::Tables;
use landfall_serve::{Limits, Settings};
use landfall_snapshot::Window;
use serde_json::Value;

use crate::answers::{expected, without_computed};
use crate::support::{Event, Feed, Served, Subscription, get, local_settings, take_in};

/// A view as a subscriber knows it.
#[derive(Default)]
struct Known {
    rows: BTreeMap<String, Value>,
    seen: Option<u64>,
}

impl Known {
    fn take(&mut self, key: &[&str], event: Event) {
        let name = |row: &Value| key.iter().map(|column| row[*column].to_string()).collect::<Vec<_>>().join("/");
        let list = |member: &str| event.data[member].as_array().cloned().unwrap_or_default();
        match event.name.as_str() {
            "snapshot" => {
                if event.data["last"] == true {
                    assert_eq!(event.id, event.data["tick"].as_u64());
                }
                for row in list("rows") {
                    assert!(self.rows.insert(name(&row), without_computed(row)).is_none());
                }
            }
            "tick" => {
                assert!(event.id > self.seen, "ticks come in their order, each once");
                for row in list("deletes") {
                    assert_eq!(self.rows.remove(&name(&row)), Some(without_computed(row)));
                }
                for update in list("updates") {
                    let (before, after) = (update["before"].clone(), update["after"].clone());
                    let known = self.rows.insert(name(&after), without_computed(after));
                    assert_eq!(known, Some(without_computed(before)));
                }
                for row in list("inserts") {
                    assert!(self.rows.insert(name(&row), without_computed(row)).is_none());
                }
            }
            "heartbeat" => assert_eq!(event.id, event.data["tick"].as_u64()),
            other => panic!("{other}: {}", event.data),
        }
        self.seen = event.id.or(self.seen);
    }
}

fn quick() -> Settings {
    let limits = Limits { heartbeat_ms: 100, ..Limits::default() };
    Settings { limits, ..local_settings() }
}

#[test]
fn a_subscriber_killed_a_hundred_times_has_exactly_the_view() {
    let served = Served::start(quick(), Window::default());
    let mut feed = Feed::new(&Config::for_tests(11, 60));
    let store = Arc::clone(&served.store);
    let mut tables = Tables::default();
    let tick = move |feed: &mut Feed, tables: &mut Tables, records: usize| {
        for closed in feed.tick(records) {
            take_in(tables, &closed);
            store.publish(closed);
        }
    };
    tick(&mut feed, &mut tables, 600);
    let key = ["shipment_id", "milestone"];
    let mut known = Known::default();
    for life in 0..100 {
        let mut subscription =
            Subscription::open(served.address, "/api/v1/views/milestones/changes", known.seen).unwrap();
        let events = if life == 0 { 1 } else { life % 3 };
        for _ in 0..events {
            tick(&mut feed, &mut tables, 8);
            known.take(&key, subscription.next().unwrap());
        }
    }
    tick(&mut feed, &mut tables, 10_000);
    let newest = served.store.current().tick;
    let mut subscription = Subscription::open(served.address, "/api/v1/views/milestones/changes", known.seen).unwrap();
    while known.seen < Some(newest) {
        known.take(&key, subscription.next().unwrap());
    }
    let wanted: Vec<Value> = expected(&tables)["milestones"].clone();
    let mut rows: Vec<Value> = known.rows.into_values().collect();
    let order = |row: &Value| (row["shipment_id"].to_string(), row["milestone"].to_string());
    rows.sort_by_key(order);
    let mut wanted_sorted = wanted;
    wanted_sorted.sort_by_key(order);
    assert_eq!(rows, wanted_sorted);
}

#[test]
fn a_filtered_subscription_follows_rows_in_and_out_of_the_filter() {
    let served = Served::start(quick(), Window::default());
    let mut feed = Feed::new(&Config::for_tests(13, 60));
    let mut tables = Tables::default();
    feed.tick(300).into_iter().for_each(|closed| {
        take_in(&mut tables, &closed);
        served.store.publish(closed);
    });
    let path = "/api/v1/views/milestones/changes?filter=state:in:overdue,late";
    let mut subscription = Subscription::open(served.address, path, None).unwrap();
    while feed.left() > 0 {
        feed.tick(150).into_iter().for_each(|closed| {
            take_in(&mut tables, &closed);
            served.store.publish(closed);
        });
    }
    let newest = served.store.current().tick;
    let mut known = Known::default();
    while known.seen < Some(newest) {
        known.take(&["shipment_id", "milestone"], subscription.next().unwrap());
    }
    let passes = |row: &&Value| row["state"] == "overdue" || row["state"] == "late";
    let wanted = expected(&tables)["milestones"].iter().filter(passes).count();
    assert!(wanted > 0);
    assert_eq!(known.rows.len(), wanted);
    get(served.address, "/api/v1/views/exceptions/changes?filter=age_days:gt:3", &[]).problem(400);
}

#[test]
fn a_tick_that_is_no_longer_kept_is_gone() {
    let served = Served::start(quick(), Window { ticks_max: 3, ..Window::default() });
    let mut feed = Feed::new(&Config::for_tests(2, 20));
    for _ in 0..8 {
        feed.tick(20).into_iter().for_each(|closed| served.store.publish(closed));
    }
    let refused = Subscription::open(served.address, "/api/v1/views/kpis/changes", Some(1)).err().unwrap();
    assert!(refused.problem(410).contains("begin again"));
    get(served.address, "/api/v1/views/kpis/changes?after=99", &[]).problem(410);
    get(served.address, "/api/v1/views/kpis/changes?after=soon", &[]).problem(400);
    assert!(Subscription::open(served.address, "/api/v1/views/kpis/changes", Some(6)).is_ok());
}

#[test]
fn ticks_taken_in_while_catching_up_are_seen_together() {
    let served = Served::start(quick(), Window::default());
    let store = &served.store;
    let (mut feed, mut tables) = (Feed::new(&Config::for_tests(2, 20)), Tables::default());
    for closed in feed.tick(20) {
        take_in(&mut tables, &closed);
        store.publish(closed);
    }
    let first = store.current().tick;
    for closed in (0..4).flat_map(|_| feed.tick(20)) {
        take_in(&mut tables, &closed);
        store.catch_up(closed);
    }
    assert_eq!(store.current().tick, first);
    store.show();
    let shown = store.current();
    assert_eq!(shown.tick, first + 4);
    assert!(shown.milestones.values().map(landfall_snapshot::Served::row).eq(tables.milestones.values()));
    assert!(shown.exceptions.values().map(landfall_snapshot::Served::row).eq(tables.exceptions.values()));
    // Nobody has seen the ticks between, so nobody can go on from before them.
    assert!(store.after(first).is_err());
    assert!(store.after(shown.tick).unwrap().is_empty());
    let [taken_in, published] = [feed.tick(20), feed.tick(20)];
    taken_in.into_iter().for_each(|closed| store.catch_up(closed));
    published.into_iter().for_each(|closed| store.publish(closed));
    assert_eq!(store.current().tick, shown.tick + 2);
    assert!(store.after(shown.tick).is_err() && store.after(shown.tick + 1).unwrap().len() == 1);
}

#[test]
fn a_reader_too_far_behind_is_cut_off_with_a_reason() {
    let limits = Limits { subscriber_lag_ticks_max: 3, ..Limits::default() };
    let served = Served::start(Settings { limits, ..local_settings() }, Window { ticks_max: 50, ..Window::default() });
    let mut feed = Feed::new(&Config::for_tests(2, 1_500));
    feed.tick(1_000_000).into_iter().for_each(|closed| served.store.publish(closed));
    // So many rows that the snapshot fills the buffers of the connection; then the server waits for the reader.
    let mut subscription = Subscription::open(served.address, "/api/v1/views/shipment_timeline/changes", None).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..10 {
        feed.tick(0).into_iter().for_each(|closed| served.store.publish(closed));
    }
    let last = std::iter::from_fn(|| subscription.next()).find(|event| event.name != "snapshot").unwrap();
    assert_eq!(last.name, "cut", "{last:?}");
    assert!(last.data["reason"].as_str().unwrap().contains("behind"));
    assert!(subscription.next().is_none());
}

#[test]
fn heartbeats_carry_the_closed_tick_and_the_server_says_when_it_stops() {
    let served = Served::start(quick(), Window::default());
    let mut feed = Feed::new(&Config::for_tests(2, 10));
    feed.tick(100).into_iter().for_each(|closed| served.store.publish(closed));
    let mut subscription = Subscription::open(served.address, "/api/v1/views/kpis/changes", None).unwrap();
    assert_eq!(subscription.next().unwrap().name, "snapshot");
    feed.tick(0).into_iter().for_each(|closed| served.store.publish(closed));
    let beat = std::iter::from_fn(|| subscription.next()).find(|event| event.data["tick"] == 2).unwrap();
    assert_eq!((beat.name.as_str(), beat.id), ("heartbeat", Some(2)));
    let stopping = std::thread::spawn(move || served.stop());
    let cut = std::iter::from_fn(|| subscription.next()).find(|event| event.name == "cut").unwrap();
    assert!(cut.data["reason"].as_str().unwrap().contains("stops"));
    stopping.join().unwrap();
}

#[test]
fn two_hundred_subscribers_hear_the_same() {
    let served = Served::start(quick(), Window::default());
    let mut feed = Feed::new(&Config::for_tests(2, 40));
    feed.tick(300).into_iter().for_each(|closed| served.store.publish(closed));
    let path = "/api/v1/views/exceptions/changes?after=1";
    let mut all: Vec<Subscription> =
        (0..200).map(|_| Subscription::open(served.address, path, None).unwrap()).collect();
    feed.tick(300).into_iter().for_each(|closed| served.store.publish(closed));
    std::thread::sleep(Duration::from_millis(10));
    let ticks: Vec<Event> = all
        .iter_mut()
        .map(|subscription| std::iter::from_fn(|| subscription.next()).find(|event| event.name == "tick").unwrap())
        .collect();
    assert!(ticks.iter().all(|event| event.data == ticks[0].data && event.id == Some(2)));
}
