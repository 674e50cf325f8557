//! OAUTHBEARER with tokens of an OAuth 2.0 server, beside a broker that checks their signature, audience and lifetime.

use std::process::Output;
use std::time::Duration;

use landfall_benches::generator::{Config, generate};

use super::dead_letters::orders;
use super::process::Setup;
use super::security::{broker_data, own_broker, secure};
use super::tokens::{CLIENT_ID, CLIENT_SECRET, Endpoint};

/// The listener that takes signed tokens alone.
const PORT_AFTER: u16 = 4;
const SCOPE: &str = "kafka read write";

fn security(url: &str, secret: &str, scope: &str, more: &str) -> String {
    format!(
        "{{sasl: {{mechanism: OAUTHBEARER, token_url: \"{url}\", client_id: \"{CLIENT_ID}\", client_secret: \"{secret}\", \
         scope: \"{scope}\"{more}}}}}"
    )
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn with_signed_tokens_records_flow_while_tokens_end_and_are_renewed() {
    if !own_broker() {
        return;
    }
    let config = Config::for_tests(4, 20);
    let setup = Setup::new("tokens", config.as_of(), 1);
    let endpoint = Endpoint::start(10);
    secure(&setup, PORT_AFTER, &security(&endpoint.url("/token"), CLIENT_SECRET, SCOPE, ""));
    let valid = setup.command(&["validate"]).output().unwrap();
    assert_eq!(valid.status.code(), Some(0), "{}", text(&valid));

    let events: Vec<_> = generate(&config).collect();
    let (first, rest) = events.split_at(events.len() / 2);
    setup.send(first);
    let mut process = setup.start(1, None);
    setup.wait_until_done(&mut process);
    // Topics were made, and their first rows written; source and sink then renew their tokens, each more than once.
    let before = endpoint.asked();
    process.wait_for("further tokens", || endpoint.asked() >= before + 5);
    setup.send(rest);
    let [good, bad] = orders();
    setup.topics.send("orders", b"PO-MENDED", bad.as_bytes());
    setup.wait_until_done(&mut process);
    setup.check_topics();

    // Dead letters are read, and submitted again, with tokens of their own.
    let letters = setup.topics.read("dead_letters").len();
    let list = setup.command(&["dead-letters", "list"]).output().unwrap();
    assert_eq!((list.status.code(), text(&list).lines().count()), (Some(0), letters), "{}", text(&list));
    let file = setup.folder.path().join("mended.jsonl");
    std::fs::write(&file, format!("{good}\n")).unwrap();
    let replay = setup.command(&["dead-letters", "replay", "--from-file", file.to_str().unwrap()]).output().unwrap();
    assert!(replay.status.success() && text(&replay).contains("1 submitted"), "{}", text(&replay));
    setup.wait_until_done(&mut process);
    assert!(setup.topics.table("landed_cost_lines").keys().any(|key| key.contains("PO-MENDED")));
    let (status, log) = process.terminate();
    assert!(status.success() && !log.contains(CLIENT_SECRET), "{log}");
}

#[test]
fn why_there_is_no_token_is_told_with_what_to_do_and_without_the_secret() {
    if !own_broker() {
        return;
    }
    let setup = Setup::new("no-tokens", Config::for_tests(1, 1).as_of(), 1);
    let endpoint = Endpoint::start(600);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let [token, page, moved, busy, nothing] =
        ["/token", "/page", "/moved", "/busy", "/nothing"].map(|path| endpoint.url(path));
    let nobody = format!("http://{closed}/token");
    let wrong_secret = "wrong-secret";
    let wrong_client =
        ["refuses the client `landfall client`", "401 Unauthorized: invalid_client", "`sasl.client_secret`"];
    for (url, secret, scope, code, told) in [
        (&token, wrong_secret, SCOPE, 1, wrong_client),
        (
            &token,
            CLIENT_SECRET,
            "admin",
            1,
            ["refuses the scope `admin`", "invalid_scope: no such scope", "`sasl.scope`"],
        ),
        (&page, CLIENT_SECRET, SCOPE, 1, ["is no token", "no JSON object", "`sasl.token_url`"]),
        (&moved, CLIENT_SECRET, SCOPE, 1, ["gives no token", "302 Found", "`sasl.token_url`"]),
        (&nothing, CLIENT_SECRET, SCOPE, 1, ["gives no token", "404 Not Found", "`sasl.token_url`"]),
        (&busy, CLIENT_SECRET, SCOPE, 2, ["unknown", "gives no token", "503 Service Unavailable"]),
        (&nobody, CLIENT_SECRET, SCOPE, 2, ["unknown", "does not answer", "Connection refused"]),
    ] {
        secure(&setup, PORT_AFTER, &security(url, secret, scope, ""));
        let output = setup.command(&["validate"]).output().unwrap();
        let said = text(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        for part in ["source all", "sink out", url.as_str()].into_iter().chain(told) {
            assert!(said.contains(part), "{part} is missing: {said}");
        }
        assert!(!said.contains(secret), "{said}");
    }

    secure(&setup, PORT_AFTER, &security(&token, wrong_secret, SCOPE, ""));
    let mut process = setup.start(1, None);
    let status = process.ended_within(Duration::from_secs(60)).unwrap();
    let log = process.log();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(wrong_client.iter().all(|part| log.contains(part)) && !log.contains(wrong_secret), "{log}");
}

#[test]
fn a_token_that_brokers_refuse_is_told() {
    if !own_broker() {
        return;
    }
    let setup = Setup::new("refused-token", Config::for_tests(1, 1).as_of(), 1);
    let endpoint = Endpoint::start(600);
    secure(&setup, PORT_AFTER, &security(&endpoint.url("/elsewhere"), CLIENT_SECRET, SCOPE, ""));
    let output = setup.command(&["validate"]).output().unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let why = "SASL authentication error: {\"status\":\"invalid_token\"}";
    assert_eq!(said.matches(why).count(), 2, "for source and sink: {said}");
}

#[test]
fn a_token_endpoint_is_trusted_by_its_authority_only() {
    if !own_broker() {
        return;
    }
    let setup = Setup::new("token-tls", Config::for_tests(1, 1).as_of(), 1);
    let endpoint = Endpoint::start_tls(600);
    let validated = |more: &str| {
        secure(&setup, PORT_AFTER, &security(&endpoint.url("/token"), CLIENT_SECRET, SCOPE, more));
        let output = setup.command(&["validate"]).output().unwrap();
        (output.status.code(), text(&output))
    };
    let authority = broker_data().join("ca.pem").display().to_string();
    let (code, said) = validated(&format!(", token_ca_file: \"{authority}\""));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = validated("");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("certificate") && said.contains("`sasl.token_ca_file`"), "{said}");
    let (code, said) = validated(", token_ca_file: /nowhere/ca.pem");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("/nowhere/ca.pem") && said.contains("No such file"), "{said}");
}
