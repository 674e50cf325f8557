//! What is refused: broken state, lost offsets, missing topics, a second process.

use std::time::Duration;

use landfall_benches::generator::{Config, generate};

use super::process::{Process, Setup, files};

fn ran(test: &str) -> Setup {
    let config = Config::for_tests(9, 20);
    let setup = Setup::new(test, config.as_of(), 1);
    for event in generate(&config) {
        setup.topics.send(event.stream.as_str(), &[], &event.to_json_line());
    }
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    assert!(process.terminate().0.success());
    setup
}

fn refused(mut process: Process, what: &str) -> String {
    let status = process.ended_within(Duration::from_secs(60)).unwrap_or_else(|| panic!("{what} is not refused"));
    let log = process.log();
    assert_eq!(status.code(), Some(1), "{log}");
    log
}

#[test]
fn a_torn_manifest_and_a_flipped_bit_fall_back_to_the_checkpoint_before() {
    let setup = ran("torn");
    // A further checkpoint, so that there is one to fall back to.
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    assert!(process.terminate().0.success());
    let newest = files(&setup.state().join("manifests")).pop().unwrap();
    let mut bytes = std::fs::read(&newest).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&newest, &bytes).unwrap();
    let mut process = setup.start(2, None);
    setup.wait_until_done(&mut process);
    assert!(process.log().contains("a checkpoint cannot be used"), "{}", process.log());
    setup.check_topics();
    assert!(process.terminate().0.success());

    let segment = files(&setup.state().join("segments")).pop().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let verify = setup.command(&["checkpoint", "verify"]).output().unwrap();
    assert_eq!(verify.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&verify.stdout).contains("checksum"), "{verify:?}");
}

#[test]
fn a_second_process_on_the_same_state_is_refused() {
    let setup = ran("second");
    let mut first = setup.start(1, None);
    first.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
    let log = refused(setup.start(1, None), "a second process");
    assert!(log.contains("another process"), "{log}");
    assert!(first.terminate().0.success());
}

#[test]
fn a_missing_topic_is_refused_by_name() {
    let config = Config::for_tests(9, 1);
    let setup = Setup::new("missing", config.as_of(), 1);
    setup.topics.delete("customs");
    std::thread::sleep(Duration::from_secs(1));
    let log = refused(setup.start(1, None), "a missing topic");
    assert!(log.contains("customs") && log.contains("does not exist"), "{log}");
}

#[test]
fn expired_offsets_are_refused_with_their_count_unless_accepted() {
    let setup = ran("expired");
    let before = setup.topics.read("invoices").len();
    let config = Config::for_tests(10, 10);
    for event in generate(&config) {
        setup.topics.send("invoices", &[], &event.to_json_line());
    }
    setup.topics.flush();
    let after = setup.topics.read("invoices").len();
    setup.topics.expire("invoices", i64::try_from(after).unwrap() - 1);
    let log = refused(setup.start(1, None), "a gap");
    let lost = after - 1 - before;
    assert!(log.contains(&format!("{lost} records are gone")), "{lost} lost:\n{log}");
    assert!(log.contains("invoices/0") && log.contains("state.accept_gap"), "{log}");
    let mut text = std::fs::read_to_string(setup.config()).unwrap();
    text = text.replace("checkpoint_interval_seconds: 1", "checkpoint_interval_seconds: 1, accept_gap: true");
    std::fs::write(setup.config(), text).unwrap();
    let mut process = setup.start(1, None);
    process.wait_for("readiness", || setup.get("/health/ready").is_some_and(|(status, _)| status == 200));
}
