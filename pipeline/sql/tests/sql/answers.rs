//! Answers are right: they are what the dumps say, at one tick, however they are asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use landfall_benches::generator::Config;
use landfall_operators::rows::{Cell, ColumnKind, Table, TableVisitor, View, ViewRow};

use crate::client::{Served, hostile, settings};
use crate::world::World;

/// How SQL shows a value: amounts with four decimals, times with a zone.
fn shown(cell: &Cell<'_>, kind: ColumnKind) -> String {
    match (cell, kind) {
        (Cell::Money(money), _) => decimals(&money.to_string(), 4),
        (Cell::Integer(count), ColumnKind::Figure) => decimals(&count.to_string(), 4),
        (Cell::Time(time), _) => {
            let text = time.to_string().replace('T', " ").replace('Z', "");
            let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "000"));
            format!("{seconds}.{fraction}000+00").replace(".000000+00", "+00")
        }
        (cell, _) => cell.to_string(),
    }
}

fn decimals(text: &str, width: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}.{fraction:0<width$}")
}

struct Expected<'a>(&'a Served);

impl TableVisitor for Expected<'_> {
    type Error = std::convert::Infallible;

    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Self::Error> {
        let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        for row in rows.values() {
            csv.write_record(row.cells().iter().zip(R::COLUMNS).map(|(cell, column)| shown(cell, column.kind)))
                .unwrap();
        }
        let expected = parsed(&csv.into_inner().unwrap());
        let sql = format!("SELECT * FROM {}", view.as_str());
        let found = parsed(self.0.csv(&sql).as_bytes());
        for (found, expected) in found.iter().zip(&expected) {
            let differs = found.iter().zip(expected).any(|(found, expected)| !same(found, expected));
            assert!(!differs, "{}: {found:?} is not {expected:?}", view.as_str());
        }
        assert_eq!(found.len(), expected.len(), "{}", view.as_str());
        assert_eq!(self.0.line(&format!("SELECT count(*) FROM {}", view.as_str())), rows.len().to_string());
        Ok(())
    }
}

/// Fractions of a second are shown with as many digits as they have.
fn same(found: &str, expected: &str) -> bool {
    let trimmed = |text: &str| {
        text.strip_suffix("+00").map(|time| match time.contains('.') {
            true => time.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => time.to_owned(),
        })
    };
    found == expected || (trimmed(found).is_some() && trimmed(found) == trimmed(expected))
}

fn parsed(text: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_view_is_what_its_dump_is() {
    let served = Served::new(hostile(), settings());
    let Ok(()) = served.world.tables.visit(&mut Expected(&served));
}

/// Control totals balance in every answer, and two views in one statement are of one tick.
#[test]
fn no_answer_is_torn_while_events_come_in() {
    let mut world = World::new(&Config { shipments: 400, ..Config::default() });
    world.tick(500);
    let served = Served::new(world, settings());
    let Served { mut world, running, _runtime } = served;
    let fed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let address = running.address();
        let fed = &fed;
        let checker = scope.spawn(move || {
            let mut ticks = Vec::new();
            while !fed.load(Ordering::Acquire) {
                ticks.extend(checked(&address.ip().to_string(), address.port()));
            }
            ticks
        });
        while world.tick(100) {}
        fed.store(true, Ordering::Release);
        let ticks = checker.join().unwrap();
        let distinct: std::collections::BTreeSet<&String> = ticks.iter().collect();
        assert!(distinct.len() > 3, "the checker saw {} ticks only", distinct.len());
    });
}

/// Twenty statements of one connection; the ticks they saw.
fn checked(host: &str, port: u16) -> Vec<String> {
    let balance = "SELECT landfall_tick(), \
         (SELECT count(*) FROM freight_charges) - (SELECT sum(count) FROM control_totals WHERE kind = 'charges' AND status = 'total'), \
         (SELECT count(*) FROM freight_charges WHERE status <> 'matched') - (SELECT count(*) FROM unmatched_freight_charges), \
         (SELECT count(*) FROM late_milestones) - (SELECT count(*) FROM exceptions WHERE category = 'late_milestone'), \
         (SELECT sum(CASE WHEN status IN ('total', 'received') THEN count ELSE -count END) FROM control_totals), \
         (SELECT count(*) FROM (SELECT kind, name FROM control_totals GROUP BY kind, name HAVING sum(CASE WHEN status IN ('total', 'received') THEN base_amount ELSE -base_amount END) <> 0) AS unbalanced);";
    let output = std::process::Command::new("psql")
        .args(["-X", "--csv", "-t", "-q", "-h", host, "-p", &port.to_string(), "-U", "analyst", "-d", "landfall"])
        .args((0..20).flat_map(|_| ["-c", balance]))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let (tick, rest) = line.split_once(',').unwrap();
            assert_eq!(rest, "0,0,0,0,0", "torn at tick {tick}");
            tick.to_owned()
        })
        .collect()
}

