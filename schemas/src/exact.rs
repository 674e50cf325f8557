//! Exact arithmetic that every view shares: rates as fractions, one rounding, and the exact split.

use std::cmp::{Ordering, Reverse};

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use crate::{Currency, Decimal};

/// An exchange rate: how much of the target currency one unit of the source currency is, as an exact fraction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    exact: RBig,
    /// Numerator and denominator where machine integers hold them: those of every real rate.
    small: Option<(i128, i128)>,
}

impl Rate {
    /// The rate of a currency to itself.
    pub fn one() -> Rate {
        Rate::of(RBig::ONE)
    }

    /// A quote: 1 base = `quote` (above 0).
    pub fn quoted(quote: Decimal) -> Rate {
        Rate::of(fraction(quote))
    }

    fn of(exact: RBig) -> Rate {
        let numerator = i128::try_from(exact.numerator()).ok();
        let denominator = i128::try_from(exact.denominator()).ok();
        Rate { small: numerator.zip(denominator), exact }
    }

    /// The rate the other way round.
    pub fn inverse(&self) -> Rate {
        Rate::of(RBig::ONE / &self.exact)
    }

    /// This leg and then another.
    pub fn then(&self, next: &Rate) -> Rate {
        Rate::of(&self.exact * &next.exact)
    }

    /// Converts minor units of `from` to minor units of `to`, rounded once, half away from zero.
    ///
    /// `None` when the result is beyond the range of an `i128`, which no rate between real currencies reaches.
    pub fn convert(&self, minor: i128, from: Currency, to: Currency) -> Option<i128> {
        if from.exponent() == to.exponent() {
            return if from == to { Some(minor) } else { self.at_word(minor).or_else(|| self.apply(&[minor], &[])) };
        }
        self.apply(&[minor, power_of_ten(to.exponent())], &[power_of_ten(from.exponent())])
    }

    /// An amount at this rate where machine words hold all.
    fn at_word(&self, amount: i128) -> Option<i128> {
        let (numerator, denominator) = self.small?;
        let scaled = i64::try_from(amount).ok()?.checked_mul(i64::try_from(numerator).ok()?)?;
        word_quotient(scaled, i64::try_from(denominator).ok()?)
    }

    /// The product of `factors` at this rate over the product of `divisors`, rounded once, half away from zero.
    ///
    /// `None` when the result is beyond the range of an `i128`.
    pub fn apply(&self, factors: &[i128], divisors: &[i128]) -> Option<i128> {
        let small = self.small.and_then(|(numerator, denominator)| {
            let words = word_product(numerator, factors).zip(word_product(denominator, divisors));
            words.and_then(|(numerator, denominator)| word_quotient(numerator, denominator)).or_else(|| {
                small_quotient(product(factors)?.checked_mul(numerator)?, product(divisors)?.checked_mul(denominator)?)
            })
        });
        small.or_else(|| {
            let numerator = big_product(factors) * self.exact.numerator();
            big_quotient(&numerator, &(big_product(divisors) * self.exact.denominator()))
        })
    }

    /// The rate as a fraction.
    pub fn as_fraction(&self) -> &RBig {
        &self.exact
    }
}

/// The product of `factors` over the product of `divisors`, rounded once, half away from zero.
///
/// `None` when the result is beyond the range of an `i128`.
pub fn quotient(factors: &[i128], divisors: &[i128]) -> Option<i128> {
    let words = word_product(1, factors).zip(word_product(1, divisors));
    words
        .and_then(|(numerator, denominator)| word_quotient(numerator, denominator))
        .or_else(|| small_quotient(product(factors)?, product(divisors)?))
        .or_else(|| big_quotient(&big_product(factors), &big_product(divisors)))
}

