//! Publishes snapshots: one writer, any number of readers, and a window of past ticks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use arc_swap::ArcSwap;
use landfall_engine::ClosedTick;
use landfall_operators::Tick;
use landfall_operators::rows::View;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Snapshot;

/// A closed tick with the snapshot after it.
#[derive(Debug)]
pub struct Published {
    /// What the tick changed.
    pub closed: Arc<ClosedTick>,
    /// Every view after it.
    pub snapshot: Arc<Snapshot>,
}

/// Past ticks that are kept for readers who pin a tick or resume after one. The newest always is; ticks that are made while
/// catching up are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// At most so many ticks.
    pub ticks_max: usize,
    /// At most so many changed rows over all of them: some 500 bytes each.
    pub rows_max: usize,
}

impl Default for Window {
    fn default() -> Window {
        Window { ticks_max: 3_000, rows_max: 500_000 }
    }
}

/// The tick asked for is not in the window: it has passed, or it is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tick {asked} is not kept: ticks {oldest} to {newest} are")]
pub struct WindowPassed {
    /// The tick that was asked for.
    pub asked: Tick,
    /// The oldest tick whose snapshot is kept.
    pub oldest: Tick,
    /// The newest closed tick.
    pub newest: Tick,
}

/// The snapshots that readers see. One writer publishes; readers never wait for it, nor it for them.
pub struct Store {
    served: Vec<View>,
    window: Window,
    written: Mutex<Written>,
    current: ArcSwap<Snapshot>,
    past: Mutex<Past>,
    newest: watch::Sender<Tick>,
}

/// What the writer knows, readers may be some ticks behind.
#[derive(Default)]
struct Written {
    snapshot: Snapshot,
    /// The newest tick, where readers do not see it yet.
    unseen: Option<Arc<ClosedTick>>,
}

#[derive(Default)]
struct Past {
    ticks: VecDeque<Arc<Published>>,
    rows: usize,
}

impl Store {
    /// An empty store that serves these views.
    pub fn new(served: Vec<View>, window: Window) -> Store {
        Store {
            served,
            window,
            written: Mutex::default(),
            current: ArcSwap::default(),
            past: Mutex::default(),
            newest: watch::channel(0).0,
        }
    }

    /// The views that are served.
    pub fn served(&self) -> &[View] {
        &self.served
    }

    /// Takes in part of what a checkpoint brings back; readers see it when [`Store::show`] is called, or a tick is published.
    pub fn restore(&self, closed: &ClosedTick) {
        self.written().snapshot.advance(closed, &self.served);
    }

    /// Takes in a tick that readers need not see by itself, because more are to come at once. What a snapshot shares with
    /// none that is seen is changed in place, so this costs much less than publishing.
    pub fn catch_up(&self, closed: Arc<ClosedTick>) {
        let mut written = self.written();
        written.snapshot.advance(&closed, &self.served);
        written.unseen = Some(closed);
    }

    /// Lets readers see what has been taken in. The ticks before are kept no longer, because those between were never seen.
    pub fn show(&self) {
        let mut written = self.written();
        let snapshot = Arc::new(written.snapshot.clone());
        let unseen = written.unseen.take();
        drop(written);
        if unseen.is_none() && self.current.load().tick == snapshot.tick {
            return;
        }
        self.current.store(Arc::clone(&snapshot));
        let Some(closed) = unseen else { return };
        let tick = closed.tick;
        let mut past = self.past();
        past.rows = changed_rows(&closed);
        past.ticks = VecDeque::from([Arc::new(Published { closed, snapshot })]);
        drop(past);
        self.newest.send_replace(tick);
    }

    /// Makes a closed tick visible. Ticks are published in their order, by one thread.
    pub fn publish(&self, closed: Arc<ClosedTick>) {
        let mut written = self.written();
        written.snapshot.advance(&closed, &self.served);
        let skipped = written.unseen.take().is_some();
        let snapshot = Arc::new(written.snapshot.clone());
        drop(written);
        let tick = closed.tick;
        self.current.store(Arc::clone(&snapshot));
        let mut past = self.past();
        if skipped {
            *past = Past::default();
        }
        past.rows += changed_rows(&closed);
        past.ticks.push_back(Arc::new(Published { closed, snapshot }));
        while past.ticks.len() > 1 && (past.ticks.len() > self.window.ticks_max || past.rows > self.window.rows_max) {
            if let Some(gone) = past.ticks.pop_front() {
                past.rows -= changed_rows(&gone.closed);
            }
        }
        drop(past);
        self.newest.send_replace(tick);
    }

    /// The newest closed tick.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The snapshot at a past tick.
    ///
    /// # Errors
    /// When the tick is not in the window.
    pub fn at(&self, tick: Tick) -> Result<Arc<Snapshot>, WindowPassed> {
        let current = self.current();
        if current.tick == tick {
            return Ok(current);
        }
        let past = self.past();
        let found = past.ticks.binary_search_by_key(&tick, |published| published.closed.tick);
        found.map(|at| Arc::clone(&past.ticks[at].snapshot)).map_err(|_| past.passed(tick))
    }

    /// What was published after a tick, oldest first; nothing when it is the newest.
    ///
    /// # Errors
    /// When some of it is no longer kept, or the tick is to come.
    pub fn after(&self, tick: Tick) -> Result<Vec<Arc<Published>>, WindowPassed> {
        let past = self.past();
        past.check_after(tick)?;
        let from = past.ticks.partition_point(|published| published.closed.tick <= tick);
        Ok(past.ticks.range(from..).cloned().collect())
    }

    /// What was published next after a tick; none when it is the newest.
    ///
    /// # Errors
    /// When it is no longer kept, or the tick is to come.
    pub fn next_after(&self, tick: Tick) -> Result<Option<Arc<Published>>, WindowPassed> {
        let past = self.past();
        past.check_after(tick)?;
        let from = past.ticks.partition_point(|published| published.closed.tick <= tick);
        Ok(past.ticks.get(from).cloned())
    }

    /// Tells of every newest tick.
    pub fn watch(&self) -> watch::Receiver<Tick> {
        self.newest.subscribe()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().expect("nobody panics while it writes a snapshot")
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().expect("nobody panics while it holds the window")
    }
}

impl Past {
    /// Whether everything after a tick is kept.
    fn check_after(&self, tick: Tick) -> Result<(), WindowPassed> {
        let newest = self.ticks.back().map_or(0, |published| published.closed.tick);
        let kept = self.ticks.front().map_or(0, |published| published.closed.tick.saturating_sub(1));
        if tick > newest || tick < kept { Err(self.passed(tick)) } else { Ok(()) }
    }

    fn passed(&self, asked: Tick) -> WindowPassed {
        let tick = |published: Option<&Arc<Published>>| published.map_or(0, |published| published.closed.tick);
        WindowPassed { asked, oldest: tick(self.ticks.front()), newest: tick(self.ticks.back()) }
    }
}

fn changed_rows(closed: &ClosedTick) -> usize {
    closed.changes.iter().map(landfall_operators::rows::Changes::len).sum()
}