#[test]
fn a_transaction_keeps_its_tick() {
    let mut world = World::new(&Config { shipments: 50, ..Config::default() });
    world.tick(200);
    let mut served = Served::new(world, settings());
    let before = served.line("SELECT landfall_tick()");
    let script = "BEGIN; SELECT landfall_tick(); SELECT 1; SELECT landfall_tick(); COMMIT;";
    let ticks: Vec<String> = served.csv(script).lines().map(str::to_owned).collect();
    assert_eq!(ticks, [before.clone(), "1".to_owned(), before.clone()]);
    served.world.tick(200);
    assert_ne!(served.line("SELECT landfall_tick()"), before);
}

#[test]
fn filters_on_the_key_become_ranges() {
    let served = Served::new(hostile(), settings());
    let plan = |filter: &str| served.csv(&format!("EXPLAIN SELECT * FROM freight_charges WHERE {filter} LIMIT 3"));
    let both = plan("issuer = 'X' AND invoice_no >= 'A' AND invoice_no < 'B'");
    assert!(both.contains("fixed=[Text(\"\"X\"\")], >= Text(\"\"A\"\"), < Text(\"\"B\"\")"), "{both}");
    assert!(both.contains("limit=3") && !both.contains("FilterExec"), "{both}");
    let other = plan("status = 'matched'");
    assert!(other.contains("fixed=[]") && other.contains("FilterExec"), "{other}");
    // The order of the key needs no sorting.
    let ordered = served.csv("EXPLAIN SELECT issuer FROM freight_charges ORDER BY issuer, invoice_no, line_no LIMIT 5");
    assert!(!ordered.contains("SortExec"), "{ordered}");
}

#[test]
fn ranges_hold_exactly_what_filters_leave() {
    let served = Served::new(hostile(), settings());
    // `|| ''` hides a column from the ranges, so that the engine filters every row.
    for (ranged, filtered) in [
        (
            "issuer = (SELECT min(issuer) FROM freight_charges)",
            "issuer || '' = (SELECT min(issuer) FROM freight_charges)",
        ),
        ("issuer > 'C'", "issuer || '' > 'C'"),
        ("issuer <= 'CARR2'", "issuer || '' <= 'CARR2'"),
        (
            "issuer >= 'B' AND issuer < 'D' AND line_no = 1",
            "issuer || '' >= 'B' AND issuer || '' < 'D' AND line_no + 0 = 1",
        ),
        ("issuer > 'D' AND issuer < 'A'", "issuer || '' > 'D' AND issuer || '' < 'A'"),
    ] {
        let rows = |filter: &str| {
            served.csv(&format!(
                "SELECT issuer, invoice_no, line_no FROM freight_charges WHERE {filter} ORDER BY 1, 2, 3"
            ))
        };
        assert_eq!(rows(ranged), rows(filtered), "{ranged}");
    }
    let first = served.line("SELECT issuer || '|' || invoice_no || '|' || line_no FROM freight_charges LIMIT 1");
    let parts: Vec<&str> = first.split('|').collect();
    let point = format!(
        "SELECT count(*) FROM freight_charges WHERE issuer = '{}' AND invoice_no = '{}' AND line_no = {}",
        parts[0], parts[1], parts[2]
    );
    assert_eq!(served.line(&point), "1");
}

#[test]
fn functions_follow_the_clock_of_the_tick() {
    let served = Served::new(hostile(), settings());
    let clock = served.world.store.current().clock;
    let ms = served.line("SELECT (extract(epoch FROM landfall_now()) * 1000)::bigint");
    assert_eq!(ms, clock.0.to_string());
    for (days, age, bucket) in
        [(0, "0", "0-30"), (30, "30", "0-30"), (31, "31", "31-60"), (90, "90", "61-90"), (91, "91", ">90")]
    {
        let since = format!("landfall_now() - interval '{days} days'");
        let found = served.line(&format!("SELECT landfall_age_days({since}), landfall_age_bucket({since})"));
        assert_eq!(found, format!("{age},{bucket}"));
    }
}
