//! Golden scenarios that an analyst can read: `tests/scenarios/<name>/` with a README, events, a clock, and the dumps that
//! they must give.

use std::path::Path;

use landfall_dump::{Dump, Format};
use landfall_operators::settings::Settings;
use landfall_schemas::Timestamp;
use landfall_tests::{Run, read_records};

#[test]
fn every_scenario_gives_its_dumps() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut checked = 0;
    for scenario in std::fs::read_dir(&scenarios).expect("there are scenarios") {
        let folder = scenario.expect("the folder can be read").path();
        if !folder.join("events.jsonl").is_file() {
            // Raw files of partners go through Kafka: `pipeline/tests/live/partners.rs`.
            continue;
        }
        let clock = std::fs::read_to_string(folder.join("clock")).expect("a scenario has a clock");
        let clock: Timestamp = clock.trim().parse().expect("the clock is a time");
        let mut run = Run::start(1, &Settings::default());
        for record in read_records(&folder.join("events.jsonl")) {
            run.tick(clock, &[record]);
        }
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let out = std::env::temp_dir().join(format!("landfall-scenario-{name}-{}", std::process::id()));
        let dump = Dump::planned(&out, Format::Csv).expect("the temporary folder takes files");
        dump.write(&run.tables).expect("the dump can be written");
        for expected in std::fs::read_dir(folder.join("expect")).expect("a scenario has expected dumps") {
            let path = expected.expect("the folder can be read").path();
            let file = path.file_name().expect("a file has a name");
            let read = |path: &Path| std::fs::read_to_string(path).expect("the dump can be read");
            assert_eq!(read(&out.join(file)), read(&path), "{name}: {}", file.display());
            checked += 1;
        }
        std::fs::remove_dir_all(&out).expect("the dump can be removed");
    }
    assert!(checked > 0, "no dump was checked");
}
