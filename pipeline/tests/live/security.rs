//! SASL and TLS against the broker of `scripts/kafka.sh`, and what `landfall validate` says of them.

use std::path::PathBuf;
use std::process::Output;

use landfall_benches::generator::{Config, generate};

use super::kafka::broker;
use super::process::Setup;

/// Writes the configuration with another port of the broker and this security.
pub fn secure(setup: &Setup, port_after: u16, security: &str) {
    let (host, port) = broker().split_once(':').unwrap();
    let other = format!("{host}:{}", port.parse::<u16>().unwrap() + port_after);
    setup.configure("");
    let text = std::fs::read_to_string(setup.config()).unwrap();
    let text = text.replace(broker(), &other).replace("brokers:", &format!("security: {security}, brokers:"));
    std::fs::write(setup.config(), text).unwrap();
}

/// What `validate` comes to with another port and this security.
fn validated(setup: &Setup, port_after: u16, security: &str) -> Output {
    secure(setup, port_after, security);
    setup.command(&["validate"]).output().unwrap()
}

/// Where the broker has its keys and certificates.
pub fn broker_data() -> PathBuf {
    let port = broker().split_once(':').unwrap().1;
    std::env::var("LANDFALL_KAFKA_DATA")
        .map_or_else(|_| std::env::temp_dir().join(format!("landfall-kafka-{port}")), PathBuf::from)
}

/// Ports of SASL and TLS are known only for the broker of the script.
pub fn own_broker() -> bool {
    let own = std::env::var("LANDFALL_TEST_KAFKA").is_err();
    if !own {
        eprintln!("skipped: LANDFALL_TEST_KAFKA names a broker whose other ports are not known");
    }
    own
}

#[test]
fn sasl_plain_and_scram_sign_on_and_wrong_passwords_do_not() {
    if !own_broker() {
        return;
    }
    let setup = Setup::new("sasl", Config::for_tests(1, 1).as_of(), 1);
    for mechanism in ["PLAIN", "SCRAM-SHA-512"] {
        let sasl =
            |password: &str| format!("{{sasl: {{mechanism: {mechanism}, username: landfall, password: {password}}}}}");
        let good = validated(&setup, 1, &sasl("landfall-secret"));
        assert_eq!(good.status.code(), Some(0), "{mechanism}: {good:?}");
        let bad = validated(&setup, 1, &sasl("wrong"));
        assert_eq!(bad.status.code(), Some(2), "{mechanism}: {bad:?}");
        let said = String::from_utf8_lossy(&bad.stdout).into_owned();
        assert!(said.contains("uthentication failed"), "{mechanism}: {said}");
    }
}

/// Tokens that nobody signed, which librdkafka makes itself and the broker of the script takes.
const UNSECURED: &str = "{sasl: {mechanism: OAUTHBEARER}, properties: {enable.sasl.oauthbearer.unsecure.jwt: true, \
                         sasl.oauthbearer.config: \"principal=landfall\"}}";

#[test]
fn oauthbearer_signs_on_with_a_token_and_reads_and_writes() {
    if !own_broker() {
        return;
    }
    let config = Config::for_tests(2, 3);
    let setup = Setup::new("oauth", config.as_of(), 1);
    let good = validated(&setup, 1, UNSECURED);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let events: Vec<_> = generate(&config).collect();
    setup.send(&events);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    setup.check_topics();
    assert!(process.terminate().0.success());
}

#[test]
fn tls_is_trusted_by_its_authority_only() {
    if !own_broker() {
        return;
    }
    let setup = Setup::new("tls", Config::for_tests(1, 1).as_of(), 1);
    let authority = broker_data().join("ca.pem");
    let good = validated(&setup, 2, &format!("{{tls: {{ca_file: \"{}\"}}}}", authority.display()));
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    let bad = validated(&setup, 2, "{tls: {}}");
    assert_ne!(bad.status.code(), Some(0), "{bad:?}");
}
