//! Several processes: they give what one gives, end together when one is killed, go on, and refuse who does not fit.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use landfall_benches::generator::{Config, GeneratedEvent, generate};
use landfall_operators::rows::View;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::process::{Process, Setup};

/// In this time those that are left end.
const END_TIMEOUT: Duration = Duration::from_secs(60);
const JOINED: &str = "all processes are connected";

/// Addresses that are free, and that no outgoing connection is given meanwhile.
fn hosts(count: usize) -> String {
    let mut dice = rand::rng();
    let mut found = Vec::new();
    while found.len() < count {
        let host = format!("127.0.0.1:{}", dice.random_range(20_000..32_000));
        if !found.contains(&host) && TcpListener::bind(&host).is_ok() {
            found.push(host);
        }
    }
    found.join(",")
}

fn setup(test: &str, seed: u64, shipments: u64, partitions: i32) -> (Setup, Vec<GeneratedEvent>) {
    let config = Config::for_tests(seed, shipments);
    (Setup::new(test, config.as_of(), partitions), generate(&config).collect())
}

fn send(setup: &Setup, events: &[GeneratedEvent]) {
    for event in events {
        setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
    }
    setup.topics.flush();
}

/// Starts all processes, the last first, and waits until they are connected.
fn start(setup: &Setup, hosts: &str) -> Vec<Process> {
    let count = hosts.split(',').count();
    let mut processes: Vec<Process> = (0..count).rev().map(|process| setup.start_among(hosts, process, &[])).collect();
    processes.reverse();
    for process in &mut processes {
        wait_for_log(process, JOINED);
    }
    processes
}

fn wait_for_log(process: &mut Process, text: &str) {
    let log = process.kept_log();
    process.wait_for(text, || log.lock().unwrap().contains(text));
}

fn ended_well(mut process: Process) {
    let status = process.ended_within(END_TIMEOUT).unwrap_or_else(|| panic!("it does not end:\n{}", process.log()));
    assert!(status.success(), "{status}\n{}", process.log());
}

/// Every view's topic, with the names of the test's topics taken out.
fn tables(setup: &Setup) -> BTreeMap<&'static str, Vec<(String, String)>> {
    let plain = |text: String| text.replace(&setup.topics.prefix, "");
    let table = |view: &View| {
        let rows = setup.topics.table(view.as_str());
        (view.as_str(), rows.into_iter().map(|(key, row)| (plain(key), plain(row))).collect())
    };
    View::ALL.iter().map(table).collect()
}

#[test]
fn three_processes_write_what_one_with_three_workers_writes_and_end_together() {
    let (several, events) = setup("several", 21, 40, 1);
    let half = events.len() / 2;
    send(&several, &events[..half]);
    let mut processes = start(&several, &hosts(3));
    send(&several, &events[half..]);
    several.wait_until_done(&mut processes[0]);
    several.check_topics();
    // Sizes are measured every few seconds.
    processes[0].wait_for("sizes of operators", || several.metric("landfall_operator_entries").is_some());
    // Whoever of them is asked to stop: all do, in order.
    let (status, log) = processes.pop().unwrap().terminate();
    assert!(status.success(), "{log}");
    processes.into_iter().for_each(ended_well);
    let verify = several.command(&["checkpoint", "verify"]).output().unwrap();
    assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));

    let (one, events) = setup("one", 21, 40, 1);
    send(&one, &events);
    let mut process = one.start(3, None);
    one.wait_until_done(&mut process);
    assert_eq!(tables(&several), tables(&one));
    assert!(process.terminate().0.success());

    // The state belongs to no number of processes: one alone goes on with it.
    let more: Vec<_> = generate(&Config::for_tests(22, 5)).collect();
    send(&several, &more);
    let mut alone = several.start(2, None);
    several.wait_until_done(&mut alone);
    several.check_topics();
}

