//! The state in a bucket: killed and started again, refused to a second process, away for a while, taken over.
//!
//! The store comes from `scripts/s3.sh start`, or is named by `LANDFALL_TEST_S3=host:port` (with a bucket `landfall`).

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use landfall_benches::generator::{Config, GeneratedEvent, generate};

use super::gate::Gate;
use super::process::{Process, Setup};

fn store() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        if let Ok(address) = std::env::var("LANDFALL_TEST_S3") {
            return address;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/s3.sh");
        let started = Command::new(script).arg("start").output().unwrap();
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        String::from_utf8(started.stdout).unwrap().lines().last().unwrap().trim().to_owned()
    })
}

/// A setup whose state is in the bucket, reached at an address.
fn setup(test: &str, address: &str) -> (Setup, Vec<GeneratedEvent>) {
    let config = Config::for_tests(11, 40);
    let setup = Setup::new(test, config.as_of(), 2);
    let options = format!(
        "{{aws_endpoint: \"http://{address}\", aws_allow_http: true, aws_region: us-east-1, aws_access_key_id: any, \
         aws_secret_access_key: any}}"
    );
    let folder = format!("url: \"file://{}\"", setup.state().display());
    let bucket = format!("url: \"s3://landfall/{}\", lease_seconds: 3, options: {options}", setup.topics.prefix);
    setup.edit(&folder, &bucket);
    (setup, generate(&config).collect())
}

#[test]
fn a_bucket_keeps_the_state_through_kills_and_for_one_process_only() {
    let (setup, events) = setup("bucket", store());
    let (first, rest) = events.split_at(events.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    setup.send(first);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    process.wait_for("a checkpoint", || setup.metric("landfall_checkpoints_total").is_some_and(|count| count > 0.0));
    let mut other = setup.start(1, None);
    let refused = other.ended_within(Duration::from_secs(60)).expect("a second process is refused");
    assert_eq!(refused.code(), Some(1), "{}", other.log());
    assert!(other.log().contains("another process"), "{}", other.log());
    process.kill();
    for (workers, events) in [(2, second), (1, third)] {
        setup.send(events);
        let process = setup.start(workers, Some("before-manifest:2"));
        std::thread::sleep(Duration::from_secs(5));
        process.kill();
    }
    let mut process = setup.start(2, None);
    setup.wait_until_done(&mut process);
    setup.check_topics();
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
    let verify = setup.command(&["checkpoint", "verify"]).output().unwrap();
    let text = String::from_utf8_lossy(&verify.stdout);
    assert!(verify.status.success() && text.contains("good"), "{text}");
}

#[test]
fn a_store_that_is_away_holds_everything_up_and_loses_nothing() {
    let gate = Gate::to(store());
    let (setup, events) = setup("away", &gate.address);
    let (before, during) = events.split_at(events.len() / 2);
    setup.send(before);
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.is_ready());
    setup.wait_until_done(&mut process);
    gate.close();
    setup.send(during);
    process.wait_for("the alarm", || {
        setup.unready_reason().is_some_and(|reason| reason.contains("tick log"))
            && setup.metric("landfall_alarm_state{part=\"tick log\"}") == Some(1.0)
    });
    assert!(process.log().contains("the tick log cannot be written"), "{}", process.log());
    let held = setup.topics.table("progress");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(setup.topics.table("progress"), held, "nothing moves while ticks cannot be durable");
    gate.open();
    setup.wait_until_done(&mut process);
    process.wait_for("readiness", || setup.is_ready());
    assert_eq!(setup.metric("landfall_alarm_state{part=\"tick log\"}"), Some(0.0));
    setup.check_topics();
    let (status, log) = process.terminate();
    assert!(status.success(), "{log}");
}

#[test]
fn a_process_that_slept_too_long_stops_when_another_has_taken_over() {
    let (setup, events) = setup("slept", store());
    let (before, after) = events.split_at(events.len() / 2);
    setup.send(before);
    let mut first = setup.start(1, None);
    setup.wait_until_done(&mut first);
    first.signal("-STOP");
    setup.send(after);
    let mut command = setup.command(&["run"]);
    command.args(["--workers", "2", "--set", "http.listen=127.0.0.1:0"]);
    let mut second = Process::start(command);
    setup.wait_until_done(&mut second);
    first.signal("-CONT");
    let status = first.ended_within(Duration::from_secs(60)).expect("the first process stops");
    assert_eq!(status.code(), Some(1), "{}", first.log());
    assert!(first.log().contains("another process"), "{}", first.log());
    setup.check_topics();
    let (status, log) = second.terminate();
    assert!(status.success(), "{log}");
}
