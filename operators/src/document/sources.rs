//! Names of the systems that speak, kept once for the life of the process.
//!
//! There are few, and each is in very many documents. So that senders who invent names cannot fill the memory, only
//! so many are kept here, and no long ones; a document with another name has it itself.

use std::collections::BTreeMap;
use std::sync::{OnceLock, RwLock};

/// So many names are kept.
const MOST: usize = 4096;
/// Bytes of the longest name that is kept.
const LONGEST: usize = 64;

/// Those of this process.
pub(super) static SOURCES: Sources = Sources::new();

/// Names by number, and numbers by name. A name that is not kept at first never is.
pub(super) struct Sources {
    names: [OnceLock<Box<str>>; MOST],
    numbers: RwLock<BTreeMap<&'static str, u16>>,
}

const LOCK: &str = "no code panics while it holds the numbers of sources";

impl Sources {
    const fn new() -> Sources {
        Sources { names: [const { OnceLock::new() }; MOST], numbers: RwLock::new(BTreeMap::new()) }
    }

    /// The number of a name, unless it is not kept.
    pub(super) fn number(&'static self, name: &str) -> Option<u16> {
        if let Some(known) = self.numbers.read().expect(LOCK).get(name) {
            return Some(*known);
        }
        let mut numbers = self.numbers.write().expect(LOCK);
        if let Some(known) = numbers.get(name) {
            return Some(*known);
        }
        if name.len() > LONGEST || numbers.len() == MOST {
            return None;
        }
        let number = u16::try_from(numbers.len()).ok()?;
        numbers.insert(self.names[usize::from(number)].get_or_init(|| name.into()), number);
        Some(number)
    }

    /// The name with a number that [`Sources::number`] gave.
    pub(super) fn name(&'static self, number: u16) -> &'static str {
        self.names.get(usize::from(number)).and_then(OnceLock::get).expect("a number is given once its name is kept")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_names_are_kept_than_may_be() {
        static FULL: Sources = Sources::new();
        assert_eq!(FULL.number(&"x".repeat(LONGEST + 1)), None);
        let names: Vec<String> = (0..MOST).map(|nth| format!("system {nth}")).collect();
        let numbers: Vec<u16> = names.iter().map(|name| FULL.number(name).unwrap()).collect();
        assert_eq!((FULL.number("one more"), FULL.number("one more")), (None, None));
        for (name, number) in names.iter().zip(numbers) {
            assert_eq!((FULL.number(name), FULL.name(number)), (Some(number), name.as_str()));
        }
    }
}
