//! Publishes snapshots: one writer, any number of readers, and a window of past ticks.
//!
//! What a snapshot shares with none that a reader may have is changed in place; what it shares is copied, node by node, which costs
//! several times as much. So the newest state becomes a snapshot only when somebody asks for it, and that of a past tick is made
//! of a later one by undoing what the ticks between have changed. Who reads tick after tick pays for it with the writer's copies, and
//! never waits; who comes after a time in which nobody read may wait until a small tick has been taken in.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use arc_swap::ArcSwapOption;
use landfall_engine::ClosedTick;
use landfall_operators::Tick;
use landfall_operators::rows::View;
use landfall_schemas::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Snapshot;

/// While more changes than these are taken in, readers see the state before them rather than wait.
const WAITED_FOR_MAX: usize = 50_000;

/// A closed tick that readers may go on from.
#[derive(Debug)]
pub struct Published {
    /// What the tick changed.
    pub closed: Arc<ClosedTick>,
    /// Every view after it, where somebody has asked for that.
    snapshot: OnceLock<Arc<Snapshot>>,
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

/// The snapshots that readers see. One writer publishes.
pub struct Store {
    served: Vec<View>,
    window: Window,
    /// Locked before `past`, where both are.
    written: Mutex<Written>,
    /// What readers see; none while the newest tick is what is written, and nobody has asked for it.
    current: ArcSwapOption<Snapshot>,
    /// Whether somebody has asked since the newest tick was published.
    asked: AtomicBool,
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
            current: ArcSwapOption::new(Some(Arc::default())),
            asked: AtomicBool::new(false),
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

    /// Takes in a tick that readers need not see by itself, because more are to come at once: until [`Store::show`] they see what
    /// they saw.
    pub fn catch_up(&self, closed: Arc<ClosedTick>) {
        let mut written = self.written();
        self.seen(&written);
        written.snapshot.advance(&closed, &self.served);
        written.unseen = Some(closed);
    }

    /// Lets readers see what has been taken in. The ticks before are kept no longer, because those between were never seen.
    pub fn show(&self) {
        let mut written = self.written();
        let unseen = written.unseen.take();
        if unseen.is_none() && self.current.load().as_ref().is_none_or(|seen| seen.tick == written.snapshot.tick) {
            return;
        }
        let snapshot = Arc::new(written.snapshot.clone());
        self.current.store(Some(Arc::clone(&snapshot)));
        let Some(closed) = unseen else { return };
        let tick = closed.tick;
        let mut past = self.past();
        past.rows = closed.changed_rows();
        past.ticks = VecDeque::from([Arc::new(Published { closed, snapshot: OnceLock::from(snapshot) })]);
        drop(past);
        self.newest.send_replace(tick);
    }

    /// Makes a closed tick visible. Ticks are published in their order, by one thread.
    pub fn publish(&self, closed: Arc<ClosedTick>) {
        let mut written = self.written();
        let is_read = self.asked.swap(false, Ordering::AcqRel);
        if is_read {
            let seen = self.seen(&written);
            self.past().keep(seen);
        } else if closed.changed_rows() + closed.documents.len() > WAITED_FOR_MAX {
            self.seen(&written);
        } else {
            self.current.store(None);
        }
        written.snapshot.advance(&closed, &self.served);
        let skipped = written.unseen.take().is_some();
        let tick = closed.tick;
        let mut past = self.past();
        if skipped {
            *past = Past::default();
        }
        past.rows += closed.changed_rows();
        past.ticks.push_back(Arc::new(Published { closed, snapshot: OnceLock::new() }));
        while past.ticks.len() > 1 && (past.ticks.len() > self.window.ticks_max || past.rows > self.window.rows_max) {
            if let Some(gone) = past.ticks.pop_front() {
                past.rows -= gone.closed.changed_rows();
            }
        }
        drop(past);
        self.current.store(None);
        if is_read {
            self.seen(&written);
        }
        drop(written);
        self.newest.send_replace(tick);
    }

    /// The newest closed tick.
    pub fn current(&self) -> Arc<Snapshot> {
        self.asked.store(true, Ordering::Release);
        self.current.load_full().unwrap_or_else(|| self.seen(&self.written()))
    }

    /// What readers see while nothing is written: what is written, unless they are to see something else.
    fn seen(&self, written: &Written) -> Arc<Snapshot> {
        if let Some(seen) = self.current.load_full() {
            return seen;
        }
        let snapshot = Arc::new(written.snapshot.clone());
        self.current.store(Some(Arc::clone(&snapshot)));
        snapshot
    }

    /// The snapshot at a past tick. The first who asks for a tick waits until all changes since have been undone.
    ///
    /// # Errors
    /// When the tick is not in the window.
    pub fn at(&self, tick: Tick) -> Result<Arc<Snapshot>, WindowPassed> {
        let current = self.current();
        if current.tick == tick {
            return Ok(current);
        }
        // Who pages through a tick that is kept does not wait for the writer.
        let kept = {
            let past = self.past();
            past.ticks[past.position(tick)?].snapshot.get().cloned()
        };
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let (newest, mut ticks) = {
            let written = self.written();
            let newest = self.seen(&written);
            let past = self.past();
            let at = past.position(tick)?;
            (newest, past.ticks.range(at..).cloned().collect::<VecDeque<_>>())
        };
        let asked = ticks.pop_front().expect("it was just found");
        let undone = || {
            let nearest = ticks.iter().position(|later| later.snapshot.get().is_some());
            let later = nearest.map_or(ticks.len(), |at| at + 1);
            let from = nearest.and_then(|at| ticks[at].snapshot.get()).unwrap_or(&newest);
            let mut snapshot = Snapshot::clone(from);
            for published in ticks.range(..later).rev() {
                snapshot.retreat(&published.closed, &self.served);
            }
            (snapshot.tick, snapshot.clock) = (asked.closed.tick, asked.closed.clock);
            Arc::new(snapshot)
        };
        Ok(Arc::clone(asked.snapshot.get_or_init(undone)))
    }

    /// The clock at a tick; that of the newest where the tick is not in the window.
    pub fn clock_at(&self, tick: Tick) -> Timestamp {
        let past = self.past();
        let found = past.position(tick).map_or(past.ticks.back(), |at| past.ticks.get(at));
        let clock = found.map(|published| published.closed.clock);
        drop(past);
        clock.unwrap_or_else(|| self.current().clock)
    }

    /// How many rows a view has.
    pub fn len(&self, view: View) -> usize {
        self.written().snapshot.len(view)
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
    /// Where a tick is.
    fn position(&self, tick: Tick) -> Result<usize, WindowPassed> {
        self.ticks.binary_search_by_key(&tick, |published| published.closed.tick).map_err(|_| self.passed(tick))
    }

    /// Keeps the snapshot of the newest tick: whoever has asked for it may ask again.
    fn keep(&self, snapshot: Arc<Snapshot>) {
        if let Some(newest) = self.ticks.back().filter(|newest| newest.closed.tick == snapshot.tick) {
            newest.snapshot.get_or_init(|| snapshot);
        }
    }

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
