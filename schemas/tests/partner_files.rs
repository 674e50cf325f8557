//! The sample files of partners: each decodes to the expected events, or is refused with the right code.

mod adapters;

use std::fs;
use std::path::Path;

use adapters::{decode, expect, faults, files, in_force, lines, profile, samples, with_options};
use landfall_schemas::Document;
use landfall_schemas::event::{Body, CustomsStatusKind};
use landfall_schemas::format::Outcome;

/// Folders of customs files that are checked in full.
const CUSTOMS_FOLDERS: [&str; 14] = [
    "Example_DMS_notifications",
    "TT_EX010a",
    "TT_FI001a",
    "TT_FI001b",
    "TT_IM008b",
    "TT_IM017a",
    "TT_IM017b",
    "TT_IM026a",
    "TT_IM031a",
    "TT_IM068a",
    "TT_IM082a",
    "TT_IM097a",
    "TT_IM134a",
    "TT_IM176a",
];

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn customs(folder: &Path) -> Vec<Outcome> {
    let profile = with_options("customs:GB", &[]);
    files(folder).iter().flat_map(|file| decode("wco", &profile, None, &read(file))).collect()
}

#[test]
fn ocean_events_are_the_expected_ones() {
    let Some(folder) = samples("dcsa") else { return };
    for file in files(&folder).iter().filter(|file| file.extension().is_some_and(|it| it == "json")) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let outcomes = decode("dcsa", &profile("carrier:EXCO"), None, &read(file));
        assert_eq!(name.contains("wrong"), outcomes.iter().any(Result::is_err), "{name}: {:?}", lines(&outcomes));
        expect(&format!("dcsa/{name}.jsonl"), &lines(&outcomes));
    }
}

#[test]
fn wrong_ocean_events_are_refused_with_the_right_code() {
    let Some(folder) = samples("dcsa") else { return };
    let outcomes = |name: &str| {
        let file = folder.join(format!("tnt-220-response-wrong-{name}.json"));
        decode("dcsa", &profile("carrier:EXCO"), None, &read(&file))
    };
    assert_eq!(
        faults(&outcomes("structure")),
        [("missing_field", "[0].eventType"), ("missing_field", "[1].eventType")]
    );
    let times = [
        ("missing_field", "[1].eventCreatedDateTime"),
        ("missing_field", "[2].eventDateTime"),
        ("bad_time", "[3].eventCreatedDateTime"),
        ("bad_time", "[4].eventDateTime"),
        ("bad_time", "[5].eventCreatedDateTime"),
        ("bad_time", "[6].eventCreatedDateTime"),
    ];
    assert_eq!(faults(&outcomes("date-times")), times);
    assert_eq!(faults(&outcomes("event-ids")), [("wrong_type", "[0].eventID"), ("bad_value", "[1].eventID")]);
    let values =
        [("bad_value", "[0].transportCall.location.UNLocationCode"), ("bad_value", "[2].eventLocation.UNLocationCode")];
    assert_eq!(faults(&outcomes("attribute-values")), values);
}

#[test]
fn customs_files_are_the_expected_events() {
    let Some(folder) = samples("customs") else { return };
    for name in CUSTOMS_FOLDERS {
        expect(&format!("wco/{name}.jsonl"), &lines(&customs(&folder.join(name))));
    }
}

#[test]
fn every_customs_file_decodes_or_is_of_another_kind() {
    let Some(folder) = samples("customs") else { return };
    let files = files(&folder);
    assert!(files.len() > 100);
    for file in files {
        let outcomes = decode("wco", &profile("customs:GB"), None, &read(&file));
        let codes = faults(&outcomes);
        let is_report = file.to_string_lossy().contains("DIS_Report");
        let expected: &[_] = if is_report { &["unknown_type"] } else { &[] };
        assert_eq!(codes.iter().map(|(code, _)| *code).collect::<Vec<_>>(), expected, "{}", file.display());
    }
}

/// Duty, tax and fees of the declarations in force, in minor units.
fn debt(outcomes: &[Outcome]) -> i64 {
    let documents = in_force(outcomes).into_values().map(|event| event.body);
    let lines = documents.filter_map(|body| match body {
        Body::Document(Document::Declaration(it)) => Some(it.lines),
        _ => None,
    });
    lines.flatten().map(|line| line.duty + line.tax + line.fees.unwrap_or(0)).sum()
}

#[test]
fn three_tax_notices_are_one_debt() {
    let Some(folder) = samples("customs") else { return };
    let mut outcomes = customs(&folder.join("TT_IM017a"));
    assert_eq!(debt(&outcomes), 24_640);
    outcomes.reverse();
    assert_eq!(debt(&outcomes), 24_640);
    outcomes.extend(outcomes.clone());
    assert_eq!(debt(&outcomes), 24_640);
    let by_mrn = with_options("customs:GB", &[("declaration_id", "mrn")]);
    let folder = folder.join("TT_IM017a");
    let outcomes: Vec<Outcome> =
        files(&folder).iter().flat_map(|file| decode("wco", &by_mrn, None, &read(file))).collect();
    assert_eq!(debt(&outcomes), 24_640);
}

#[test]
fn cleared_while_holds_are_open_keeps_both() {
    let Some(folder) = samples("customs") else { return };
    let outcomes = customs(&folder.join("TT_IM017a"));
    let statuses: Vec<(CustomsStatusKind, Option<String>)> = in_force(&outcomes)
        .into_values()
        .filter_map(|event| match event.body {
            Body::Document(Document::CustomsStatus(it)) => Some((it.status, it.hold_type.map(String::from))),
            _ => None,
        })
        .collect();
    for expected in [
        (CustomsStatusKind::Hold, Some("control".to_owned())),
        (CustomsStatusKind::Hold, Some("documents".to_owned())),
        (CustomsStatusKind::Cleared, None),
    ] {
        assert!(statuses.contains(&expected), "{expected:?} in {statuses:?}");
    }
    assert!(!statuses.iter().any(|(status, _)| *status == CustomsStatusKind::HoldRemoved));
}

#[test]
fn the_history_of_rates_decodes() {
    let Some(folder) = samples("fx") else { return };
    let mut table = Vec::new();
    let file = fs::File::open(folder.join("eurofxref-hist.csv.gz")).expect("the file");
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut table).expect("it unpacks");
    // Every fifth row: they are many, and each year has its own currencies.
    let text = String::from_utf8(table).expect("text");
    let rows = text.lines().enumerate().filter(|(number, _)| *number < 2 || number % 5 == 0);
    let text: String = rows.map(|(_, row)| format!("{row}\n")).collect();
    let outcomes = decode("ecb", &profile("ecb"), None, text.as_bytes());
    assert_eq!(faults(&outcomes), []);
    // Every number of the table but those of currencies that have ended.
    let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let known = |at: usize| header[at].parse::<landfall_schemas::Currency>().is_ok();
    let cells = text.lines().skip(1).flat_map(|row| row.split(',').enumerate().skip(1));
    let expected = cells.filter(|(at, cell)| !matches!(*cell, "" | "N/A") && known(*at)).count();
    assert_eq!(outcomes.len(), expected);
    expect("ecb/first-day.jsonl", &lines(&outcomes[..29]));
}
