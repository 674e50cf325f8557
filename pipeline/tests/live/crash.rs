//! The process is killed again and again; nothing is lost, and nothing is written twice.
//!
//! `LANDFALL_KILLS=200` for a longer run, `LANDFALL_SEED=7` for another one.

use std::time::Duration;

use landfall_benches::generator::{Config, generate};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::process::Setup;

/// Places at which the process dies by itself, as if killed.
const PLACES: [&str; 8] = [
    "before-tick-log",
    "after-tick-log",
    "segment",
    "after-segment",
    "before-manifest",
    "after-manifest",
    "in-transaction",
    "after-transaction",
];

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a whole number"))
}

#[test]
fn thirty_kills_lose_nothing_and_write_nothing_twice() {
    let kills = from_environment("LANDFALL_KILLS", 30);
    let seed = from_environment("LANDFALL_SEED", 1);
    println!("seed {seed}, {kills} kills");
    let mut dice = SmallRng::seed_from_u64(seed);
    let config = Config::for_tests(seed, 20 + 4 * kills);
    let setup = Setup::new("crash", config.as_of(), 2);
    let events: Vec<_> = generate(&config).collect();
    let share = events.len().div_ceil(usize::try_from(kills).unwrap());
    let mut rest = events.as_slice();
    let mut place = 0;
    for kill in 0..kills {
        let (now, later) = rest.split_at(share.min(rest.len()));
        rest = later;
        for event in now {
            setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
        }
        setup.topics.flush();
        let workers = dice.random_range(1..=2);
        // Where nobody is served, rows that a checkpoint brings back are not made, and the sink goes on by changes alone.
        setup.configure(if dice.random_range(0..2) == 0 { "served_views: []\n" } else { "" });
        if kill % 2 == 0 {
            let named = format!("{}:{}", PLACES[place % PLACES.len()], dice.random_range(1..=3));
            place += 1;
            let mut process = setup.start(workers, Some(&named));
            // A place may not be reached so often; then it is killed.
            let ended = process.ended_within(Duration::from_secs(4));
            println!("kill {kill}: {workers} workers, {named}, reached: {}", ended.is_some());
            if let Some(status) = ended {
                assert!(status.code().is_none(), "it ended by itself: {status}\n{}", process.log());
            }
            process.kill();
        } else {
            let pause = Duration::from_millis(dice.random_range(50..2_000));
            println!("kill {kill}: {workers} workers, after {pause:?}");
            let process = setup.start(workers, None);
            std::thread::sleep(pause);
            process.kill();
        }
    }
    for event in rest {
        setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
    }
    setup.configure("served_views: []\n");
    let mut process = setup.start(2, None);
    setup.wait_until_done(&mut process);
    setup.check_topics();
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
}
