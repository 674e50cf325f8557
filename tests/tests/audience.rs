//! Who reads a view sees all of its changes, whoever else reads what, and whoever read before.

use landfall_benches::generator::Config;
use landfall_engine::{Arrival, ClosedTick, Engine, Feed, ViewSet};
use landfall_operators::for_each_view;
use landfall_operators::rows::{Changes, View};
use landfall_operators::settings::Settings;
use landfall_tests::{Record, generated_records};

const TICKS: usize = 12;

fn feed(tick: u64, config: &Config, records: &[Record], views: ViewSet) -> Feed {
    let arrivals =
        records.iter().map(|(record, outcome)| Arrival { record: *record, outcome: outcome.clone() }).collect();
    Feed { tick, clock: config.as_of(), arrivals, restored: Vec::new(), save: false, views }
}

/// What each tick changes, when these views are read in it. Ticks are fed one after the other without waiting.
fn changes(config: &Config, workers: usize, read: impl Fn(u64) -> ViewSet) -> Vec<ClosedTick> {
    let records = generated_records(config);
    let mut engine = Engine::start(workers, Settings::default()).expect("worker threads can be started");
    let mut closed = Vec::new();
    for (tick, part) in (1..).zip(records.chunks(records.len().div_ceil(TICKS))) {
        closed.extend(engine.feed(feed(tick, config, part, read(tick))).expect("no worker stops"));
    }
    closed.extend(engine.finish().expect("no worker stops"));
    closed
}

macro_rules! lines_of {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// The changes of a view, a line each.
        fn lines(changes: &Changes) -> Vec<String> {
            match changes {
                $(Changes::$variant(rows) => {
                    rows.iter().map(|change| format!("{} {change:?}", stringify!($field))).collect()
                })*
            }
        }
    };
}

for_each_view!(lines_of);

fn rendered(changes: &[Changes], views: ViewSet) -> Vec<String> {
    let of_views = changes.iter().filter(|changes| views.has(changes.view()));
    let mut lines: Vec<String> = of_views.flat_map(lines).collect();
    lines.sort_unstable();
    lines
}

fn assert_sees_its_changes(config: &Config, workers: usize, read: impl Fn(u64) -> ViewSet) {
    let all = changes(config, workers, |_| ViewSet::ALL);
    let some = changes(config, workers, &read);
    assert_eq!(all.len(), some.len());
    for (all, some) in all.iter().zip(&some) {
        let views = read(all.tick);
        assert!(some.changes.iter().all(|changes| views.has(changes.view())), "tick {}: nobody reads it", all.tick);
        assert_eq!(rendered(&some.changes, views), rendered(&all.changes, views), "tick {}", all.tick);
    }
}

#[test]
fn who_reads_one_view_sees_its_changes() {
    let config = Config::for_tests(401, 20);
    for view in View::ALL {
        assert_sees_its_changes(&config, 1, |_| [*view].into_iter().collect());
    }
}

#[test]
fn who_begins_to_read_sees_every_change_from_then_on() {
    let config = Config::for_tests(402, 25);
    for workers in [1, 2] {
        for begins in [1, 5, 9] {
            assert_sees_its_changes(&config, workers, |tick| if tick < begins { ViewSet::NONE } else { ViewSet::ALL });
        }
    }
}

#[test]
fn readers_may_come_and_go() {
    let config = Config::for_tests(403, 25);
    // Another half of the views in every other tick.
    let half = |rest: usize| View::ALL.iter().copied().filter(move |view| *view as usize % 2 == rest).collect();
    for workers in [1, 2, 4] {
        assert_sees_its_changes(&config, workers, |tick| half(usize::from(tick % 4 < 2)));
    }
}
