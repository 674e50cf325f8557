//! Past ticks: whenever somebody asks for one, it is as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use landfall_benches::generator::Config;
use landfall_operators::for_each_view;
use landfall_operators::rows::View;
use landfall_schemas::{DocumentKey, Text};
use landfall_snapshot::{Served, Snapshot, Store, Window};

use super::support::Feed;

macro_rules! the_same {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        fn assert_same(one: &Snapshot, other: &Snapshot) {
            assert_eq!((one.tick, one.clock), (other.tick, other.clock));
            $(
                assert_eq!(one.$field.len(), other.$field.len(), "{} at {}", stringify!($field), one.tick);
                let same = one.$field.iter().zip(other.$field.iter());
                for ((key, row), (other_key, other_row)) in same {
                    assert_eq!((key, Served::row(row)), (other_key, Served::row(other_row)), "at {}", one.tick);
                    assert_eq!(row.marks(), other_row.marks());
                }
            )*
            let first = DocumentKey::Order(Text::default());
            assert!(one.documents.from(first.clone()).eq(other.documents.from(first)));
            assert!(one.documents.mentions_from("").eq(other.documents.mentions_from("")));
            assert_eq!(one.documents.len(), other.documents.len());
        }
    };
}

for_each_view!(the_same);

/// Two stores of the same ticks: one is read at each of them.
struct Twice {
    kept: BTreeMap<u64, Arc<Snapshot>>,
    read: Store,
    unread: Store,
}

impl Twice {
    fn new(window: Window) -> Twice {
        let store = || Store::new(View::ALL.to_vec(), window);
        Twice { kept: BTreeMap::new(), read: store(), unread: store() }
    }

    fn tick(&mut self, feed: &mut Feed, records: usize) {
        for closed in feed.tick(records) {
            self.read.publish(Arc::clone(&closed));
            self.kept.insert(closed.tick, self.read.current());
            self.unread.publish(closed);
        }
    }

    fn assert_at(&self, tick: u64) {
        assert_same(&self.unread.at(tick).unwrap(), &self.kept[&tick]);
        assert_eq!(self.unread.clock_at(tick), self.kept[&tick].clock);
    }
}

#[test]
fn a_past_tick_is_as_it_was_though_nobody_read_it_then() {
    let mut stores = Twice::new(Window::default());
    let mut feed = Feed::new(&Config::for_tests(11, 60));
    for _ in 0..20 {
        stores.tick(&mut feed, 20);
    }
    // Nobody has read any of them: undone from the newest; then from the one that was made so.
    [7, 3, 5, 20, 1].into_iter().for_each(|tick| stores.assert_at(tick));
    for tick in 21..=40 {
        stores.tick(&mut feed, 20);
        // Readers who come and go.
        if tick % 7 < 2 {
            assert_same(&stores.unread.current(), &stores.kept[&tick]);
        }
        if tick % 5 == 0 {
            stores.assert_at(tick - 3);
        }
    }
    while feed.left() > 0 {
        stores.tick(&mut feed, 400);
    }
    let newest = *stores.kept.keys().last().unwrap();
    (1..=newest).for_each(|tick| stores.assert_at(tick));
    assert_eq!(stores.unread.len(View::Exceptions), stores.kept[&newest].exceptions.len());
}

#[test]
fn a_tick_that_is_kept_no_longer_is_refused_by_name() {
    let mut stores = Twice::new(Window { ticks_max: 5, ..Window::default() });
    let mut feed = Feed::new(&Config::for_tests(3, 20));
    for _ in 0..9 {
        stores.tick(&mut feed, 10);
    }
    (5..=9).for_each(|tick| stores.assert_at(tick));
    for asked in [4, 10] {
        let passed = stores.unread.at(asked).unwrap_err();
        assert_eq!((passed.asked, passed.oldest, passed.newest), (asked, 5, 9));
    }
}

#[test]
fn large_ticks_are_taken_in_while_readers_see_the_one_before() {
    let mut stores = Twice::new(Window::default());
    let mut feed = Feed::new(&Config::for_tests(5, 1_500));
    stores.tick(&mut feed, 10);
    while feed.left() > 0 {
        // Some ten thousand rows and more: more than a reader waits for.
        stores.tick(&mut feed, 6_000);
    }
    stores.kept.keys().for_each(|tick| stores.assert_at(*tick));
}
