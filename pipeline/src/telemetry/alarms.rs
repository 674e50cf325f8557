//! What cannot go on at this moment, and why: shown by `/health/ready` and `/metrics` until it goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// Parts of the process that wait for something outside, by name, each with the reason.
#[derive(Debug, Default)]
pub struct Alarms(Mutex<BTreeMap<String, Option<String>>>);

impl Alarms {
    /// A part cannot go on.
    pub fn raise(&self, part: &str, reason: &str) {
        self.lock().insert(part.to_owned(), Some(reason.to_owned()));
    }

    /// A part goes on.
    pub fn clear(&self, part: &str) {
        if let Some(reason) = self.lock().get_mut(part) {
            *reason = None;
        }
    }

    /// Every part that ever could not go on, and why it cannot now.
    pub fn parts(&self) -> BTreeMap<String, Option<String>> {
        self.lock().clone()
    }

    /// Why parts cannot go on; `None` when all do.
    pub fn reason(&self) -> Option<String> {
        let reasons: Vec<String> =
            self.lock().iter().filter_map(|(part, reason)| Some(format!("{part}: {}", reason.as_ref()?))).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().expect("nobody panics while noting an alarm")
    }
}
