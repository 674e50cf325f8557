//! Hostile input: refused with a clear error, and nothing else affected.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use landfall_serve::{Limits, Settings};
use landfall_snapshot::Window;

use crate::support::{Served, get, local_settings, raw, read_head, request};

#[test]
fn nonsense_is_refused_with_a_reason() {
    let (served, _) = Served::with_business(10, 500);
    let views = "/api/v1/views/exceptions";
    for (path, status) in [
        ("/api/v1/views/exceptions/%FF".to_owned(), 400),
        ("/api/v1/views/exceptions/%zz".to_owned(), 400),
        ("/api/v1/views/exceptions/%00".to_owned(), 400),
        (format!("{views}?filter=%C3%28:eq:1"), 400),
        (format!("{views}?limit=1000000000000"), 400),
        (format!("{views}?limit=99999999999999999999999999"), 400),
        (format!("{views}?limit=0"), 400),
        (format!("{views}?limit=-1"), 400),
        (format!("{views}?cursor=abc"), 400),
        (format!("{views}?cursor={}", "ab".repeat(4_000)), 400),
        (format!("{views}?cursor=zz'%3B--"), 400),
        (format!("{views}?sort=nothing"), 400),
        (format!("{views}?sort={}", "since,".repeat(50)), 400),
        (format!("{views}?filter=since"), 400),
        (format!("{views}?filter=since:like:2"), 400),
        (format!("{views}?filter=since:gt:yesterday"), 400),
        (format!("{views}?filter=amount_base:gt:1e9"), 400),
        (format!("{views}?filters=reason:eq:x"), 400),
        (format!("{views}?limit=1&limit=2"), 400),
        (format!("{views}?{}", "filter=reason:eq:x&".repeat(100)), 400),
        (format!("{views}?as_of_tick=x"), 400),
        ("/api/v1/views/nothing".to_owned(), 404),
        ("/api/v1/nothing".to_owned(), 404),
        ("/nothing".to_owned(), 404),
    ] {
        let detail = served.get(&path).problem(status);
        assert!(detail.len() > 15, "{path}: {detail}");
    }
    let other = served.json("/api/v1/views/milestones?limit=1")["next"].as_str().unwrap().to_owned();
    assert!(served.get(&format!("{views}?cursor={other}")).problem(400).contains("belongs to another"));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        request(served.address, method, views, &[], b"{}").problem(405);
    }
}

#[test]
fn paths_lead_nowhere_but_to_what_is_served() {
    let (served, _) = Served::with_business(10, 500);
    for path in [
        "/ui/../Cargo.toml",
        "/ui/..%2F..%2FCargo.toml",
        "/ui/%2e%2e/Cargo.toml",
        "/ui//etc/passwd",
        "/ui/....//Cargo.toml",
        "/ui/..%5c..%5cCargo.toml",
        "/ui/.git",
        "/../../etc/passwd",
        "/api/v1/../../ui/index.html",
    ] {
        served.get(path).problem(404);
    }
    assert_eq!(served.get("/").status, 200);
}

#[test]
fn large_heads_and_bodies_are_refused() {
    let (served, _) = Served::with_business(10, 500);
    let long = "x".repeat(100_000);
    assert_eq!(get(served.address, "/api/v1/status", &[("X-Long", &long)]).status, 431);
    assert!(matches!(served.get(&format!("/api/v1/status?{long}")).status, 414 | 431));
    let many = "A: b\r\n".repeat(500);
    let answer = raw(served.address, format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n").as_bytes());
    assert_eq!(answer.status, 431);
    let head = "POST /ingest/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
    assert_eq!(raw(served.address, head.as_bytes()).status, 413);
    assert_eq!(raw(served.address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").status, 400);
    assert_eq!(served.get("/api/v1/status").status, 200);
}

#[test]
fn whoever_dawdles_over_a_head_loses_the_connection_and_others_are_served() {
    let limits = Limits { head_timeout_ms: 300, connections_max: 20, ..Limits::default() };
    let served = Served::start(Settings { limits, ..local_settings() }, Window::default());
    let begun = Instant::now();
    let mut slow: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream.write_all(b"GET /api/v1/status HTTP/1.1\r\nHost: ").unwrap();
            stream
        })
        .collect();
    // All connections are taken by those who dawdle; this one gets its turn when they are cut off.
    assert_eq!(served.get("/api/v1/status").status, 200);
    assert!(begun.elapsed() < Duration::from_secs(10));
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).ok();
    }
}

#[test]
fn whoever_takes_nothing_is_cut_off() {
    let limits = Limits { write_timeout_ms: 500, connections_max: 1, ..Limits::default() };
    let served = Served::start(Settings { limits, ..local_settings() }, Window::default());
    let mut feed = crate::support::Feed::new(&landfall_benches::generator::Config::for_tests(7, 300));
    feed.tick(100_000).into_iter().for_each(|closed| served.store.publish(closed));
    let mut stream = TcpStream::connect(served.address).unwrap();
    let ask = "GET /api/v1/views/shipment_timeline.csv HTTP/1.1\r\nHost: localhost\r\n\r\n";
    // Asked for so often that no buffer holds the answers.
    stream.write_all(ask.repeat(40).as_bytes()).unwrap();
    let head = read_head(&mut BufReader::new(stream.try_clone().unwrap()));
    assert_eq!(head.status, 200);
    assert_eq!(served.get("/api/v1/status").status, 200);
}

#[test]
fn text_that_looks_like_script_stays_text() {
    let (served, _) = Served::with_business(10, 500);
    let answer = served.get("/api/v1/shipments/%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let policy = &answer.headers["content-security-policy"];
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
}
