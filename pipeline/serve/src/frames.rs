//! What a tick changed in a view, as subscribers get it. A frame is made once for all who subscribe to the same.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use landfall_operators::Tick;
use landfall_operators::for_each_view;
use landfall_operators::rows::*;
use landfall_schemas::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::column::{self, At};
use super::query::filter::Filter;
use super::query::json::{RowJson, row_json};
use landfall_snapshot::{Published, SnapshotRow};

/// Frames that are kept of each topic: enough that subscribers who are nearly current share them.
const FRAMES_MAX: usize = 64;
const FRAME_BYTES_MAX: usize = 16 << 20;

/// What subscribers subscribe to.
#[derive(Default)]
pub struct Frames {
    topics: Mutex<HashMap<(View, String), Arc<Topic>>>,
}

impl Frames {
    /// The topic of a view and filter; it lives as long as somebody subscribes.
    pub fn topic(&self, view: View, filter: Filter) -> Arc<Topic> {
        let mut topics = self.topics.lock().expect("nobody panics while it holds the topics");
        topics.retain(|_, topic| Arc::strong_count(topic) > 1);
        let topic = topics
            .entry((view, filter.text()))
            .or_insert_with(|| Arc::new(Topic { view, filter, columns: column::all(view), made: Mutex::default() }));
        Arc::clone(topic)
    }
}

/// A view and a filter.
pub struct Topic {
    view: View,
    filter: Filter,
    columns: Vec<At>,
    made: Mutex<Made>,
}

#[derive(Default)]
struct Made {
    frames: VecDeque<(Tick, Option<Bytes>)>,
    bytes: usize,
}

impl Topic {
    /// The view.
    pub fn view(&self) -> View {
        self.view
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The columns that are shown.
    pub fn columns(&self) -> &[At] {
        &self.columns
    }

    /// The frame of a tick; none where nothing changed for this topic.
    pub fn frame(&self, published: &Published) -> Option<Bytes> {
        let tick = published.closed.tick;
        let mut made = self.made.lock().expect("nobody panics while a frame is made");
        if let Ok(at) = made.frames.binary_search_by_key(&tick, |(tick, _)| *tick) {
            return made.frames[at].1.clone();
        }
        let frame = self.make(published);
        if made.frames.back().is_none_or(|(newest, _)| *newest < tick) {
            made.bytes += frame.as_ref().map_or(0, Bytes::len);
            made.frames.push_back((tick, frame.clone()));
            while made.frames.len() > FRAMES_MAX || (made.frames.len() > 1 && made.bytes > FRAME_BYTES_MAX) {
                let gone = made.frames.pop_front().and_then(|(_, frame)| frame);
                made.bytes -= gone.map_or(0, |frame| frame.len());
            }
        }
        frame
    }

    fn make(&self, published: &Published) -> Option<Bytes> {
        let changes = published.closed.changes.iter().find(|changes| changes.view() == self.view)?;
        let (tick, clock) = (published.closed.tick, published.closed.clock);
        let changed = self.changed(changes, clock);
        if changed.is_empty() {
            return None;
        }
        let Changed { inserts, updates, deletes } = changed;
        let frame = TickFrame { tick, clock: clock.to_string(), inserts, updates, deletes };
        Some(event("tick", Some(tick), &frame))
    }

    fn changed_rows<R: SnapshotRow>(&self, rows: &RowChanges<R>, clock: Timestamp) -> Changed {
        let passes = |row: &&R| self.filter.passes(*row, clock);
        let mut passing: Vec<(Option<&R>, Option<&R>)> = rows
            .iter()
            .map(|change| (change.before.as_deref().filter(passes), change.after.as_deref().filter(passes)))
            .collect();
        passing.sort_by_cached_key(|(before, after)| after.or(*before).map(R::key));
        let json = |row: &R| row_json(row, &self.columns, clock);
        let mut changed = Changed::default();
        for change in passing {
            match change {
                (Some(before), Some(after)) => {
                    changed.updates.push(Update { before: json(before), after: json(after) });
                }
                (None, Some(row)) => changed.inserts.push(json(row)),
                (Some(row), None) => changed.deletes.push(json(row)),
                (None, None) => {}
            }
        }
        changed
    }
}

macro_rules! changed {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        impl Topic {
            fn changed(&self, changes: &Changes, clock: Timestamp) -> Changed {
                match changes { $(Changes::$variant(rows) => self.changed_rows::<$row>(rows, clock),)* }
            }
        }
    };
}

for_each_view!(changed);

#[derive(Default)]
struct Changed {
    inserts: Vec<RowJson>,
    updates: Vec<Update>,
    deletes: Vec<RowJson>,
}

impl Changed {
    fn is_empty(&self) -> bool {
        self.inserts.is_empty() && self.updates.is_empty() && self.deletes.is_empty()
    }
}

/// Data of the event `tick`: what one closed tick changed.
#[derive(Serialize, ToSchema)]
pub struct TickFrame {
    tick: Tick,
    clock: String,
    /// Rows that came.
    #[schema(value_type = Vec<Object>)]
    inserts: Vec<RowJson>,
    /// Rows with the same key that changed.
    updates: Vec<Update>,
    /// Rows that went.
    #[schema(value_type = Vec<Object>)]
    deletes: Vec<RowJson>,
}

/// A row that changed.
#[derive(Serialize, ToSchema)]
pub struct Update {
    #[schema(value_type = Object)]
    before: RowJson,
    #[schema(value_type = Object)]
    after: RowJson,
}

/// Data of the event `snapshot`: rows as they are at the first tick.
#[derive(Serialize, ToSchema)]
pub struct SnapshotFrame {
    /// The tick.
    pub tick: Tick,
    /// Its clock.
    pub clock: String,
    /// Some of the rows, in the order of their keys.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<RowJson>,
    /// Whether no more follow.
    pub last: bool,
}

/// An event of a stream of server-sent events.
pub fn event(name: &str, id: Option<Tick>, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("texts and numbers are JSON");
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    Bytes::from(format!("event: {name}\n{id}data: {data}\n\n"))
}
