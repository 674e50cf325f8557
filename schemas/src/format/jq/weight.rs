//! How much a value is: what it takes to read, compare, copy or show it.
//!
//! Values share their parts, so a small program can make one that is a thousand million parts long when it is written out.
//! A weight counts a part as often as it is met.

use jaq_json::{Num, Val};

/// Bytes of a text, or bits of a number over eight, that weigh as much as one value.
const BYTES_PER_UNIT: usize = 16;
/// Values in one another.
pub(super) const VALUE_DEPTH_MAX: usize = 1_000;

/// Why a value has no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unweighed {
    /// It is heavier than was asked for.
    Heavy,
    /// It is more than [`VALUE_DEPTH_MAX`] deep.
    Deep,
}

/// The weight of a value with all that is in it, if it is at most `most`.
pub(super) fn weight(value: &Val, most: usize) -> Result<usize, Unweighed> {
    let mut left = most;
    take(value, &mut left, VALUE_DEPTH_MAX)?;
    Ok(most - left)
}

fn take(value: &Val, left: &mut usize, depth: usize) -> Result<(), Unweighed> {
    let own = match value {
        Val::TStr(text) | Val::BStr(text) => 1 + text.len() / BYTES_PER_UNIT,
        Val::Num(Num::BigInt(number)) => 1 + usize::try_from(number.bits()).unwrap_or(usize::MAX) / 8 / BYTES_PER_UNIT,
        Val::Num(Num::Dec(digits)) => 1 + digits.len() / BYTES_PER_UNIT,
        _ => 1,
    };
    *left = left.checked_sub(own).ok_or(Unweighed::Heavy)?;
    let below = depth.checked_sub(1).ok_or(Unweighed::Deep)?;
    match value {
        Val::Arr(elements) => elements.iter().try_for_each(|element| take(element, left, below)),
        Val::Obj(members) => members.iter().try_for_each(|(key, value)| {
            take(key, left, below)?;
            take(value, left, below)
        }),
        _ => Ok(()),
    }
}

/// The weight of the lighter of two values, if it is at most `most`: a comparison reads no more of either.
pub(super) fn lighter(one: &Val, other: &Val, most: usize) -> Result<usize, Unweighed> {
    let mut bound = 16;
    loop {
        match weight(one, bound).or_else(|_| weight(other, bound)) {
            Ok(weight) => return Ok(weight),
            Err(why) if bound >= most => return Err(why),
            Err(_) => bound = (bound * 16).min(most),
        }
    }
}

/// How large a value is, without what is in it.
pub(super) fn size(value: &Val) -> usize {
    match value {
        Val::TStr(text) | Val::BStr(text) => text.len(),
        Val::Arr(elements) => elements.len(),
        Val::Obj(members) => members.len(),
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    }
}

/// States of the automaton of a regular expression, at most, and its groups. Repeats count as often as they may be
/// taken, one in another as often as both.
pub(super) fn automaton(pattern: &[u8]) -> (usize, usize) {
    let (mut sums, mut sum, mut last, mut groups) = (Vec::new(), 1_usize, 0_usize, 0);
    let mut rest = pattern.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'(' => {
                groups += 1;
                sums.push(sum.saturating_add(last));
                (sum, last) = (2, 0);
            }
            b')' => {
                last = sum.saturating_add(last);
                sum = sums.pop().unwrap_or(1);
            }
            b'{' => {
                let inside: Vec<u8> = rest.by_ref().take_while(|byte| *byte != b'}').collect();
                let bounds = inside.split(|byte| !byte.is_ascii_digit());
                let bounds = bounds.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok());
                last = last.max(1).saturating_mul(bounds.max().unwrap_or(1).max(1)).saturating_add(1);
            }
            other => {
                if other == b'\\' {
                    rest.next();
                }
                sum = sum.saturating_add(last);
                last = 1;
            }
        }
    }
    let open = sums.into_iter().fold(0, usize::saturating_add);
    (sum.saturating_add(last).saturating_add(open), groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Val {
        jaq_json::read::parse_single(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn a_part_weighs_as_often_as_it_is_met() {
        assert_eq!(weight(&value("[1,[2,3],{\"a\":null}]"), 100), Ok(8));
        assert_eq!(weight(&value("[1,[2,3],{\"a\":null}]"), 7), Err(Unweighed::Heavy));
        let doubled = (0..60).fold(Val::Null, |part, _| [part.clone(), part].into_iter().collect());
        assert_eq!(weight(&doubled, 1000), Err(Unweighed::Heavy));
        let nested = (0..2000).fold(Val::Null, |part, _| [part].into_iter().collect());
        assert_eq!(weight(&nested, 10_000), Err(Unweighed::Deep));
        assert_eq!(lighter(&doubled, &value("[1]"), 1000), Ok(2));
        assert_eq!(lighter(&doubled, &doubled, 1000), Err(Unweighed::Heavy));
    }

    #[test]
    fn repeats_in_one_another_multiply() {
        for (pattern, least) in [("a", 1), ("abc", 3), ("a{9}", 9), ("(a{9}){9}", 81), ("((a{9,}b){9}){2,9}", 729)] {
            let (states, _) = automaton(pattern.as_bytes());
            assert!(states >= least && states < 4 * least + 8, "{pattern}: {states}");
        }
        assert_eq!(automaton(b"(a)(b(c))\\(").1, 3);
        assert_eq!(automaton(b"((((((((((a{9999}){9999}){9999}){9999}){9999}){9999}").0, usize::MAX);
    }
}