#[test]
fn a_killed_process_ends_all_and_nothing_is_lost() {
    let (setup, events) = setup("killed", 23, 60, 3);
    let mut dice = SmallRng::seed_from_u64(23);
    let hosts = hosts(3);
    let victims = [2, 0, 1, 0];
    let share = events.len().div_ceil(victims.len() + 1);
    let mut shares = events.chunks(share);
    for victim in victims {
        send(&setup, shares.next().unwrap());
        let mut processes = start(&setup, &hosts);
        std::thread::sleep(Duration::from_millis(dice.random_range(0..2_500)));
        processes.remove(victim).kill();
        for mut process in processes {
            let status = process.ended_within(END_TIMEOUT);
            let log = process.log();
            assert_eq!(status.and_then(|status| status.code()), Some(1), "without process {victim}:\n{log}");
            assert!(log.contains(&format!("error[process_lost]: process {victim} (")), "{log}");
        }
    }
    shares.for_each(|share| send(&setup, share));
    let mut processes = start(&setup, &hosts);
    setup.wait_until_done(&mut processes[0]);
    setup.check_topics();
    let (status, log) = processes.remove(0).terminate();
    assert!(status.success(), "{log}");
    processes.into_iter().for_each(ended_well);
}

#[test]
fn a_process_that_does_not_fit_is_refused_and_the_others_wait_for_one_that_does() {
    let (setup, _) = setup("unfit", 24, 1, 1);
    let hosts = hosts(2);
    let mut leader = setup.start_among(&hosts, 0, &["--set", "engine.join_timeout_seconds=600"]);
    wait_for_log(&mut leader, "waiting for the other processes");
    let refused = |process: &mut Process, reason: &str| {
        let status = process.ended_within(END_TIMEOUT).unwrap_or_else(|| panic!("{reason}: it is not refused"));
        let log = process.log();
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(log.contains("error[join]") && log.contains("refuses this one") && log.contains(reason), "{log}");
    };
    let reordered: Vec<&str> = hosts.split(',').chain(["127.0.0.1:9"]).collect();
    refused(
        &mut setup.start_among(&hosts, 1, &["--set", "base_currency=USD"]),
        "process 1 has other settings: base_currency: USD, process 0 has base_currency: EUR",
    );
    refused(
        &mut setup.start_among(&hosts, 1, &["--set", "settings.include_tax=true"]),
        "include_tax: true, process 0 has include_tax: false",
    );
    refused(
        &mut setup.start_among(&hosts, 1, &["--set", "engine.workers=2"]),
        "process 1 runs 2 workers, process 0 runs 1",
    );
    refused(&mut setup.start_among(&reordered.join(","), 1, &[]), "process 1 has engine.hosts 127.0.0.1:");
    // A file with other bytes is another build; what follows a program's end does not change what it does.
    let other = setup.folder.path().join("landfall");
    std::fs::copy(env!("CARGO_BIN_EXE_landfall"), &other).unwrap();
    std::fs::OpenOptions::new().append(true).open(&other).unwrap().write_all(b"other").unwrap();
    let mut command = std::process::Command::new(other);
    command.args(["run", "--workers", "1", "--hosts", &hosts, "--process", "1", "--config"]).arg(setup.config());
    command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    refused(&mut Process::start(command), "different builds");
    // Whoever else knocks is not let in either.
    let mut stranger = TcpStream::connect(hosts.split(',').next().unwrap()).unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(setup.get("/health/ready").is_some_and(|(status, body)| status == 503 && body.contains("other processes")));

    let mut follower = setup.start_among(&hosts, 1, &[]);
    wait_for_log(&mut follower, JOINED);
    leader.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    assert!(leader.log().contains("base_currency"), "{}", leader.log());
    assert!(leader.terminate().0.success());
    ended_well(follower);
}

#[test]
fn who_never_comes_is_named() {
    let (setup, _) = setup("absent", 25, 1, 1);
    let hosts = hosts(3);
    let mut follower = setup.start_among(&hosts, 2, &["--set", "engine.join_timeout_seconds=1"]);
    let status = follower.ended_within(END_TIMEOUT);
    let log = follower.log();
    assert_eq!(status.and_then(|status| status.code()), Some(1), "{log}");
    assert!(log.contains("error[join]: process 0 (127.0.0.1:") && log.contains("did not join within 1 s"), "{log}");
    let mut waiting = setup.start_among(&hosts, 0, &["--set", "engine.join_timeout_seconds=600"]);
    wait_for_log(&mut waiting, "waiting for the other processes");
    assert!(waiting.terminate().0.success(), "it ends in order while it waits");
}
