//! Views become files, whole or not at all, and every value arrives in every format.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use landfall_dump::{Dump, DumpError, Format, WriteError, json_object};
use landfall_operators::rows::{
    Cell, ChargeStatus, Column, ColumnKind, Figure, FreightChargeRow, KpiRow, Millionths, Tables, View,
};
use landfall_schemas::event::Component;
use landfall_schemas::{Currency, Date, Money, Timestamp};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn written(tables: &Tables, format: Format, file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    Dump::planned(folder.path(), format).unwrap().write(tables).unwrap();
    fs::read_to_string(folder.path().join(file)).unwrap()
}

fn kpi(name: &str, numerator: Figure) -> KpiRow {
    KpiRow {
        name: name.into(),
        partner: "*".into(),
        region: "".into(),
        numerator,
        denominator: None,
        value: Some(Millionths(-1)),
    }
}

fn kpis(rows: impl IntoIterator<Item = KpiRow>) -> Tables {
    Tables { kpis: Tables::table_of(rows), ..Tables::default() }
}

fn charge(line_no: u32, currency: &str, minor: i128) -> FreightChargeRow {
    let currency: Currency = currency.parse().unwrap();
    FreightChargeRow {
        issuer: "MAEU".into(),
        invoice_no: "I1".into(),
        line_no,
        partner_code: "400".into(),
        code: "FRT".into(),
        component: Component::Freight,
        amount: Money::new(minor, currency),
        currency,
        issued_on: Date(20_000),
        status: ChargeStatus::Matched,
        shipment_id: "".into(),
        shipments: 1,
        expected_amount: None,
        billed_amount: None,
        variance_amount: None,
        expected_currency: None,
        base_amount: None,
    }
}

#[test]
fn every_view_gets_a_file_and_nothing_else_is_left() {
    let root = tempfile::tempdir().unwrap();
    for format in [Format::Csv, Format::Jsonl, Format::Parquet] {
        let folder = root.path().join("deep").join(format.suffix());
        let dump = Dump::planned(&folder, format).unwrap();
        assert!(!folder.exists(), "planning leaves no trace");
        dump.write(&Tables::default()).unwrap();
        let expected = View::ALL.iter().map(|view| format!("{}.{}", view.as_str(), format.suffix())).collect();
        assert_eq!(names(&folder), expected);
    }
    assert_eq!(names(root.path()), BTreeSet::from(["deep".to_owned()]));
}

#[test]
fn files_of_others_are_left_alone_and_older_dumps_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    fs::write(folder.path().join("kpis.csv"), "old").unwrap();
    Dump::planned(folder.path(), Format::Csv).unwrap().write(&Tables::default()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine");
    let kpis = fs::read_to_string(folder.path().join("kpis.csv")).unwrap();
    assert_eq!(kpis, "name,partner,region,numerator,denominator,value\n");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Dump::planned(&file, Format::Csv), Err(DumpError::Folder { .. })));
    assert!(matches!(Dump::planned(&file.join("below"), Format::Csv), Err(DumpError::Folder { .. })));
}

#[test]
fn a_dump_that_fails_leaves_the_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let dump = Dump::planned(folder.path(), Format::Parquet).unwrap();
    dump.write(&Tables::default()).unwrap();
    let older = fs::read(folder.path().join("kpis.parquet")).unwrap();
    let nines = 10_i128.pow(34) - 1;
    dump.write(&kpis([kpi("fits", Figure::Count(nines)), kpi("fits too", Figure::Count(-nines))])).unwrap();
    let newer = fs::read(folder.path().join("kpis.parquet")).unwrap();
    assert_ne!(newer, older);
    for too_wide in [Figure::Count(nines + 1), Figure::Count(-nines - 1), Figure::Count(i128::MAX)] {
        let error = dump.write(&kpis([kpi("too wide", too_wide)])).unwrap_err();
        assert!(matches!(error, DumpError::File { reason: WriteError::TooWide { .. }, .. }), "{error}");
        assert_eq!(fs::read(folder.path().join("kpis.parquet")).unwrap(), newer);
        assert_eq!(names(folder.path()).len(), View::ALL.len());
    }
}

#[test]
fn csv_fields_are_quoted_where_they_must_be() {
    let row =
        KpiRow { partner: "two\nlines".into(), ..kpi("a \"b\", c", Figure::Money(Money::new(-5, Currency::EUR))) };
    let expected = "name,partner,region,numerator,denominator,value\n\
                    \"a \"\"b\"\", c\",\"two\nlines\",,-0.05,,-0.000001\n";
    assert_eq!(written(&kpis([row]), Format::Csv, "kpis.csv"), expected);
}

