//! Benchmark of the engine: events/s, tick latency, memory, and the cost of one change, beside a bare differential
//! program of three joins over the same events.
//!
//! `cargo bench -p landfall-benches --bench engine -- --shipments 10000,100000 --workers 1,2 --tick-events 500000`
//!
//! `--what yardstick,events,jsonl,restore,restore-unread` says which; of `restore`, the engine's part of a restart, and of the
//! same where nobody reads a view, `--tick-events` are the entries in a part.
//!
//! What a change of reference data costs: `--measure reference SHIPMENTS WORKERS`.
//!
//! Every measurement runs in a process of its own, so that memory is its own. Events are generated between the ticks,
//! outside the measured time.

mod measure;
mod reference;
mod restore;
mod yardstick;

use std::process::Command;

use landfall_engine::ViewSet;

/// The allocator of the product's binary, for the yardstick too.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

struct Plan {
    shipments: Vec<u64>,
    workers: Vec<usize>,
    what: Vec<String>,
    tick_events: String,
}

fn list<T: std::str::FromStr>(text: &str) -> Vec<T>
where
    T::Err: std::fmt::Debug,
{
    text.split(',').map(|item| item.parse().expect("a list of numbers or names")).collect()
}

fn plan(arguments: &[String]) -> Plan {
    let value = |name: &str| arguments.iter().position(|given| given == name).and_then(|at| arguments.get(at + 1));
    Plan {
        shipments: list(value("--shipments").map_or("10000,100000", String::as_str)),
        workers: list(value("--workers").map_or("1,2", String::as_str)),
        tick_events: value("--tick-events").map_or_else(|| measure::TICK_EVENTS.to_string(), String::clone),
        what: list(value("--what").map_or("yardstick,events,jsonl", String::as_str)),
    }
}

/// What the figures of a measurement are.
const COLUMNS: &str =
    "| events/s | tick p50 ms | tick p99 ms | longest tick ms | one change µs | peak MiB | bytes/shipment |";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|given| given != "--bench").collect();
    if arguments.first().is_some_and(|first| first == "--measure") {
        let number = |at: usize| arguments[at].parse().expect("a number");
        let workers = usize::try_from(number(3)).expect("a few workers");
        if arguments[1] == "reference" {
            eprintln!("| change of | rows that change | tick p50 ms | longest tick ms |");
            reference::run(number(2), workers).iter().for_each(|line| println!("{line}"));
            return;
        }
        let tick_events = arguments.get(4).map_or(measure::TICK_EVENTS, |text| text.parse().expect("a number"));
        let figures = match arguments[1].as_str() {
            "yardstick" => yardstick::run(number(2), workers, tick_events),
            "events" => measure::run(number(2), workers, tick_events, false),
            "jsonl" => measure::run(number(2), workers, tick_events, true),
            "restore" => restore::run(number(2), workers, tick_events, ViewSet::ALL),
            "restore-unread" => restore::run(number(2), workers, tick_events, ViewSet::NONE),
            other => panic!("there is no measurement {other}"),
        };
        eprintln!("{COLUMNS}");
        println!("{figures}");
        return;
    }
    let plan = plan(&arguments);
    println!("| what | shipments | workers {COLUMNS}");
    println!("|---|---|---|---|---|---|---|---|---|");
    let program = std::env::current_exe().expect("the benchmark knows its own file");
    for shipments in &plan.shipments {
        for workers in &plan.workers {
            for what in &plan.what {
                let output = Command::new(&program)
                    .args(["--measure", what, &shipments.to_string(), &workers.to_string(), &plan.tick_events])
                    .output()
                    .expect("the benchmark can start itself");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                print!("| {what} | {shipments} | {workers} {}", String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}
