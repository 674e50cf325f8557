//! Dumps in other formats than CSV say the same.

use std::fs::File;

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::support::{Bench, EVENTS};

#[test]
fn json_lines_have_the_rows_of_csv() {
    let bench = Bench::new();
    let (run, files) = bench.file("events.jsonl", EVENTS).dump("out", &["events.jsonl", "--format", "jsonl"]);
    assert_eq!((run.code, files.len()), (0, 15));
    let expected = concat!(
        r#"{"issuer":"MAEU","invoice_no":"I1","line_no":1,"partner_code":"FRT","code":"FRT","component":"freight","#,
        r#""amount":"1100.00","currency":"EUR","issued_on":"2026-03-05","status":"matched","shipment_id":"S1","#,
        r#""shipments":1,"expected_amount":"1100.00","billed_amount":"1100.00","variance_amount":"0.00","#,
        r#""expected_currency":"EUR","base_amount":"1100.00"}"#
    );
    assert_eq!(files["freight_charges.jsonl"].lines().next(), Some(expected));
    assert!(files["freight_charges.jsonl"].contains(r#""expected_amount":null"#));
    assert!(run.stdout.ends_with("15 views written to out as jsonl files.\n"));
}

#[test]
fn parquet_has_the_rows_of_csv() {
    let bench = Bench::new();
    bench.file("events.jsonl", EVENTS);
    let (_, csv) = bench.dump("csv", &["events.jsonl"]);
    let run = bench.run(&["replay", "events.jsonl", "--as-of", "2026-03-20", "--out", "p", "--format", "parquet"]);
    assert_eq!(run.code, 0);
    for (name, text) in csv {
        let file = File::open(bench.path("p").join(name.replace(".csv", ".parquet"))).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len() + 1, lines.len(), "{name}");
        let header: Vec<&str> = lines[0].split(',').collect();
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let columns: Vec<&str> = schema.columns().iter().map(|column| column.name()).collect();
        assert_eq!(columns, header, "{name}");
        if name == "freight_charges.csv" {
            let value = |row: usize, column: &str| {
                rows[row].iter().find(|(name, _)| name == column).map(|(_, field)| field.to_string()).unwrap()
            };
            assert_eq!(value(0, "amount"), "1100.0000");
            assert_eq!(value(0, "line_no"), "1");
            assert_eq!(value(0, "issued_on"), "2026-03-05");
            assert_eq!(value(0, "status"), "\"matched\"");
            assert_eq!(value(1, "expected_amount"), "null");
        }
    }
}