/// How one product of two numbers compares with another, exactly.
pub fn compare_products(a: [i128; 2], b: [i128; 2]) -> Ordering {
    if let (Some(a), Some(b)) = (wide_product(a), wide_product(b)) {
        return a.cmp(&b);
    }
    match (product(&a), product(&b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => big_product(&a).cmp(&big_product(&b)),
    }
}

/// A first factor times others, where machine words hold them all: so it is with nearly all amounts, and words are
/// multiplied and divided by single instructions.
fn word_product(first: i128, factors: &[i128]) -> Option<i64> {
    let first = i64::try_from(first).ok()?;
    factors.iter().try_fold(first, |product, factor| product.checked_mul(i64::try_from(*factor).ok()?))
}

/// The product of two numbers of a machine word each.
fn wide_product([a, b]: [i128; 2]) -> Option<i128> {
    Some(i128::from(i64::try_from(a).ok()?) * i128::from(i64::try_from(b).ok()?))
}

/// `None` for a division by 0.
fn word_quotient(numerator: i64, denominator: i64) -> Option<i128> {
    let (whole, parts) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let quotient = whole.checked_div(parts)?;
    let remainder = whole - quotient * parts;
    let rounded = i128::from(quotient) + i128::from(remainder >= parts - remainder);
    Some(if (numerator < 0) == (denominator < 0) { rounded } else { -rounded })
}

fn product(factors: &[i128]) -> Option<i128> {
    factors.iter().try_fold(1_i128, |product, factor| product.checked_mul(*factor))
}

fn big_product(factors: &[i128]) -> IBig {
    factors.iter().fold(IBig::ONE, |product, factor| product * IBig::from(*factor))
}

fn small_quotient(numerator: i128, denominator: i128) -> Option<i128> {
    let quotient = numerator.checked_div(denominator)?;
    let remainder = (numerator - quotient * denominator).unsigned_abs();
    if remainder < denominator.unsigned_abs() - remainder {
        Some(quotient)
    } else if (numerator < 0) == (denominator < 0) {
        quotient.checked_add(1)
    } else {
        quotient.checked_sub(1)
    }
}

fn big_quotient(numerator: &IBig, denominator: &IBig) -> Option<i128> {
    let (sign, magnitude) = denominator.clone().into_parts();
    i128::try_from(divide_rounded(&(numerator.clone() * sign), &magnitude)).ok()
}

/// A decimal as an exact fraction.
pub fn fraction(number: Decimal) -> RBig {
    RBig::from_parts(IBig::from(number.units()), UBig::from(Decimal::SCALE.unsigned_abs()))
}

/// 10 to the power of an exponent of minor units.
pub fn power_of_ten(exponent: u32) -> i128 {
    /// Those of all currencies; to multiply them out takes longer than the arithmetic they are for.
    const OF_CURRENCIES: [i128; 5] = [1, 10, 100, 1_000, 10_000];
    OF_CURRENCIES.get(exponent as usize).copied().unwrap_or_else(|| 10_i128.pow(exponent))
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
    if let Some(parts) = small_split(amount, weights, &total) {
        return parts;
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
        remainders.push((Reverse(remainder), index));
    }
    remainders.sort_unstable();
    for (_, index) in remainders.into_iter().take(usize::try_from(left).expect("fewer units than parts are left")) {
        parts[index] += 1;
    }
    let sign = amount.signum();
    parts.into_iter().map(|part| sign * i128::try_from(part).expect("a part is at most the whole")).collect()
}

/// The same where machine integers hold every product.
fn small_split(amount: i128, weights: &[UBig], total: &UBig) -> Option<Vec<i128>> {
    let (whole, total) = (amount.unsigned_abs(), u128::try_from(total).ok()?);
    whole.checked_mul(total)?;
    let mut left = whole;
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders: Vec<(Reverse<u128>, usize)> = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let scaled = whole * u128::try_from(weight).ok()?;
        let floor = scaled / total;
        left -= floor;
        parts.push(i128::try_from(floor).ok()? * amount.signum());
        remainders.push((Reverse(scaled - floor * total), index));
    }
    if left > 0 {
        remainders.sort_unstable();
        for (_, index) in remainders.into_iter().take(usize::try_from(left).ok()?) {
            parts[index] += amount.signum();
        }
    }
    Some(parts)
}

/// As many weights are split over without an allocation.
pub const FEW: usize = 8;

/// A few weights of one machine word each, as nearly all goods of a shipment have them.
#[derive(Clone, Copy, Debug)]
pub struct FewWeights {
    weights: [u64; FEW],
    count: usize,
    total: u64,
}

impl FewWeights {
    /// The weights; `None` where they are not few, or not all of them and their sum are above 0 and machine words.
    pub fn new(weights: impl Iterator<Item = Option<u64>>) -> Option<FewWeights> {
        let mut few = FewWeights { weights: [0; FEW], count: 0, total: 0 };
        for weight in weights {
            let weight = weight.filter(|weight| *weight > 0)?;
            *few.weights.get_mut(few.count)? = weight;
            few.count += 1;
            few.total = few.total.checked_add(weight)?;
        }
        (few.count > 0).then_some(few)
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.count
    }

