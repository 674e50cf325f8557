//! What changes something, or reads files, is refused with PostgreSQL's codes, and the connection goes on.

use crate::client::{Served, hostile, settings};

#[test]
fn nothing_can_be_changed() {
    let served = Served::new(hostile(), settings());
    for sql in [
        "INSERT INTO kpis (name) VALUES ('x')",
        "UPDATE kpis SET name = 'x'",
        "DELETE FROM kpis",
        "TRUNCATE kpis",
        "CREATE TABLE t (a int)",
        "CREATE TABLE t AS SELECT 1",
        "CREATE VIEW v AS SELECT 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql",
        "DROP TABLE kpis",
        "DROP VIEW kpis",
        "ALTER TABLE kpis ADD COLUMN a int",
        "COPY kpis TO '/tmp/x'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY kpis FROM STDIN",
        "COPY kpis FROM PROGRAM 'id'",
        "MERGE INTO kpis USING kpis k ON true WHEN MATCHED THEN DELETE",
        "CALL f()",
        "SELECT 1 AS a INTO t",
        "WITH a AS (DELETE FROM kpis RETURNING *) SELECT * FROM a",
        "SELECT * FROM kpis FOR UPDATE",
        "EXPLAIN ANALYZE DELETE FROM kpis",
        "GRANT ALL ON kpis TO PUBLIC",
        "VACUUM",
        "BEGIN READ WRITE",
        "SET TRANSACTION READ WRITE",
        "SET default_transaction_read_only = off",
        "SET ROLE admin",
        "SET datafusion.execution.batch_size = 1",
        "LOAD 'x'",
        "DO $$ BEGIN END $$",
        "PREPARE p AS SELECT 1",
    ] {
        let refusal = served.refusal(sql);
        let codes = ["25006", "42501", "42704", "42601", "0A000"];
        assert!(codes.iter().any(|code| refusal.contains(code)), "{sql}: {refusal}");
        let message = refusal.split("ERROR:").nth(1).and_then(|rest| rest.split(':').nth(1)).unwrap_or_default();
        assert!(!message.trim_end().ends_with('.'), "{sql}: {refusal}");
    }
    assert_eq!(served.line("SELECT count(*) > 0 FROM kpis"), "t");
}

#[test]
fn no_function_reads_files() {
    let served = Served::new(hostile(), settings());
    for sql in [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM \"file:///etc/passwd\"",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
    ] {
        let refusal = served.refusal(sql);
        assert!(!refusal.contains("root:"), "{sql}: {refusal}");
    }
}

#[test]
fn errors_are_postgresql_s() {
    let served = Served::new(hostile(), settings());
    for (sql, code) in [
        ("SELEC 1", "42601"),
        ("SELECT nope FROM kpis", "42703"),
        ("SELECT * FROM nope", "42P01"),
        ("SELECT nope(1)", "42883"),
        ("SELECT 1 / 0", "22012"),
        ("SELECT 'x'::int", "22P02"),
        ("SHOW nope", "42704"),
        ("SET nope = 1", "42704"),
        ("FETCH 1 FROM nope", "34000"),
    ] {
        let refusal = served.refusal(sql);
        assert!(refusal.contains(code), "{sql}: {refusal}");
    }
}

#[test]
fn an_error_aborts_its_transaction() {
    let served = Served::new(hostile(), settings());
    let output = served
        .psql()
        .args(["-v", "ON_ERROR_STOP=0", "-v", "VERBOSITY=verbose", "-t", "-q"])
        .args(["-c", "BEGIN", "-c", "SELECT nope", "-c", "SELECT 1", "-c", "ROLLBACK", "-c", "SELECT 2"])
        .output()
        .unwrap();
    let (told, shown) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(told.contains("25P02") && shown.trim() == "2", "{told} {shown}");
}

#[test]
fn hostile_text_is_text() {
    let served = Served::new(hostile(), settings());
    let script = "<script>alert(1)</script>";
    assert_eq!(served.line(&format!("SELECT '{script}'")), script);
    let invalid = served.psql().args(["-c", "SET client_encoding = 'LATIN1'"]).output().unwrap();
    assert!(String::from_utf8_lossy(&invalid.stderr).contains("client encoding LATIN1"), "{invalid:?}");
    assert_eq!(served.line("SELECT 1"), "1");
}
