//! What tools ask before they show anything: commands of psql, and the statements that DBeaver, Npgsql (Power BI) and
//! Metabase send when they connect, as they send them.

use crate::client::{Served, hostile, settings};
use landfall_sql::{Settings, User};

/// Commands of psql 15 that look around.
const COMMANDS: &[&str] = &[
    "\\d",
    "\\d+",
    "\\dt",
    "\\dt+",
    "\\dS",
    "\\di",
    "\\di+",
    "\\dv",
    "\\dm",
    "\\ds",
    "\\dE",
    "\\dP",
    "\\dn",
    "\\dn+",
    "\\du",
    "\\du+",
    "\\dg",
    "\\dp",
    "\\z",
    "\\l",
    "\\l+",
    "\\df",
    "\\da",
    "\\dT",
    "\\dT+",
    "\\dD",
    "\\dx",
    "\\db",
    "\\dA",
    "\\dC",
    "\\drds",
    "\\ddp",
    "\\dRp",
    "\\det",
    "\\des",
    "\\dew",
    "\\dl",
    "\\dd",
    "\\dL",
    "\\dO",
    "\\dX",
    "\\dy",
    "\\deu",
    "\\df+ landfall*",
    "\\sf landfall_now",
    "\\dc",
    "\\dF",
    "\\dFd",
    "\\dFp",
    "\\dFt",
    "\\do",
    "\\dAc",
    "\\dAf",
    "\\dAo",
    "\\dAp",
    "\\dconfig",
    "\\dRs",
    "\\d kpis",
    "\\d+ kpis",
    "\\d kpis_pkey",
    "\\conninfo",
    "\\encoding",
];

#[test]
fn every_command_of_psql_that_looks_around_works() {
    let served = Served::new(hostile(), settings());
    for command in COMMANDS {
        let output = served.psql().args(["-c", command]).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let shown = |command: &str| {
        let output = served.psql().args(["-c", command]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let table = shown("\\d freight_charges");
    assert!(table.contains("\"freight_charges_pkey\" PRIMARY KEY, btree (issuer, invoice_no, line_no)"), "{table}");
    let indexes = shown("\\di");
    assert!(indexes.contains("kpis_pkey") && indexes.contains("(15 rows)"), "{indexes}");
    assert!(shown("\\d kpis_pkey").contains("primary key, btree, for table \"public.kpis\""));
    let functions = shown("\\df+ landfall*");
    assert!(
        functions.contains("Whole days from a time to the clock of the tick") && functions.contains("(4 rows)"),
        "{functions}"
    );
    let source = shown("\\sf landfall_age_days");
    assert!(
        source.contains("FUNCTION public.landfall_age_days(timestamp with time zone)\n RETURNS bigint"),
        "{source}"
    );
}

#[test]
fn tables_of_the_catalog_need_no_schema() {
    let served = Served::new(hostile(), settings());
    assert_eq!(served.line("SELECT count(*) AS n FROM pg_indexes WHERE schemaname = 'public'"), "15");
    assert_eq!(served.line("SELECT name FROM pg_timezone_names"), "UTC");
    assert!(served.csv("SELECT * FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid").trim().is_empty());
}

#[test]
fn roles_are_those_who_may_connect() {
    let user = User { name: "analyst".to_owned(), password: Some("x".to_owned()), ..User::default() };
    let served = Served::new(hostile(), Settings { users: vec![user], ..settings() });
    let output = served.psql().args(["-c", "\\du"]).env("PGPASSWORD", "x").output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("analyst") && shown.contains("Cannot login"), "{shown}");
    assert!(!shown.contains("Superuser"), "{shown}");
}

/// Statements of a file, each with the client and the call that it is from; whether an answer is needed is said there.
fn statements() -> Vec<(&'static str, &'static str)> {
    let texts = include_str!("tools.sql").split("\n-- # ").skip(1);
    texts.map(|text| text.split_once('\n').unwrap()).collect()
}

#[test]
fn statements_of_tools_are_answered() {
    let served = Served::new(hostile(), settings());
    let statements = statements();
    assert!(statements.len() > 20, "{} statements", statements.len());
    for (name, sql) in statements {
        let answer = served.csv(sql);
        let may_be_empty = name.ends_with("(none)");
        assert_eq!(answer.trim().is_empty(), may_be_empty, "{name}: {answer}");
    }
}

#[test]
fn names_of_types_and_keys_are_postgresql_s() {
    let served = Served::new(hostile(), settings());
    let columns = served.csv(
        "SELECT column_name, ordinal_position, data_type, udt_name, is_nullable FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name = 'freight_charges' AND column_name IN ('issuer', 'line_no', 'amount', 'issued_on') \
         ORDER BY ordinal_position",
    );
    let lines: Vec<&str> = columns.lines().collect();
    assert_eq!(lines[0], "issuer,1,text,text,NO");
    assert_eq!(lines[1], "line_no,3,bigint,int8,NO");
    assert!(lines[2].contains("numeric,numeric") && lines[3].contains("date,date"), "{columns}");
    let since =
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'exceptions' AND column_name = 'since'";
    assert_eq!(served.line(since), "timestamp with time zone");
    // As many key columns in every place where a tool looks for them.
    let counts = served.line(
        "SELECT (SELECT count(*) FROM information_schema.key_column_usage) AS usage, \
         (SELECT sum(array_length(conkey)) FROM pg_catalog.pg_constraint) AS con, \
         (SELECT sum(indnkeyatts) FROM pg_catalog.pg_index) AS idx, \
         (SELECT count(*) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE c.relkind = 'i') AS att",
    );
    let counts: Vec<&str> = counts.split(',').collect();
    assert!(counts[0] != "0" && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}

#[test]
fn columns_that_nobody_named_may_be_alike() {
    let served = Served::new(hostile(), settings());
    assert_eq!(served.line("SELECT NULL, NULL, 1, 1, count(*), COUNT(*) FROM kpis WHERE false"), ",,1,1,0,0");
    assert_eq!(served.line("SELECT (SELECT 1) - (SELECT 2), (SELECT 5) - (SELECT 2)"), "-1,3");
    assert_eq!(served.line("SELECT value, value::text FROM generate_series(1, 1)"), "1,1");
    assert_eq!(served.line("SELECT ARRAY(SELECT value FROM generate_series(1, 3) ORDER BY value DESC)"), "\"{3,2,1}\"");
}
