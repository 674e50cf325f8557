//! A fixed population of shipments that keep changing: what the process keeps levels off.
//!
//! `LANDFALL_TICKS=20000` for a longer run.

use landfall_benches::generator::{Config, generate};
use serde_json::Value;

use super::process::{Process, Setup};

/// Records of arrangements and operators, and bytes in memory.
struct Kept {
    ticks: f64,
    traces: f64,
    operators: f64,
    resident_bytes: f64,
}

fn kept(setup: &Setup) -> Kept {
    let metric = |name: &str| setup.metric(name).unwrap();
    Kept {
        ticks: metric("landfall_ticks_total"),
        traces: metric("landfall_operator_entries{operator=\"Traces\"}"),
        operators: metric("landfall_operator_entries"),
        resident_bytes: metric("landfall_resident_memory_bytes"),
    }
}

/// Sends every event again, a little later than before, until so many ticks have closed; the largest that was kept in the
/// last fifth of them.
fn changed_until(setup: &Setup, process: &mut Process, events: &mut [(String, Value)], ticks: f64) -> Kept {
    let from = kept(setup).ticks;
    let mut largest: Option<Kept> = None;
    loop {
        let now = kept(setup);
        if now.ticks >= from + (ticks - from) * 0.8 {
            let so_far = largest.get_or_insert(Kept { ..now });
            so_far.traces = so_far.traces.max(now.traces);
            so_far.operators = so_far.operators.max(now.operators);
            so_far.resident_bytes = so_far.resident_bytes.max(now.resident_bytes);
        }
        if now.ticks >= ticks {
            println!(
                "{} ticks: {} records in traces, {} entries in all, {:.1} MB",
                now.ticks,
                now.traces,
                now.operators,
                now.resident_bytes / 1e6
            );
            return largest.expect("the last look is in the last fifth");
        }
        for (topic, event) in events.iter_mut() {
            let recorded_at = event["recorded_at"].as_str().unwrap().parse::<landfall_schemas::Timestamp>().unwrap();
            event["recorded_at"] = recorded_at.plus_ms(7).to_string().into();
            setup.topics.send(topic, &[], event.to_string().as_bytes());
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        setup.topics.flush();
        process.wait_for("the process to follow", || {
            setup.metric("landfall_ticks_total").is_some_and(|seen| seen > now.ticks)
        });
    }
}

#[test]
fn what_is_kept_of_changing_shipments_levels_off() {
    let ticks = std::env::var("LANDFALL_TICKS").ok().map_or(2_000, |text| text.parse::<u32>().expect("a number"));
    let config = Config { shipments: 30, seed: 41, ..Config::default() };
    // Late enough that no event is of the future: those are held, one by one, until their time has come.
    let setup = Setup::new("plateau", config.as_of().plus_ms(200 * 86_400_000), 1);
    // The changes are many and small, and the figures shall be read often.
    setup.configure("engine: {tick_interval_ms: 1}\n");
    // Few past ticks, so that they are all there at the first look.
    setup.edit("http: {", "window: {ticks_max: 100}\nserved_views: [exceptions]\nhttp: {");
    let mut events: Vec<(String, Value)> = generate(&config)
        .filter_map(|event| {
            Some((event.stream.as_str().to_owned(), serde_json::from_slice(&event.to_json_line()).ok()?))
        })
        .filter(|(stream, event): &(String, Value)| stream != "reference" && event["recorded_at"].is_string())
        .collect();
    for event in generate(&config) {
        setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
    }
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    process.wait_for("the first figures", || setup.metric("landfall_operator_entries").is_some());
    let early = changed_until(&setup, &mut process, &mut events, f64::from(ticks / 2));
    let late = changed_until(&setup, &mut process, &mut events, f64::from(ticks));
    assert!(late.traces <= early.traces * 1.1 + 1_000.0, "records in traces: {} then {}", early.traces, late.traces);
    assert!(late.operators <= early.operators * 1.1 + 1_000.0, "entries: {} then {}", early.operators, late.operators);
    let limit = early.resident_bytes * 1.1 + 20e6;
    assert!(late.resident_bytes <= limit, "bytes: {} then {}", early.resident_bytes, late.resident_bytes);
    assert!(process.terminate().0.success());
}
