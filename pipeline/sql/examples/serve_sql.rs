//! Serves the views of generated events over the PostgreSQL protocol, to look around in without Kafka:
//! `cargo run --release -p landfall-sql --example serve_sql -- [SETTINGS.yaml] [SHIPMENTS]`. With `LANDFALL_LOAD` set, events keep
//! coming. Prints the address, and ends with its standard input.

#[path = "../tests/sql/world.rs"]
mod world;

use std::io::Read;

use landfall_benches::generator::Config;
use landfall_sql::{Server, Settings};
use world::World;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let settings: Settings = match arguments.next().filter(|file| !file.is_empty()) {
        Some(file) => serde_saphyr::from_str(&std::fs::read_to_string(file)?)?,
        None => Settings { listen: "127.0.0.1:0".to_owned(), ..Settings::default() },
    };
    let shipments = arguments.next().map_or(Ok(500), |text| text.parse())?;
    let mut world = World::new(&Config { shipments, ..Config::default() });
    let is_loaded = std::env::var_os("LANDFALL_LOAD").is_some();
    if is_loaded {
        world.tick(200);
    } else {
        world.finish();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let running = Server::start(settings, std::sync::Arc::clone(&world.store), runtime.handle())?;
    println!("{}", running.address());
    if is_loaded {
        std::thread::spawn(move || while world.tick(100) {});
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    running.shutdown();
    Ok(())
}
