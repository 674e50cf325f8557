//! A sink that has no progress while there is a checkpoint: what its topics should hold is compared with what they do.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use landfall_engine::ClosedTick;
use landfall_operators::rows::View;

use super::row::{ChangedRow, changed_rows};

/// Rows as a checkpoint brings them back, and what the topics held.
pub(super) struct Resync {
    views: Vec<View>,
    rows: HashMap<(View, Vec<u8>), Vec<u8>>,
    held: HashMap<(View, Vec<u8>), u64>,
    hasher: RandomState,
}

impl Resync {
    pub(super) fn new(views: &[View]) -> Resync {
        Resync { views: views.to_vec(), rows: HashMap::new(), held: HashMap::new(), hasher: RandomState::new() }
    }

    /// A record of a view's topic.
    pub(super) fn holds(&mut self, view: View, key: &[u8], value: Option<&[u8]>) {
        match value {
            Some(value) => self.held.insert((view, key.to_vec()), self.hasher.hash_one(value)),
            None => self.held.remove(&(view, key.to_vec())),
        };
    }

    /// Part of what the checkpoint brings back, or a tick after it.
    pub(super) fn apply(&mut self, closed: &ClosedTick) {
        for changes in closed.changes.iter().filter(|changes| self.views.contains(&changes.view())) {
            for row in changed_rows(changes) {
                match row.value {
                    Some(value) => self.rows.insert((row.view, row.key), value),
                    None => self.rows.remove(&(row.view, row.key)),
                };
            }
        }
    }

    /// What has to be written so that the topics hold the rows.
    pub(super) fn missing(mut self) -> Vec<ChangedRow> {
        let mut changes = Vec::new();
        for ((view, key), value) in self.rows {
            let place = (view, key);
            if self.held.remove(&place) != Some(self.hasher.hash_one(value.as_slice())) {
                changes.push(ChangedRow { view, key: place.1, value: Some(value) });
            }
        }
        changes.extend(self.held.into_keys().map(|(view, key)| ChangedRow { view, key, value: None }));
        changes
    }
}
