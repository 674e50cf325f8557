//! What a sink still knows of transactions that were confirmed.

use landfall::sink::{CONFIRMED_MAX, CONFIRMED_ROWS_MAX, Confirmed};

#[test]
fn what_the_topics_no_longer_hold_is_known() {
    let mut confirmed = Confirmed::through(3);
    for (tick, name) in [(5, "a"), (6, "b"), (9, "c")] {
        confirmed.add(tick, 1, name);
    }
    assert_eq!(confirmed.tick(), 9);
    assert_eq!(confirmed.lost_after(9), Some(vec![]));
    assert_eq!((confirmed.lost_after(5), confirmed.tick()), (Some(vec!["b", "c"]), 5));
    // It is given once: now it is up to whoever took it to write it.
    assert_eq!(confirmed.lost_after(5), Some(vec![]));
    confirmed.add(9, 2, "b and c");
    assert_eq!((confirmed.lost_after(3), confirmed.tick()), (Some(vec!["a", "b and c"]), 3));
    // Before that somebody else has written.
    assert_eq!(confirmed.lost_after(2), None);
}

#[test]
fn only_so_many_rows_are_kept() {
    let mut confirmed = Confirmed::through(0);
    confirmed.add(1, CONFIRMED_ROWS_MAX, "many");
    confirmed.add(2, 1, "one");
    assert_eq!(confirmed.lost_after(0), None);
    assert_eq!(confirmed.lost_after(1), Some(vec!["one"]));
    confirmed.add(3, CONFIRMED_ROWS_MAX + 1, "too many");
    assert_eq!(confirmed.lost_after(2), None);
    // What is not kept counts no more.
    confirmed.add(4, CONFIRMED_ROWS_MAX, "many");
    assert_eq!(confirmed.lost_after(3), Some(vec!["many"]));
}

#[test]
fn only_so_many_transactions_are_kept() {
    let mut confirmed = Confirmed::through(0);
    let last = CONFIRMED_MAX as u64 + 10;
    for tick in 1..=last {
        confirmed.add(tick, 0, tick);
    }
    assert_eq!(confirmed.lost_after(9), None);
    assert_eq!(confirmed.lost_after(10), Some((11..=last).collect()));
}
