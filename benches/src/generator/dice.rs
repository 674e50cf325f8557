//! Seeded chance, the same on every machine and with every version of `rand`.
//!
//! The generator behind it is xoshiro256++, whose output is fixed by its reference implementation. Seeding (SplitMix64)
//! and the mapping of words to ranges (multiply and shift) are done here, because `rand` promises neither across
//! versions.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// A probability as a threshold on 32 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Odds(u64);

impl Odds {
    /// From a percentage; below 0 counts as 0, above 100 as 100.
    #[allow(clippy::float_arithmetic, reason = "a setting, turned once into an integer threshold")]
    pub(crate) fn from_pct(pct: f64) -> Odds {
        let share = pct.clamp(0.0, 100.0) / 100.0;
        Odds((share * 4_294_967_296.0) as u64)
    }
}

/// A source of chance that belongs to one part of the population.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    rng: Xoshiro256PlusPlus,
}

/// The finaliser of SplitMix64: a bijection that spreads every bit.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// The dice of the part of the population that `path` names.
    pub(crate) fn new(seed: u64, path: &[u64]) -> Dice {
        let mut state = path.iter().fold(mix(seed), |state, step| mix(state ^ mix(*step)));
        let mut bytes = [0_u8; 32];
        for word in bytes.chunks_exact_mut(8) {
            state = mix(state);
            word.copy_from_slice(&state.to_le_bytes());
        }
        Dice { rng: Xoshiro256PlusPlus::from_seed(bytes) }
    }

    /// A number from 0 to `count` - 1.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        debug_assert!(count > 0, "a choice has at least one outcome");
        ((u128::from(self.rng.next_u64()) * u128::from(count)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        debug_assert!(low <= high, "a range has its ends in order");
        low + self.below((high - low) as u64 + 1) as i64
    }

    /// An index into something of this length.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True in `pct` of 100 cases.
    pub(crate) fn percent(&mut self, pct: u64) -> bool {
        self.below(100) < pct
    }

    /// True in `count` of 1000 cases.
    pub(crate) fn per_mille(&mut self, count: u64) -> bool {
        self.below(1000) < count
    }

    /// True with these odds.
    pub(crate) fn chance(&mut self, odds: Odds) -> bool {
        self.rng.next_u64() >> 32 < odds.0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.index(choices.len())]
    }

    /// One of these by weight; the weights' sum is above 0.
    pub(crate) fn weighted<T: Clone>(&mut self, choices: &[(T, u64)]) -> T {
        let mut left = self.below(choices.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in choices {
            if left < *weight {
                return choice.clone();
            }
            left -= weight;
        }
        unreachable!("the number drawn is below the sum of the weights")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixed words: a change here changes every population and every published measurement.
    #[test]
    fn words_are_fixed() {
        let mut dice = Dice::new(7, &[1, 2]);
        let drawn: Vec<u64> = (0..4).map(|_| dice.below(1_000_000)).collect();
        let mut again = Dice::new(7, &[1, 2]);
        assert_eq!(drawn, (0..4).map(|_| again.below(1_000_000)).collect::<Vec<_>>());
        assert_eq!(drawn, WORDS);
        let mut other = Dice::new(7, &[2, 1]);
        assert_ne!(drawn, (0..4).map(|_| other.below(1_000_000)).collect::<Vec<_>>());
    }

    const WORDS: [u64; 4] = [218_180, 336_976, 99_269, 570_367];

    #[test]
    fn odds_follow_their_percentage() {
        let mut dice = Dice::new(1, &[]);
        let (never, always, tenth) = (Odds::from_pct(-1.0), Odds::from_pct(100.0), Odds::from_pct(10.0));
        let hits = (0..10_000).filter(|_| dice.chance(tenth)).count();
        assert!((900..1100).contains(&hits), "{hits} of 10000");
        assert!((0..1000).all(|_| dice.chance(always) && !dice.chance(never)));
    }
}
