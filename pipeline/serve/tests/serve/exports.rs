//! Exports: the bytes of the dumps.

use std::io::Read;

use flate2::read::GzDecoder;
use landfall_dump::{Dump, Format};
use landfall_operators::rows::View;

use crate::support::{Served, get};

#[test]
fn csv_and_parquet_are_the_bytes_of_the_dumps() {
    let (served, tables) = Served::with_business(60, 500);
    for format in [Format::Csv, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        Dump::planned(folder.path(), format).unwrap().write(&tables).unwrap();
        for view in View::ALL {
            let name = format!("{}.{}", view.as_str(), format.suffix());
            let answer = served.get(&format!("/api/v1/views/{name}"));
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            assert!(answer.body == std::fs::read(folder.path().join(&name)).unwrap(), "{name} differs from the dump");
        }
    }
}

#[test]
fn filtered_and_sorted_exports_hold_what_pages_hold() {
    let (served, _) = Served::with_business(60, 500);
    let query = "filter=severity:eq:high&sort=-since&columns=exception_id,since,age_days";
    let page = served.json(&format!("/api/v1/views/exceptions?{query}&limit=1000"));
    let text = served.get(&format!("/api/v1/views/exceptions.csv?{query}")).text();
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(lines.headers().unwrap(), vec!["exception_id", "since", "age_days"]);
    let rows = page["rows"].as_array().unwrap();
    let records: Vec<csv::StringRecord> = lines.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(rows) {
        let age = row["age_days"].to_string();
        let wanted = [row["exception_id"].as_str().unwrap(), row["since"].as_str().unwrap(), &age];
        assert!(record.iter().eq(wanted), "{record:?}");
    }
}

#[test]
fn arrow_streams_and_workbooks_hold_every_row() {
    let (served, tables) = Served::with_business(60, 500);
    let bytes = served.get("/api/v1/views/freight_charges.arrow").body;
    let reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, tables.freight_charges.len());
    let workbook = served.get("/api/v1/views/freight_charges.xlsx");
    assert_eq!(&workbook.body[..4], b"PK\x03\x04");
    assert!(workbook.headers["content-disposition"].contains("freight_charges.xlsx"));
    served.get("/api/v1/views/freight_charges.pdf").problem(404);
}

#[test]
fn compressed_exports_are_whole() {
    let (served, _) = Served::with_business(60, 500);
    for name in ["exceptions.csv", "exceptions.parquet", "exceptions.arrow"] {
        let path = format!("/api/v1/views/{name}?filter=severity:eq:high");
        let packed = get(served.address, &path, &[("Accept-Encoding", "gzip")]);
        assert_eq!(packed.headers["content-encoding"], "gzip", "{name}");
        let mut whole = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut whole).unwrap();
        assert!(whole == served.get(&path).body, "{name}");
    }
}
