//! Limits: whoever asks for too much is told so, and nobody else notices.

use std::time::{Duration, Instant};

use landfall_sql::Settings;

use crate::client::{Served, hostile, settings};

fn assert_alive(served: &Served) {
    assert_eq!(served.line("SELECT 1"), "1");
}

#[test]
fn endless_and_huge_questions_die_by_time_or_memory() {
    let limits = Settings { query_timeout_ms: 3_000, memory_bytes_max: 32 << 20, ..settings() };
    let served = Served::new(hostile(), limits);
    let bombs = [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i * 2 % 3 FROM n, generate_series(1, 2)) SELECT max(i) FROM n",
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "SELECT count(*) FROM exceptions a, exceptions b, exceptions c, exceptions d, exceptions e WHERE a.detail || b.detail || c.detail || d.detail <> e.detail",
        "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b",
        "SELECT max(place) FROM (SELECT row_number() OVER (ORDER BY value * -1) AS place FROM generate_series(1, 1000000000000)) AS a",
        "SELECT array_agg(value) FROM generate_series(1, 1000000000000)",
        "SELECT count(*) FROM (SELECT DISTINCT value FROM generate_series(1, 1000000000000)) AS a",
    ];
    for bomb in bombs {
        let begun = Instant::now();
        let refusal = served.refusal(bomb);
        assert!(refusal.contains("57014") || refusal.contains("53200"), "{bomb}: {refusal}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{bomb} took {:?}", begun.elapsed());
        assert_alive(&served);
    }
}

#[test]
fn functions_that_make_much_of_little_are_bounded() {
    let served = Served::new(hostile(), settings());
    for bomb in [
        "SELECT length(repeat('x', 2000000000))",
        "SELECT length(repeat(repeat('x', 1000000), 1000000))",
        "SELECT length(lpad('x', 2000000000, 'y'))",
        "SELECT generate_series(1, 1000000000)",
        "SELECT array_length(array_repeat(1, 1000000000))",
        "SELECT length(replace(repeat('x', 1000000), 'x', repeat('y', 1000000)))",
    ] {
        let refusal = served.refusal(bomb);
        assert!(refusal.contains("54000"), "{bomb}: {refusal}");
    }
    let mut doubled = "SELECT repeat('x', 1000000) AS s".to_owned();
    for _ in 0..12 {
        doubled = format!("SELECT s || s AS s FROM ({doubled}) AS a");
    }
    let refusal = served.refusal(&format!("SELECT length(s) FROM ({doubled}) AS a"));
    assert!(refusal.contains("54000"), "{refusal}");
    assert_eq!(
        served.line("SELECT length(repeat('x', 1000)), replace('abc', 'b', 'xx'), lpad('7', 3, '0')"),
        "1000,axxc,007"
    );
}

#[test]
fn too_many_rows_and_too_long_texts_are_refused() {
    let served = Served::new(hostile(), Settings { rows_max: 1_000, query_bytes_max: 2_000, ..settings() });
    assert!(served.refusal("SELECT * FROM generate_series(1, 1001)").contains("54000"));
    assert_eq!(served.csv("SELECT * FROM generate_series(1, 1000)").lines().count(), 1_000);
    assert!(served.refusal(&format!("SELECT '{}'", "x".repeat(2_000))).contains("54000"));
    assert_alive(&served);
}

#[test]
fn texts_that_nest_deep_do_not_end_the_process() {
    let served = Served::new(hostile(), Settings { query_timeout_ms: 10_000, ..settings() });
    let chain = format!("SELECT 1{}", " + 1".repeat(10_000));
    assert!(served.refusal(&chain).contains("54001"));
    for deep in [
        format!("SELECT 1{}", " + 1".repeat(1_900)),
        format!("SELECT {}1{}", "(".repeat(900), ")".repeat(900)),
        format!("SELECT 1 WHERE {}", vec!["1 = 1"; 600].join(" OR ")),
        vec!["SELECT 1"; 600].join(" UNION ALL "),
    ] {
        // Answered or refused: both are right, as long as the server lives.
        let _answer = served.psql().args(["-q", "-c", &deep]).output().unwrap();
        assert_alive(&served);
    }
}

#[test]
fn a_statement_is_cancelled_by_its_client() {
    let served = Served::new(hostile(), settings());
    let mut psql = served.psql();
    psql.args(["-c", "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b"]);
    let child = psql.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let begun = Instant::now();
    // Ctrl-C: psql answers it with a request for cancellation.
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("canceling statement due to user request"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    assert_alive(&served);
}

#[test]
fn a_transaction_that_lasts_too_long_loses_its_tick() {
    let served = Served::new(hostile(), Settings { transaction_timeout_ms: 500, ..settings() });
    let output = served.refusal("BEGIN;\nSELECT landfall_tick();\n\\! sleep 2\nSELECT landfall_tick();");
    assert!(output.contains("25P04"), "{output}");
}

#[test]
fn connections_beyond_the_limit_are_told_so() {
    let served = Served::new(hostile(), Settings { connections_max: 1, ..settings() });
    let mut first = served.psql().args(["-c", "\\! sleep 4"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    let second = served.psql().args(["-c", "SELECT 1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("too many clients"), "{second:?}");
    first.wait().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_alive(&served);
}
