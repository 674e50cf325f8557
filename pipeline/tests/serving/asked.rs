//! Answers of every kind, and how each compares with a dump.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use landfall_operators::rows::{ColumnKind, View};
use serde_json::Value;

use crate::fed::Fed;
use crate::support::{Event, Subscription, get};

/// A dump's rows: cells as text, empty where there is nothing.
type Rows = Vec<Vec<String>>;

/// What SQL, pages and exports said of every view at one tick.
pub struct Answers {
    /// The tick that SQL chose, and the others were asked for.
    pub tick: u64,
    sql: BTreeMap<&'static str, Rows>,
    pages: BTreeMap<&'static str, Rows>,
    exports: BTreeMap<&'static str, Vec<u8>>,
}

impl Answers {
    /// A transaction pins the newest tick; HTTP is asked for the same one, while others close.
    pub fn at_one_tick(fed: &Fed) -> Answers {
        let (tick, sql) = transaction(fed);
        let address = |rest: String| format!("/api/v1/views/{rest}as_of_tick={tick}");
        let page = |view: View| {
            let mut rows = Vec::new();
            let mut path = address(format!("{}?limit=1000&", view.as_str()));
            loop {
                let page = get(fed.http, &path, &[]).json();
                assert_eq!(page["tick"], tick);
                rows.extend(page["rows"].as_array().unwrap().iter().map(|row| cells(view, row)));
                match page["next"].as_str() {
                    Some(next) => path = format!("/api/v1/views/{}?limit=1000&cursor={next}", view.as_str()),
                    None => return rows,
                }
            }
        };
        let export = |view: View| {
            let answer = get(fed.http, &address(format!("{}.csv?", view.as_str())), &[]);
            assert_eq!((answer.status, &answer.headers["landfall-tick"]), (200, &tick.to_string()));
            answer.body
        };
        let pages = View::ALL.iter().map(|view| (view.as_str(), page(*view))).collect();
        let exports = View::ALL.iter().map(|view| (view.as_str(), export(*view))).collect();
        Answers { tick, sql, pages, exports }
    }

    /// Fails where an answer is not what the dump says.
    pub fn compare(&self, dump: &Path) {
        for view in View::ALL {
            let (name, tick) = (view.as_str(), self.tick);
            let bytes = std::fs::read(dump.join(format!("{name}.csv"))).unwrap();
            assert!(self.exports[name] == bytes, "the export of {name} at tick {tick} differs from the dump");
            let rows = parsed(&bytes, true);
            assert_eq!(self.pages[name], rows, "pages of {name} at tick {tick}");
            let shown: Rows = rows.iter().map(|row| in_sql(*view, row)).collect();
            assert_eq!(self.sql[name], shown, "SQL of {name} at tick {tick}");
        }
    }
}

/// All views in one transaction, asked for by the real `psql`.
fn transaction(fed: &Fed) -> (u64, BTreeMap<&'static str, Rows>) {
    let folder = tempfile::tempdir().unwrap();
    let file = |view: View| folder.path().join(view.as_str());
    let mut script = "BEGIN;\nSELECT landfall_tick();\n".to_owned();
    for view in View::ALL {
        script.push_str(&format!("\\o {}\nSELECT * FROM {};\n", file(*view).display(), view.as_str()));
    }
    script.push_str("\\o\nCOMMIT;\n");
    let path = folder.path().join("script.sql");
    std::fs::write(&path, script).unwrap();
    let output = Command::new("psql")
        .args(["-X", "--csv", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "analyst", "-d", "landfall"])
        .args(["-h", &fed.sql.ip().to_string(), "-p", &fed.sql.port().to_string(), "-f"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tick = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let read = |view: &View| (view.as_str(), parsed(&std::fs::read(file(*view)).unwrap(), false));
    (tick, View::ALL.iter().map(read).collect())
}

fn parsed(bytes: &[u8], has_headers: bool) -> Rows {
    let mut reader = csv::ReaderBuilder::new().has_headers(has_headers).from_reader(bytes);
    let row = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// A row of JSON as the dump writes it; what is computed when it is read is no part of the view.
fn cells(view: View, row: &Value) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    view.columns().iter().map(|column| cell(&row[column.name])).collect()
}

/// A row of a dump as SQL shows it: amounts with four decimals, times with a zone.
fn in_sql(view: View, row: &[String]) -> Vec<String> {
    let shown = |(text, kind): (&String, ColumnKind)| match kind {
        _ if text.is_empty() => String::new(),
        ColumnKind::Money | ColumnKind::Figure => padded(text, 4),
        ColumnKind::Millionths => padded(text, 6),
        ColumnKind::Time => {
            let text = text.replace('T', " ").replace('Z', "");
            let (seconds, fraction) = text.split_once('.').unwrap_or((&text, "0"));
            format!("{seconds}.{fraction:0<6}+00")
        }
        _ => text.clone(),
    };
    row.iter().zip(view.columns().iter().map(|column| column.kind)).map(shown).collect()
}

fn padded(text: &str, decimals: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}.{fraction:0<decimals$}")
}

/// What a subscriber heard of a view.
pub struct Subscriber {
    view: View,
    events: Vec<Event>,
}

impl Subscriber {
    /// Follows a view until the last tick.
    pub fn follow(fed: &Fed, view: View) -> Subscriber {
        let path = format!("/api/v1/views/{}/changes", view.as_str());
        fed.begun();
        let mut subscription = Subscription::open(fed.http, &path, None).unwrap();
        let mut events = Vec::new();
        loop {
            let event = subscription.next().expect("the server goes on");
            let tick = event.data["tick"].as_u64().unwrap();
            events.push(event);
            if fed.is_over.load(Ordering::Acquire) && tick == fed.store.current().tick {
                return Subscriber { view, events };
            }
        }
    }

    /// Fails where what it heard up to a tick does not make the rows of the dump.
    pub fn compare(&self, tick: u64, dump: &Path) {
        let name = self.view.as_str();
        if self.events.first().and_then(|event| event.data["tick"].as_u64()) > Some(tick) {
            return;
        }
        let mut known = BTreeMap::new();
        let heard = self.events.iter().take_while(|event| event.data["tick"].as_u64() <= Some(tick));
        heard.filter(|event| event.name != "heartbeat").for_each(|event| take(self.view, &mut known, event));
        let rows = parsed(&std::fs::read(dump.join(format!("{name}.csv"))).unwrap(), true);
        let expected: BTreeMap<String, Vec<String>> = rows.into_iter().map(|row| (key(self.view, &row), row)).collect();
        assert_eq!(known, expected, "the subscriber to {name} at tick {tick}");
    }
}

fn key(view: View, row: &[String]) -> String {
    row[..view.key().len()].join("\u{1}")
}

fn take(view: View, rows: &mut BTreeMap<String, Vec<String>>, event: &Event) {
    let list = |member: &str| event.data[member].as_array().cloned().unwrap_or_default();
    for row in list("deletes") {
        let row = cells(view, &row);
        assert_eq!(rows.remove(&key(view, &row)), Some(row));
    }
    for update in list("updates") {
        let (before, after) = (cells(view, &update["before"]), cells(view, &update["after"]));
        assert_eq!(rows.insert(key(view, &after), after), Some(before));
    }
    for row in [list("rows"), list("inserts")].concat() {
        let row = cells(view, &row);
        assert_eq!(rows.insert(key(view, &row), row), None);
    }
}
