//! The servers together: whatever is asked, however, at a tick equals what `landfall replay` makes of the events up to it.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod asked;
mod fed;
#[path = "../../serve/tests/serve/support.rs"]
#[allow(dead_code, reason = "the tests of the HTTP server use all of it")]
mod support;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::thread;

use landfall_operators::rows::View;

use asked::{Answers, Subscriber};
use fed::Fed;

/// How many ticks are compared; each takes a run of the binary.
const COMPARED: usize = 5;

#[test]
fn every_answer_under_load_is_the_dump_of_the_events_up_to_its_tick() {
    let fed = Fed::start();
    let subscribed = [View::Exceptions, View::Milestones, View::ControlTotals, View::FreightCharges];
    let (answers, subscribers) = thread::scope(|scope| {
        let fed = &fed;
        let subscribers = subscribed.map(|view| scope.spawn(move || Subscriber::follow(fed, view)));
        let asking = scope.spawn(move || {
            let mut answers: Vec<Answers> = Vec::new();
            fed.begun();
            while !fed.is_over.load(Ordering::Acquire) {
                answers.push(Answers::at_one_tick(fed));
                fed.asked.fetch_add(1, Ordering::AcqRel);
            }
            answers.push(Answers::at_one_tick(fed));
            answers
        });
        fed.feed(2 * COMPARED);
        (asking.join().unwrap(), subscribers.map(|subscriber| subscriber.join().unwrap()))
    });
    let ticks: BTreeMap<u64, &Answers> = answers.iter().map(|answers| (answers.tick, answers)).collect();
    assert!(ticks.len() >= COMPARED, "the answers are of {} ticks", ticks.len());
    let last = *ticks.keys().last().unwrap();
    let spread = ticks.len() / COMPARED;
    for (tick, answers) in ticks.iter().step_by(spread.max(1)).chain([(&last, &ticks[&last])]) {
        let dump = fed.replayed(*tick);
        answers.compare(&dump);
        subscribers.iter().for_each(|subscriber| subscriber.compare(*tick, &dump));
    }
}
