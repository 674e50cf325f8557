//! jq mappings: what a program sees, what it may do, and how far it may go.

mod adapters;

use adapters::{decode, faults, lines, profile, with_options};
use landfall_schemas::format::{Outcome, Profile, ProfileError, decoder};

fn run(program: &str, record: &str) -> Vec<Outcome> {
    decode("jq", &profile("wms"), Some(program), record.as_bytes())
}

fn problem(program: &str) -> String {
    match decoder("jq", &profile("wms"), Some(program)).err() {
        Some(ProfileError::Mapping { problem, .. }) => problem,
        other => panic!("{program}: {other:?}"),
    }
}

/// What a program makes of a record, as the text of a receipt's id.
fn shown(program: &str, record: &str) -> String {
    let receipt = format!(
        r#"{{ event_id: "1", type: "receipt", source: "s", occurred_at: "2026-03-01T10:00:00Z", data: {{
            receipt_id: ({program}), order_id: "O", line_no: 1, quantity: "1", received_at: "2026-03-01T10:00:00Z" }} }}"#
    );
    let outcomes = run(&receipt, record);
    let line = lines(&outcomes).concat();
    let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
    event["data"]["receipt_id"].as_str().map_or(line, str::to_owned)
}

#[test]
fn a_program_sees_where_the_record_came_from() {
    let found = shown(r#""\($topic)/\($partition)/\($offset)/\($key)/\($headers.h)/\($profile.source)""#, "{}");
    assert_eq!(found, "topic/3/17/k-1/x/wms");
}

#[test]
fn local_times_have_the_profiles_zone() {
    let zoned = Profile { time_zone: "Europe/Berlin".into(), ..profile("wms") };
    let program = r#"{ event_id: "1", type: "link", source: "s", occurred_at: (.t | zoned),
        data: { link_id: "1", a: { type: "bol", value: "A" }, b: { type: "bol", value: "B" } } }"#;
    let outcomes = decode("jq", &zoned, Some(program), br#"{"t": "2026-07-01 10:00"}"#);
    assert!(lines(&outcomes)[0].contains(r#""occurred_at":"2026-07-01T08:00:00Z""#), "{:?}", lines(&outcomes));
    let outcomes = run(program, r#"{"t": "2026-07-01 10:00"}"#);
    assert!(lines(&outcomes)[0].contains("without a zone"), "{:?}", lines(&outcomes));
}

#[test]
fn a_digest_is_that_of_the_value() {
    assert_eq!(shown("digest", r#"{"a":1}"#), shown("digest", r#" {"a": 1}"#));
    assert_ne!(shown("digest", r#"{"a":1}"#), shown("digest", r#"{"a":2}"#));
}

#[test]
fn numbers_keep_their_digits() {
    assert_eq!(shown("{a: .x} | tojson", r#"{"x": 1234567890.12345678900}"#), r#"{"a":1234567890.12345678900}"#);
}

#[test]
fn what_a_program_gives_is_checked_like_any_event() {
    assert_eq!(faults(&run(r#"{ type: "milestone" }"#, "{}")), [("missing_field", "event_id")]);
    assert_eq!(faults(&run("1, null", "{}")), [("not_json", ""), ("not_json", "")]);
    assert_eq!(run("empty", "{}"), []);
    assert_eq!(faults(&run(".", "{")), [("not_json", "")]);
    assert_eq!(faults(&run(".", "{\"a\": NaN}")), [("not_json", "")]);
}

#[test]
fn a_program_that_fails_says_why_and_keeps_what_it_gave_before() {
    let outcomes = run(r#"{}, error("no order in \(.)")"#, r#"{"a":1}"#);
    let shown = lines(&outcomes);
    assert_eq!(shown.len(), 2);
    assert!(shown[1].contains(r#"mapping: no order in {\"a\":1}"#) || shown[1].contains("no order in"), "{}", shown[1]);
}

#[test]
fn programs_that_do_not_end_are_ended() {
    for program in [
        "def f: f; f",
        "def f: 1 + f; f",
        "def f: [f]; f",
        "[repeat(1)]",
        "[.[]?, repeat(.)] | length",
        "[limit(1e12; repeat(1))]",
        "last(range(1e12))",
        "range(1e12) | .[]?",
        "if range(1e12) == -1 then . else empty end",
        "first(range(1e12) | select(. < 0)) // 1",
        "(range(1e12) | . < 0) // 1",
    ] {
        assert!(ended(program, "1").contains("steps") || ended(program, "1").contains("too deep"), "{program}");
    }
    let many = run("range(1e12)", "1");
    assert!(lines(&many)[10_000].contains("more than 10000 outputs"));
}

/// A value of forty steps that has a million million parts.
const SHARED: &str = "reduce range(40) as $i (1; [., .])";

/// How the limits say that they have been passed.
const LIMITS: [&str; 8] = [
    "more than 200000 steps",
    "more than 4000000 values read or made",
    "a value larger than",
    "a value more than 1000 deep",
    "a text repeated too often",
    "a number of more than",
    "all places in a text",
    "recursion limit exceeded",
];

#[test]
fn programs_that_make_much_of_little_are_ended() {
    let shared = |then: &str| format!("({SHARED}) | {then}");
    for program in [
        shared("tojson"),
        shared("digest"),
        shared("\"\\(.)\""),
        shared("error"),
        shared(".a"),
        shared(". as $x | [range(100000) | try ($x | tojson) catch 0] | tojson"),
        shared(". as $x | [range(100000) | $x.a?] | ., error"),
        shared("try .a catch length"),
        shared(". == ."),
        shared("[., 1] | sort"),
        shared("[.[][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][]?.a?]"),
        "[[[1, 2], 3] | . as $x | reduce range(40) as $i (1; {$x, y: .} | {a: ., b: .}) | tojson"
            .replace("[[[1", "[[1"),
        "reduce range(40) as $i ({}; .a = . | .b = .a) | tojson".to_owned(),
        "reduce range(40) as $i ([1]; .[0] |= [., .]) | tojson".to_owned(),
        "reduce range(40) as $i ([1]; . + [.]) | tojson".to_owned(),
        "reduce range(40) as $i ({}; . as $x | .a |= $x | .b |= $x) | . * . | tojson".to_owned(),
        "[[range(2000)] | combinations(2) as $x | $x]".to_owned(),
        "reduce range(100) as $i (\"x\"; . + .)".to_owned(),
        "\"x\" * 1000000000".to_owned(),
        "\"x\" | . *= 1000000000".to_owned(),
        "[range(1000) as $i | (\"x\" * 1000000) + \"\\($i)\"]".to_owned(),
        "reduce range(1000) as $i ({}; .[\"\\($i)\"] = \"x\" * 1000000 + \"\\($i)\")".to_owned(),
        "def f($s): ($s | length) + f($s + \"x\"); f(\"x\" * 1000000)".to_owned(),
        "[range(1000) | (\"x\" * 1000000 | explode)]".to_owned(),
        "[range(1000) | (\"x\" * 1000000 | explode | length)]".to_owned(),
        "reduce range(40) as $i (12345678901234567890; . * .)".to_owned(),
        "reduce range(900000) as $i (1; [.])".to_owned(),
        "setpath([range(100000) | \"a\"]; 1)".to_owned(),
        "null | getpath([range(100000) | \"a\"]) = 1".to_owned(),
        "\"[\" * 500000 | fromjson".to_owned(),
        "\"x\" * 1000000 | test(\"((x{50}){50}y){50}\")".to_owned(),
        "\"x\" * 1000000 | [match(\"x\"; \"g\")]".to_owned(),
        "\"x\" * 1000000 | indices(\"x\" * 500000)".to_owned(),
        "[range(100000)] | . as $x | indices($x[50000:])".to_owned(),
        "[range(1000)] | [.[] as $x | .] | . as $x | contains($x)".to_owned(),
        "[range(100000)] | . as $x | [range(100000) | $x + [.] | length] | length".to_owned(),
        "[range(100000)] | . as $x | [range(100000) | $x | reverse | .[0]] | length".to_owned(),
    ] {
        let problem = ended(&program, "1");
        assert!(LIMITS.iter().any(|limit| problem.contains(limit)), "{program}: {problem}");
    }
}

/// The one fault that a program without an end comes to.
fn ended(program: &str, record: &str) -> String {
    let outcomes = run(program, record);
    assert_eq!(outcomes.len(), 1, "{program}");
    let problem = lines(&outcomes)[0].clone();
    assert!(problem.contains("bad_value") && problem.contains("mapping: "), "{program}: {problem}");
    problem
}

#[test]
fn what_depends_on_the_moment_or_the_machine_is_refused() {
    for program in
        ["now", "[now]", "{a: env}", "$ENV", "input", "debug", "def f: localtime; f", ".[halt]", "\"\\(now)\""]
    {
        let problem = problem(program);
        assert!(problem.contains("is not there for mappings"), "{program}: {problem}");
    }
    assert!(problem("include \"x\"; .").contains("modules"));
}

#[test]
fn programs_are_checked_before_any_record() {
    assert_eq!(problem("{a: 1\nb: 2}"), "line 2: expected comma or right brace, found \"b\"");
    assert!(problem("nonsense(1)").contains("nonsense"));
    assert!(problem("").contains("expected term"));
    assert!(problem(") ; def x: (.").contains("expected"));
}

#[test]
fn a_program_may_have_definitions_comments_and_all_of_the_language() {
    let program = "# what is shipped\ndef twice: . * 2;\n\"\\(([.a, .b] | map(twice) | add))\" # end";
    assert_eq!(shown(&format!("({program}\n)"), r#"{"a": 1, "b": 2}"#), "6");
    assert_eq!(shown("[.[] | select(. > 1)] | length | tostring", "[1,2,3]"), "2");
    assert_eq!(shown("path(..) | select(length == 2) | join(\"/\")", r#"{"a":{"b":1}}"#), "a/b");
    assert_eq!(shown("to_entries | map(.key) | join(\",\")", r#"{"a":1,"b":2}"#), "a,b");
    assert_eq!(shown("(.a |= . + 1) | .a | tostring", r#"{"a":1}"#), "2");
    assert_eq!(shown("[limit(2; .[])] | join(\"-\")", r#"["x","y","z"]"#), "x-y");
    assert_eq!(shown("walk(if type == \"string\" then ascii_upcase else . end) | .a", r#"{"a":"x"}"#), "X");
    assert_eq!(shown("if test(\"^[a-z]+$\") then sub(\"a\"; \"b\") else . end", r#""cat""#), "cbt");
}

#[test]
fn a_program_runs_once_a_row_of_a_table() {
    let program = r#"select(.No != "2") | { event_id: .No, type: "receipt", source: $profile.source,
        occurred_at: "2026-03-01T10:00:00Z", data: { receipt_id: .No, order_id: .Order, line_no: 1, quantity: .Qty,
        received_at: "2026-03-01T10:00:00Z" } }"#;
    let table = "No;Order;Qty\n1;A;5\n2;A;6\n3;B;x\n";
    let profile = with_options("wms", &[("delimiter", "semicolon")]);
    let outcomes = decode("csv", &profile, Some(program), table.as_bytes());
    assert_eq!(outcomes.len(), 2);
    assert_eq!(faults(&outcomes), [("bad_value", "line 4")]);
}
