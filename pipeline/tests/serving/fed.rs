//! Events on their way into the engine, both servers over its views, and the dump of the events up to a tick.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use landfall_engine::{Arrival, Engine, Keeps};
use landfall_operators::rows::View;
use landfall_operators::settings::Settings as ViewSettings;
use landfall_schemas::format::json;
use landfall_schemas::{Origin, RecordId, Timestamp};
use landfall_serve::{Server, ServerInfo, Settings};
use landfall_snapshot::{Store, Window};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const FILE: &str = "events.jsonl";
/// In the middle of the invented business, so that much is due, late or held.
const AS_OF: &str = "2026-02-20T00:00:00Z";
const LINES_PER_TICK: usize = 10;

/// Events, the servers, and what was fed.
pub struct Fed {
    folder: TempDir,
    lines: Vec<Vec<u8>>,
    /// What readers see.
    pub store: Arc<Store>,
    /// Where HTTP is asked.
    pub http: SocketAddr,
    /// Where SQL is asked.
    pub sql: SocketAddr,
    /// How many times everything was asked.
    pub asked: AtomicUsize,
    /// Whether the last tick has closed.
    pub is_over: AtomicBool,
    _servers: (Server, landfall_sql::Running, Runtime),
}

fn landfall() -> Command {
    Command::new(env!("CARGO_BIN_EXE_landfall"))
}

impl Fed {
    /// Servers over no tick yet.
    pub fn start() -> Fed {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let made = landfall()
            .args(["generate", "--shipments", "500", "--bad-pct", "1", "--late-pct", "15", "--out"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let bytes = std::fs::read(&file).unwrap();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // Every tick is kept, so that every one can be pinned.
        let window = Window { ticks_max: 100_000, ..Window::default() };
        let store = Arc::new(Store::new(View::ALL.to_vec(), window));
        let settings = Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() };
        let info = ServerInfo::new(&ViewSettings::default());
        let server = Server::start(settings, Arc::clone(&store), info, axum::Router::new());
        let server = runtime.block_on(server).unwrap();
        let settings = landfall_sql::Settings { listen: "127.0.0.1:0".to_owned(), ..landfall_sql::Settings::default() };
        let running = landfall_sql::Server::start(settings, Arc::clone(&store), runtime.handle()).unwrap();
        let (http, sql) = (server.address(), running.address());
        let is_over = AtomicBool::new(false);
        let asked = AtomicUsize::new(0);
        Fed { folder, lines, store, http, sql, asked, is_over, _servers: (server, running, runtime) }
    }

    /// Waits until the first tick has closed: before it there is nothing to be asked.
    pub fn begun(&self) {
        while self.store.current().tick == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Feeds everything as fast as it goes, but not faster than that everything is asked so many times meanwhile.
    pub fn feed(&self, times: usize) {
        let clock: Timestamp = AS_OF.parse().unwrap();
        let keeps = Keeps { documents: true, ..Keeps::default() };
        let mut engine = Engine::start_keeping(1, ViewSettings::default(), keeps).unwrap();
        // As `landfall replay` names them: by the file and the number of the line.
        let origin = Origin::named(FILE);
        let arrival = |(offset, line): (u64, &Vec<u8>)| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            Arrival { record: RecordId { origin, partition: 0, offset }, outcome: json::decode(line) }
        };
        let arrivals: Vec<Arrival> = (1..).zip(&self.lines).map(arrival).collect();
        let mut arrivals = arrivals.into_iter();
        while arrivals.len() > 0 {
            let mut closed = engine.tick(clock, arrivals.by_ref().take(LINES_PER_TICK).collect()).unwrap();
            closed.extend(engine.settle().unwrap());
            closed.into_iter().for_each(|tick| self.store.publish(Arc::new(tick)));
            let fed = self.lines.len() - arrivals.len();
            while fed * times > (self.asked.load(Ordering::Acquire) + 1) * self.lines.len() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.is_over.store(true, Ordering::Release);
    }

    /// What the binary writes for the events up to a tick: a folder of one CSV file per view.
    pub fn replayed(&self, tick: u64) -> PathBuf {
        let up_to = self.folder.path().join(format!("up-to-{tick}"));
        std::fs::create_dir_all(&up_to).unwrap();
        let file = up_to.join(FILE);
        let lines = (usize::try_from(tick).unwrap() * LINES_PER_TICK).min(self.lines.len());
        std::fs::write(&file, self.lines[..lines].concat()).unwrap();
        let out = up_to.join("views");
        let done = landfall().arg("replay").arg(&file).args(["--as-of", AS_OF, "--out"]).arg(&out).output().unwrap();
        // 3 says that some records have data errors, which they are to have.
        assert!(matches!(done.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&done.stderr));
        out
    }
}
