//! What becomes of values that are told apart by a key: how closed ticks say what they changed.

use serde::{Deserialize, Serialize};

/// A value that came, that went, or that took the place of another with its key. One of the two is always there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// What was there before.
    pub before: Option<T>,
    /// What is there now.
    pub after: Option<T>,
}

impl<T> Change<T> {
    /// A value that came.
    pub fn came(value: T) -> Change<T> {
        Change { before: None, after: Some(value) }
    }

    /// Both ends: of a value that takes another's place, two.
    pub fn ends(&self) -> usize {
        usize::from(self.before.is_some()) + usize::from(self.after.is_some())
    }

    /// What goes and comes, with how its count changes.
    pub fn updates(self) -> impl Iterator<Item = (T, isize)> {
        self.before.map(|value| (value, -1)).into_iter().chain(self.after.map(|value| (value, 1)))
    }
}
