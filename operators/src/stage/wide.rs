//! Amounts as findings carry them.

use serde::{Deserialize, Serialize};

/// An integer of 128 bits that needs no more alignment than one of 64: what travels with an amount is smaller by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(Rust, packed(8))]
pub struct Wide(i128);

impl Wide {
    /// The integer.
    pub fn get(self) -> i128 {
        self.0
    }
}

impl From<i128> for Wide {
    fn from(amount: i128) -> Wide {
        Wide(amount)
    }
}
