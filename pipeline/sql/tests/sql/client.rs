//! A server over generated views, and `psql` to ask it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use landfall_benches::generator::Config;
use landfall_sql::{Running, Server, Settings};
use tokio::runtime::Runtime;

use crate::world::World;

/// A server, the world behind it, and the runtime that keeps its connections.
pub struct Served {
    pub world: World,
    pub running: Running,
    /// Kept only so that connections live; last, so that they end before it.
    pub _runtime: Runtime,
}

/// A small world, fed whole, with every rule of the semantics in it.
pub fn hostile() -> World {
    let mut world = World::new(&Config::for_tests(7, 40));
    world.finish();
    world
}

/// Settings for a test: a free port.
pub fn settings() -> Settings {
    Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() }
}

impl Served {
    pub fn new(world: World, settings: Settings) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let running = Server::start(settings, world.store.clone(), runtime.handle()).unwrap();
        Served { world, running, _runtime: runtime }
    }

    /// `psql` that reads nothing but what it is given, and stops at the first error.
    pub fn psql(&self) -> Command {
        let address = self.running.address();
        let mut command = Command::new("psql");
        command
            .args(["-X", "-h", &address.ip().to_string(), "-p", &address.port().to_string()])
            .args(["-U", "analyst", "-d", "landfall", "-v", "ON_ERROR_STOP=1"])
            .env("PGCONNECT_TIMEOUT", "20")
            .env_remove("PGPASSWORD");
        command
    }

    /// The answer to a text, as CSV without its header.
    pub fn csv(&self, sql: &str) -> String {
        let output = self.asked(sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The only line of an answer.
    pub fn line(&self, sql: &str) -> String {
        let text = self.csv(sql);
        let line = text.trim_end_matches('\n');
        assert!(!line.contains('\n'), "{sql}: more than one line: {text}");
        line.to_owned()
    }

    /// The code, message and hint of a refusal.
    pub fn refusal(&self, sql: &str) -> String {
        let output = self.asked(sql);
        assert!(!output.status.success(), "{sql} is answered: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    fn asked(&self, sql: &str) -> Output {
        let mut psql = self.psql();
        psql.args(["--csv", "-t", "-q", "-v", "VERBOSITY=verbose", "-f", "-"]);
        let mut child = psql
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql is installed");
        let mut input = child.stdin.take().unwrap();
        let sql = sql.to_owned();
        let writer = std::thread::spawn(move || input.write_all(sql.as_bytes()));
        let output = child.wait_with_output().unwrap();
        // A client that stopped at an error does not read the rest.
        let _broken_pipe = writer.join().unwrap();
        output
    }
}
