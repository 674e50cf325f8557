//! Rules over the elements of a list.

use std::collections::HashSet;
use std::hash::Hash;

/// Keys of which each is compared with all before it: to hash so few takes longer.
const COMPARED_MAX: usize = 16;

/// The first key that stood before, and its index.
pub(super) fn first_repeated<K: Ord + Hash + Clone>(keys: impl Iterator<Item = K> + Clone) -> Option<(usize, K)> {
    // Most documents number their lines in ascending order: then none can repeat.
    if keys.clone().is_sorted_by(|one, next| one < next) {
        return None;
    }
    if keys.clone().nth(COMPARED_MAX).is_none() {
        return keys.clone().enumerate().find(|(index, key)| keys.clone().take(*index).any(|before| before == *key));
    }
    let mut seen = HashSet::new();
    keys.enumerate().find(|(_, key)| !seen.insert(key.clone()))
}