    /// The weights as integers of any size, for [`split`].
    pub fn weights(&self) -> Vec<UBig> {
        self.weights[..self.count].iter().copied().map(UBig::from).collect()
    }

    /// Splits an amount as [`split`] does; places without a weight stay 0. `None` where it is more than a machine word.
    pub fn split(&self, amount: i128) -> Option<[i128; FEW]> {
        let whole = u64::try_from(amount.unsigned_abs()).ok()?;
        let mut left = whole;
        let (mut parts, mut remainders) = ([0; FEW], [0; FEW]);
        for (index, weight) in self.weights[..self.count].iter().enumerate() {
            let scaled = u128::from(whole) * u128::from(*weight);
            let floor = match u64::try_from(scaled) {
                Ok(scaled) => scaled / self.total,
                Err(_) => u64::try_from(scaled / u128::from(self.total)).expect("a part is at most the whole"),
            };
            left -= floor;
            parts[index] = i128::from(floor) * amount.signum();
            // Both products are beyond a word by the same, for their difference is less than the total.
            remainders[index] = whole.wrapping_mul(*weight).wrapping_sub(floor.wrapping_mul(self.total));
        }
        for _ in 0..left {
            // The remainders come to the total times the units left, so as many of them are above 0.
            let largest = (0..self.count).rev().max_by_key(|index| remainders[*index]).expect("there are weights");
            remainders[largest] = 0;
            parts[largest] += amount.signum();
        }
        Some(parts)
    }
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
    fn numbers_beyond_machine_integers_give_the_same_quotients_and_splits() {
        let huge = 1_i128 << 100;
        for (numerator, denominator) in [(7, 2), (-7, 2), (7, -2), (5, 3), (-5, 3), (4, 3), (0, 5), (6, 3)] {
            let small = quotient(&[numerator], &[denominator]);
            assert_eq!(quotient(&[numerator, huge], &[denominator, huge]), small, "{numerator} / {denominator}");
        }
        assert_eq!(quotient(&[7], &[2]), Some(4));
        assert_eq!(quotient(&[-7], &[2]), Some(-4));
        assert_eq!(quotient(&[4], &[3]), Some(1));
        assert_eq!(quotient(&[huge, huge], &[1]), None);
        assert_eq!(compare_products([huge, huge], [huge, huge + 1]), Ordering::Less);
        let large: Vec<UBig> = weights(&[5, 3, 1]).into_iter().map(|weight| weight << 120).collect();
        for amount in [100, -100, 7, 0, 1] {
            assert_eq!(split(amount, &large), split(amount, &weights(&[5, 3, 1])));
        }
    }

    #[test]
    fn a_few_weights_of_a_word_split_alike() {
        let few = |numbers: &[u64]| FewWeights::new(numbers.iter().copied().map(Some));
        for numbers in [&[1, 1, 1][..], &[5, 3, 1], &[7], &[1, 1, 2, 1, 1, 1, 1, 1], &[1 << 62, 1 << 60, 3], &[9, 9, 2]]
        {
            let prepared = few(numbers).unwrap();
            for amount in [0, 1, -1, 2, 7, 99, 100, -100, 12_345_678_901, i128::from(i64::MAX), i128::from(u64::MAX)] {
                let parts = prepared.split(amount).unwrap();
                assert_eq!(parts[..numbers.len()], split(amount, &weights(numbers)), "{amount} over {numbers:?}");
                assert!(parts[numbers.len()..].iter().all(|part| *part == 0));
            }
        }
        assert!(few(&[1; 9]).is_none() && few(&[]).is_none() && few(&[1, 0]).is_none());
        assert!(few(&[u64::MAX, 1]).is_none() && FewWeights::new([None].into_iter()).is_none());
        assert!(few(&[1, 2]).unwrap().split(1 << 64).is_none());
    }

    #[test]
    fn fractions_come_to_their_common_denominator() {
        let half = RBig::from_parts(1.into(), 2_u8.into());
        let third = RBig::from_parts(1.into(), 3_u8.into());
        assert_eq!(common_weights(&[half, third]), weights(&[3, 2]));
    }
}
