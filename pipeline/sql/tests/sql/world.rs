//! A store of views that are fed from generated events, tick by tick.

use std::sync::Arc;

use landfall_benches::generator::{Config, generate};
use landfall_engine::{Arrival, Engine};
use landfall_operators::rows::{Tables, View};
use landfall_operators::settings::Settings;
use landfall_schemas::{Origin, RecordId, Timestamp};
use landfall_snapshot::{Store, Window};

/// Generated events on their way through the engine into a store.
pub struct World {
    engine: Engine,
    arrivals: std::vec::IntoIter<Arrival>,
    clock: Timestamp,
    /// What readers see.
    pub store: Arc<Store>,
    /// The same views as the dumps have them, at the newest tick.
    pub tables: Tables,
}

impl World {
    /// All events of a population, none of them fed yet. Views are at the clock of the population's end.
    pub fn new(config: &Config) -> World {
        let origin = Origin::named("generated");
        let arrivals: Vec<Arrival> = generate(config)
            .zip(1..)
            .map(|(generated, offset)| Arrival {
                record: RecordId { origin, partition: 0, offset },
                outcome: generated.outcome(),
            })
            .collect();
        World {
            engine: Engine::start(1, Settings::default()).expect("a worker can be started"),
            arrivals: arrivals.into_iter(),
            clock: config.as_of(),
            store: Arc::new(Store::new(View::ALL.to_vec(), Window::default())),
            tables: Tables::default(),
        }
    }

    /// Feeds one tick; whether there is more to feed.
    pub fn tick(&mut self, records: usize) -> bool {
        let arrivals: Vec<Arrival> = self.arrivals.by_ref().take(records).collect();
        let is_over = arrivals.is_empty();
        let mut closed = self.engine.tick(self.clock, arrivals).expect("no worker stops");
        closed.extend(self.engine.settle().expect("no worker stops"));
        for tick in closed {
            tick.changes.iter().for_each(|changes| self.tables.apply(changes.clone()));
            self.store.publish(Arc::new(tick));
        }
        !is_over
    }

    /// Feeds all there is.
    pub fn finish(&mut self) {
        while self.tick(5_000) {}
    }
}
