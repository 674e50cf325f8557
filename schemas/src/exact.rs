//! Exact arithmetic that every view shares: rates as fractions, one rounding, and the exact split.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::{Currency, Decimal};

/// An exchange rate: how much of the target currency one unit of the source currency is, as an exact fraction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rate(RBig);

impl Rate {
    /// The rate of a currency to itself.
    pub fn one() -> Rate {
        Rate(RBig::ONE)
    }

    /// A quote: 1 base = `quote` (above 0).
    pub fn quoted(quote: Decimal) -> Rate {
        Rate(fraction(quote))
    }

    /// The rate the other way round.
    pub fn inverse(&self) -> Rate {
        Rate(RBig::ONE / &self.0)
    }

    /// This leg and then another.
    pub fn then(&self, next: &Rate) -> Rate {
        Rate(&self.0 * &next.0)
    }

    /// Converts minor units of `from` to minor units of `to`, rounded once, half away from zero.
    ///
    /// `None` when the result is beyond the range of an `i128`, which no rate between real currencies reaches.
    pub fn convert(&self, minor: i128, from: Currency, to: Currency) -> Option<i128> {
        if from == to {
            return Some(minor);
        }
        let numerator = IBig::from(minor) * self.0.numerator() * IBig::from(power_of_ten(to.exponent()));
        let denominator = self.0.denominator() * power_of_ten(from.exponent());
        i128::try_from(divide_rounded(&numerator, &denominator)).ok()
    }

    /// The rate as a fraction.
    pub fn as_fraction(&self) -> &RBig {
        &self.0
    }
}

/// A decimal as an exact fraction.
pub fn fraction(number: Decimal) -> RBig {
    RBig::from_parts(IBig::from(number.units()), UBig::from(Decimal::SCALE.unsigned_abs()))
}

fn power_of_ten(exponent: u32) -> UBig {
    UBig::from(10_u64.pow(exponent))
}

/// `numerator / denominator`, rounded half away from zero.
pub fn divide_rounded(numerator: &IBig, denominator: &UBig) -> IBig {
    use dashu_int::ops::{Abs, DivRem};
    let (quotient, remainder) = numerator.clone().div_rem(IBig::from(denominator.clone()));
    if remainder.clone().abs() * 2_u8 < IBig::from(denominator.clone()) {
        quotient
    } else if *numerator < IBig::ZERO {
        quotient - 1
    } else {
        quotient + 1
    }
}

/// A fraction rounded half away from zero to an integer.
pub fn round(value: &RBig) -> IBig {
    divide_rounded(value.numerator(), value.denominator())
}

/// A fraction times 10^6, rounded half away from zero: the six decimals of rates, coverages and unit costs.
pub fn six_decimals(value: &RBig) -> Option<i128> {
    i128::try_from(divide_rounded(&(value.numerator() * IBig::from(1_000_000)), value.denominator())).ok()
}

/// Splits an integer amount over weights, exactly: each part is floored on the absolute value, the units left
/// go one each to the largest remainders, ties to the earlier part; the sign is restored.
///
/// The parts sum to the whole, always. Pass the weights in the order of their keys.
///
/// # Panics
/// If there are no weights or all are zero: the caller falls back to another basis first.
pub fn split(amount: i128, weights: &[UBig]) -> Vec<i128> {
    let total: UBig = weights.iter().sum();
    assert!(total > UBig::ZERO, "a split needs a positive weight");
    if weights.len() == 1 {
        return vec![amount];
    }
    let whole = UBig::from(amount.unsigned_abs());
    let mut left = amount.unsigned_abs();
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        use dashu_int::ops::DivRem;
        let (floor, remainder) = (&whole * weight).div_rem(&total);
        let floor = u128::try_from(floor).expect("a part is at most the whole");
        left -= floor;
        parts.push(floor);
        remainders.push((std::cmp::Reverse(remainder), index));
    }
    remainders.sort_unstable();
    for (_, index) in remainders.into_iter().take(usize::try_from(left).expect("fewer units than parts are left")) {
        parts[index] += 1;
    }
    let sign = amount.signum();
    parts.into_iter().map(|part| sign * i128::try_from(part).expect("a part is at most the whole")).collect()
}

/// Brings fractions to their least common denominator, so that they can serve as weights of [`split`].
///
/// Negative fractions have no place in a split and count as zero.
pub fn common_weights(fractions: &[RBig]) -> Vec<UBig> {
    use dashu_int::ops::Gcd;
    let denominator = fractions.iter().fold(UBig::ONE, |common, fraction| {
        let own = fraction.denominator();
        let divisor = (&common).gcd(own);
        common / divisor * own
    });
    fractions
        .iter()
        .map(|fraction| {
            let scaled = fraction.numerator() * IBig::from(&denominator / fraction.denominator());
            UBig::try_from(scaled).unwrap_or(UBig::ZERO)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(numbers: &[u64]) -> Vec<UBig> {
        numbers.iter().copied().map(UBig::from).collect()
    }

    #[test]
    fn parts_sum_to_the_whole_and_units_left_go_to_the_largest_remainders() {
        assert_eq!(split(100, &weights(&[1, 1, 1])), [34, 33, 33]);
        assert_eq!(split(-100, &weights(&[1, 1, 1])), [-34, -33, -33]);
        assert_eq!(split(10, &weights(&[0, 3, 1])), [0, 8, 2]);
        assert_eq!(split(0, &weights(&[2, 5])), [0, 0]);
    }

    #[test]
    fn conversion_rounds_once_half_away_from_zero() {
        let usd: Currency = "USD".parse().unwrap();
        let jpy: Currency = "JPY".parse().unwrap();
        let rate = Rate::quoted(Decimal::from_units(Decimal::SCALE / 2));
        assert_eq!(rate.convert(1, Currency::EUR, usd), Some(1));
        assert_eq!(rate.convert(-1, Currency::EUR, usd), Some(-1));
        assert_eq!(rate.convert(300, Currency::EUR, jpy), Some(2));
        assert_eq!(rate.inverse().convert(3, jpy, usd), Some(600));
    }

    #[test]
    fn fractions_come_to_their_common_denominator() {
        let half = RBig::from_parts(1.into(), 2_u8.into());
        let third = RBig::from_parts(1.into(), 3_u8.into());
        assert_eq!(common_weights(&[half, third]), weights(&[3, 2]));
    }
}
