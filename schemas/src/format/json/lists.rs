//! Rules over the elements of a list.

use std::collections::HashSet;
use std::hash::Hash;

/// The first key that stood before, and its index.
pub(super) fn first_repeated<K: Ord + Hash + Clone>(keys: impl Iterator<Item = K> + Clone) -> Option<(usize, K)> {
    // Most documents number their lines in ascending order: then none can repeat.
    if keys.clone().is_sorted_by(|one, next| one < next) {
        return None;
    }
    let mut seen = HashSet::new();
    keys.enumerate().find(|(_, key)| !seen.insert(key.clone()))
}
