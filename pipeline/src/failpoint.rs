//! Named places at which a test can have the process die, as `kill -9` would.
//!
//! `LANDFALL_FAILPOINT=before-manifest:3` ends the process when it reaches that place for the third time. Not set, as always
//! outside tests, this costs a comparison.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

struct Armed {
    place: String,
    left: AtomicU64,
}

/// Ends the process if the environment says so for this place.
pub fn reach(place: &str) {
    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    let armed = ARMED.get_or_init(|| {
        let text = std::env::var("LANDFALL_FAILPOINT").ok()?;
        let (place, times) = text.split_once(':').unwrap_or((&text, "1"));
        Some(Armed { place: place.to_owned(), left: AtomicU64::new(times.parse().unwrap_or(1)) })
    });
    if let Some(armed) = armed
        && armed.place == place
        && armed.left.fetch_sub(1, Ordering::AcqRel) == 1
    {
        // No destructor and no buffer gets a chance.
        std::process::abort();
    }
}
