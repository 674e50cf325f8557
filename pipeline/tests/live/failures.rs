//! What fails outside: the broker is restarted, the disk fills up, the clock is put back, topics are deleted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use landfall_benches::generator::{Config, GeneratedEvent, generate};
use landfall_schemas::Timestamp;

use super::kafka::{OwnBroker, Topics};
use super::process::{Process, Setup};

fn events(seed: u64) -> (Timestamp, Vec<GeneratedEvent>) {
    let config = Config::for_tests(seed, 40);
    (config.as_of(), generate(&config).collect())
}

#[test]
fn a_broker_that_is_restarted_costs_nothing_but_time() {
    let own = OwnBroker::start(40);
    let (clock, events) = events(21);
    let topics = Topics::at(&own.address(), "restarted");
    let setup = Setup::with(topics, clock, 2);
    let (first, rest) = events.split_at(events.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    setup.send(first);
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.is_ready());
    // The broker has its coordinators by then: one that is stopped while it makes their topics may come back without them.
    setup.wait_until_done(&mut process);
    setup.send(second);
    // In the middle of reading and of transactions.
    own.script("stop");
    let seconds = std::env::var("LANDFALL_OUTAGE_SECONDS").map_or(3, |seconds| seconds.parse().unwrap());
    std::thread::sleep(Duration::from_secs(seconds));
    own.script("start");
    setup.send(third);
    setup.wait_until_done(&mut process);
    process.wait_for("readiness", || setup.is_ready());
    // Nothing is there twice, unless the broker lost what it had confirmed.
    if process.log().contains("lost what they had confirmed") {
        setup.check_topics_that_were_mended();
    } else {
        setup.check_topics();
    }
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
}

#[test]
fn a_full_disk_holds_everything_up_and_loses_nothing() {
    let unshared = Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    if !unshared.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a disk of its own needs unshare and the right to mount");
        return;
    }
    let (clock, events) = events(22);
    let setup = Setup::new("full", clock, 2);
    std::fs::create_dir_all(setup.state()).unwrap();
    // A small disk that only the process sees, and that goes with it.
    let script = "mount -t tmpfs -o size=4m tmpfs \"$1\" && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]).arg(setup.state());
    command.arg(env!("CARGO_BIN_EXE_landfall")).args(["run", "--workers", "1", "--config"]).arg(setup.config());
    let (before, during) = events.split_at(events.len() / 2);
    setup.send(before);
    let mut process = Process::start(command);
    process.wait_for("readiness", || setup.is_ready());
    setup.wait_until_done(&mut process);
    let disk = PathBuf::from(format!("/proc/{}/root{}", process.id(), setup.state().display()));
    let ballast = disk.join("ballast");
    // Everything that is free, to the last byte.
    let zeros = std::fs::File::open("/dev/zero").unwrap();
    std::io::copy(&mut std::io::BufReader::new(zeros), &mut std::fs::File::create(&ballast).unwrap()).unwrap_err();
    setup.send(during);
    process.wait_for("the alarm", || {
        let reason = setup.unready_reason().unwrap_or_default();
        (reason.contains("tick log") || reason.contains("checkpoint")) && reason.contains("No space left")
    });
    assert!(setup.metric("landfall_alarm_state").is_some_and(|alarms| alarms > 0.0));
    assert!(process.log().contains("No space left"), "{}", process.log());
    std::thread::sleep(Duration::from_secs(2));
    std::fs::remove_file(&ballast).unwrap();
    setup.wait_until_done(&mut process);
    process.wait_for("readiness", || setup.is_ready());
    setup.check_topics();
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
}

#[test]
fn a_clock_that_is_put_back_does_not_turn_back_the_views() {
    let config = Config::for_tests(23, 20);
    let mut setup = Setup::new("clock", config.as_of(), 1);
    let fixed = format!("{{fixed: \"{}\"}}", config.as_of());
    setup.edit(&fixed, "wall");
    let events: Vec<GeneratedEvent> = generate(&config).collect();
    let (before, after) = events.split_at(events.len() / 2);
    let shift = setup.folder.path().join("shift");
    std::fs::write(&shift, "0").unwrap();
    // The machine's clock as the process sees it; its timers are left alone, as when somebody sets the clock.
    let mut command = setup.command(&["run"]);
    command.env("LD_PRELOAD", shifted_clock(setup.folder.path())).env("SHIFTED_CLOCK_FILE", &shift);
    let mut process = Process::start(command);
    process.wait_for("readiness", || setup.is_ready());
    setup.send(before);
    setup.wait_until_done(&mut process);
    std::fs::write(&shift, "-7200").unwrap();
    setup.send(after);
    setup.wait_until_done(&mut process);
    let clock_lag_ms = setup.metric("landfall_clock_lag_milliseconds").unwrap();
    assert!(clock_lag_ms < -3_600_000.0, "the process sees the other time: {clock_lag_ms}");
    process.kill();
    // And the next start goes on from the views' clock.
    let mut process = setup.start(2, None);
    process.wait_for("readiness", || setup.is_ready());
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
    let progress: Vec<i64> = setup
        .topics
        .read("progress")
        .into_iter()
        .map(|record| serde_json::from_slice::<serde_json::Value>(&record.value.unwrap()).unwrap())
        .map(|progress| progress["clock_ms"].as_i64().unwrap())
        .collect();
    assert!(progress.is_sorted(), "the clock never goes back: {progress:?}");
    setup.clock = Timestamp(*progress.last().unwrap());
    setup.check_topics();
}

/// What shifts the clock of one process, compiled into a folder. (Debian's `faketime` allocates while it starts, and then waits for
/// ever in a process whose allocator asks for the time.)
fn shifted_clock(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/shifted_clock.c");
    let library = folder.join("shifted_clock.so");
    let compiled =
        Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).args([&library, &source]).status().unwrap();
    assert!(compiled.success(), "{} does not compile", source.display());
    library
}

#[test]
fn a_topic_that_is_deleted_while_it_is_read_ends_the_process_by_name() {
    let (clock, events) = events(24);
    let setup = Setup::new("deleted", clock, 1);
    setup.send(&events[..100]);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    setup.topics.delete("customs");
    let status = process.ended_within(Duration::from_secs(60)).expect("it ends");
    assert_eq!(status.code(), Some(1), "{}", process.log());
    let topic = setup.topics.name("customs");
    let says = |line: &str| line.contains(&topic) && (line.contains("does not exist") || line.contains("do not know"));
    assert!(process.log().lines().any(says), "{}", process.log());
}

#[test]
fn a_topic_of_a_sink_that_is_deleted_is_made_anew_and_filled_at_the_next_start() {
    let (clock, events) = events(25);
    let setup = Setup::new("refilled", clock, 1);
    let (before, after) = events.split_at(events.len() / 2);
    setup.send(before);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
    setup.topics.delete("shipment_timeline");
    std::thread::sleep(Duration::from_secs(1));
    let mut process = setup.start(2, None);
    setup.send(after);
    setup.wait_until_done(&mut process);
    setup.check_topics();
}