#[test]
fn json_whole_numbers_are_numbers_and_decimals_are_strings() {
    let tables = kpis([kpi("a", Figure::Count(1)), kpi("b", Figure::Money(Money::new(1250, Currency::EUR)))]);
    let expected = concat!(
        r#"{"name":"a","partner":"*","region":null,"numerator":1,"denominator":null,"value":"-0.000001"}"#,
        "\n",
        r#"{"name":"b","partner":"*","region":null,"numerator":"12.50","denominator":null,"value":"-0.000001"}"#,
        "\n",
    );
    assert_eq!(written(&tables, Format::Jsonl, "kpis.jsonl"), expected);
}

type Rows = Vec<Vec<(String, Field)>>;

/// The rows of a view's Parquet file, and the names of its columns.
fn parquet_rows(tables: &Tables, view: View) -> (Rows, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    Dump::planned(folder.path(), Format::Parquet).unwrap().write(tables).unwrap();
    let file = File::open(folder.path().join(format!("{}.parquet", view.as_str()))).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
    let columns = reader.metadata().file_metadata().schema_descr_ptr();
    (rows, columns.columns().iter().map(|column| column.name().to_owned()).collect())
}

fn shown(rows: &Rows, column: &str) -> Vec<String> {
    let value = |row: &Vec<(String, Field)>| row.iter().find(|(name, _)| name == column).unwrap().1.to_string();
    rows.iter().map(value).collect()
}

#[test]
fn parquet_amounts_of_any_currency_are_exact_in_one_column() {
    let rows = [charge(1, "JPY", 1234), charge(2, "USD", -5), charge(3, "BHD", 1), charge(4, "CLF", 10_001)];
    let tables = Tables { freight_charges: Tables::table_of(rows), ..Tables::default() };
    let (rows, _) = parquet_rows(&tables, View::FreightCharges);
    assert_eq!(shown(&rows, "amount"), ["1234.0000", "-0.0500", "0.0010", "1.0001"]);
    assert_eq!(shown(&rows, "line_no"), ["1", "2", "3", "4"]);
    assert_eq!(shown(&rows, "base_amount"), ["null"; 4]);
    assert_eq!(shown(&rows, "shipment_id"), ["null"; 4]);
    assert!(matches!(rows[0].iter().find(|(name, _)| name == "issued_on").unwrap().1, Field::Date(20_000)));
}

#[test]
fn parquet_counts_and_amounts_share_a_column() {
    let amount = Figure::Money(Money::new(4300, Currency::EUR));
    let (rows, _) = parquet_rows(&kpis([kpi("a", Figure::Count(43)), kpi("b", amount)]), View::Kpis);
    assert_eq!(shown(&rows, "numerator"), ["43.0000"; 2]);
    assert_eq!(shown(&rows, "value"), ["-0.000001"; 2]);
}

#[test]
fn parquet_has_several_row_groups_where_there_are_many_rows() {
    let count = 70_000;
    let rows = (0..count).map(|number| kpi(&format!("{number:06}"), Figure::Count(number)));
    let (rows, _) = parquet_rows(&kpis(rows), View::Kpis);
    let expected: Vec<String> = (0..count).map(|number| format!("{number}.0000")).collect();
    assert_eq!(shown(&rows, "numerator"), expected);
}

#[test]
fn parquet_has_the_columns_of_every_view() {
    for view in View::ALL {
        let (rows, columns) = parquet_rows(&Tables::default(), *view);
        let expected: Vec<&str> = view.columns().iter().map(|column| column.name).collect();
        assert_eq!((rows.len(), columns), (0, expected.into_iter().map(str::to_owned).collect()));
    }
}

#[test]
fn an_object_is_what_a_json_library_writes() {
    let columns = ["text", "none", "number", "amount", "rate", "time", "date"];
    let columns = columns.map(|name| Column { name, kind: ColumnKind::Text, optional: true, doc: "" });
    let text = "a \"quoted\" \\ name\n\u{1}\u{7f} é 漢 \u{2028}";
    let cells = [
        Cell::Text(text.into()),
        Cell::Empty,
        Cell::Integer(i128::MIN),
        Cell::Money(Money::new(-1_205, Currency::EUR)),
        Cell::Millionths(-1_500_000),
        Cell::Time(Timestamp(1_772_359_200_500)),
        Cell::Date(Date(20_513)),
    ];
    let expected = format!(
        r#"{{"text":{},"none":null,"number":{},"amount":"-12.05","rate":"-1.500000","time":"{}","date":"{}"}}"#,
        serde_json::to_string(text).unwrap(),
        i128::MIN,
        "2026-03-01T10:00:00.500Z",
        "2026-03-01"
    );
    assert_eq!(String::from_utf8(json_object(&columns, &cells)).unwrap(), expected);
    assert_eq!(json_object(&[], &[]), b"{}");
}
