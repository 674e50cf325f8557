//! A suite of questions with their answers, in the form of sqllogictest: `pipeline/sql/tests/sql/*.slt`.
//!
//! The runner is small, because `psql` is the client: `statement ok`, `statement error CODE`, and `query` with its
//! answer behind `----`, values separated by blanks, nulls as `NULL`.

use crate::client::{Served, hostile, settings};

#[test]
fn every_script_is_answered_as_it_says() {
    let served = Served::new(hostile(), settings());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "slt") {
            let text = std::fs::read_to_string(&path).unwrap();
            text.split("\n\n").for_each(|record| seen += usize::from(run(&served, record.trim())));
        }
    }
    assert!(seen > 20, "{seen} records only");
}

/// Whether the record was one.
fn run(served: &Served, record: &str) -> bool {
    let lines: Vec<&str> = record.lines().filter(|line| !line.starts_with('#')).collect();
    let Some((head, rest)) = lines.split_first() else { return false };
    let (sql, answer) = match rest.iter().position(|line| *line == "----") {
        Some(at) => (rest[..at].join("\n"), rest[at + 1..].join("\n")),
        None => (rest.join("\n"), String::new()),
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    match words.as_slice() {
        ["statement", "ok"] => drop(served.csv(&sql)),
        ["statement", "error", code] => {
            let refusal = served.refusal(&sql);
            assert!(refusal.contains(code), "{sql}: {refusal}");
        }
        ["query", ..] => {
            let found = served.csv(&format!("\\pset null NULL\n\\pset fieldsep ' '\n\\pset format unaligned\n{sql}"));
            assert_eq!(found.trim_end(), answer, "{sql}");
        }
        _ => panic!("no record: {head}"),
    }
    true
}
