//! Which worker a key belongs to: the same for every process, version and run.

use std::hash::{Hash, Hasher};

/// FNV-1a: fixed by definition, so that all processes of a cluster agree.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // FNV's low bits are weak and timely uses them.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The route of a key: workers take it modulo their number.
pub fn route<K: Hash>(key: &K) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    key.hash(&mut hasher);
    hasher.finish()
}
