//! Files of partners against what they say, in full: `tests/expect` has for each file its outcomes in order, derived by
//! reading the file. The files themselves are third parties' and stand beside the repository, in `../shared/data`;
//! without them these tests say so and pass.

mod edi;

use std::path::{Path, PathBuf};

use edi::{EDIFACT_PROFILE, X12_PROFILE, edifact, outcomes, shown, x12};
use landfall_schemas::Document;
use landfall_schemas::event::Body;
use landfall_schemas::format::{Decoder, Outcome};
use serde_json::Value;

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of sample files; none where this is a plain clone.
fn samples(folder: &str) -> Option<PathBuf> {
    let base = crate_folder().ancestors().map(|above| above.join("../shared/data")).find(|data| data.is_dir());
    if base.is_none() {
        println!("skipped: no ../shared/data beside the repository");
    }
    base.map(|data| data.join(folder))
}

fn decoded(decoder: &impl Decoder, file: &Path) -> Vec<Outcome> {
    outcomes(decoder, &std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

fn every_file_says_what_is_expected(decoder: &impl Decoder, folder: &str) {
    let Some(samples) = samples(folder) else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(&samples).expect("the folder can be read") {
        let file = entry.expect("the folder can be read").path();
        let Some(name) = file.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".edi")) else {
            continue;
        };
        let expected = crate_folder().join("tests/expect").join(folder).join(name.replace(".edi", ".jsonl"));
        let expected =
            std::fs::read_to_string(&expected).unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        let expected: Vec<Value> =
            expected.lines().map(|line| serde_json::from_str(line).expect("expectations are JSON")).collect();
        let found: Vec<Value> = decoded(decoder, &file).iter().map(shown).collect();
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{folder}/{name}, outcome {}", number + 1);
        }
        assert_eq!(found.len(), expected.len(), "{folder}/{name}");
        files += 1;
    }
    assert!(files > 0, "{} has no sample files", samples.display());
}

#[test]
fn every_x12_file_says_what_is_expected() {
    every_file_says_what_is_expected(&x12(X12_PROFILE), "x12");
    every_file_says_what_is_expected(&x12(X12_PROFILE), "x12/extracted");
}

#[test]
fn every_edifact_file_says_what_is_expected() {
    every_file_says_what_is_expected(&edifact(EDIFACT_PROFILE), "edifact");
}

#[test]
fn the_charges_of_ups_make_up_its_five_invoices() {
    let Some(folder) = samples("x12") else { return };
    let outcomes = decoded(&x12(X12_PROFILE), &folder.join("ups_210_omniparser.edi"));
    let invoices = outcomes.iter().flatten().filter_map(|event| match &event.body {
        Body::Document(Document::Invoice(invoice)) => Some(invoice),
        _ => None,
    });
    let sums: Vec<(usize, i64, Option<i64>)> = invoices
        .map(|invoice| (invoice.lines.len(), invoice.lines.iter().map(|line| line.amount).sum(), invoice.total))
        .collect();
    assert_eq!(sums.len(), 5);
    assert_eq!(sums.iter().map(|(lines, _, _)| lines).sum::<usize>(), 211);
    assert!(sums.iter().all(|(_, sum, total)| Some(*sum) == *total), "{sums:?}");
}

#[test]
fn a_file_that_comes_twice_says_the_same() {
    let (Some(folder), decoder) = (samples("x12"), x12(X12_PROFILE)) else { return };
    for name in ["ups_210_omniparser.edi", "canadapost_214_omniparser.edi", "apimeister_856.edi"] {
        let once = std::fs::read(folder.join(name)).expect("a sample file");
        let twice = [once.as_slice(), b"\r\n", &once].concat();
        let (said, again) = (outcomes(&decoder, &once), outcomes(&decoder, &twice));
        assert_eq!(again, [said.clone(), said].concat(), "{name}");
    }
}
