//! Limits of a running program.
//!
//! The language has loops and recursion, and its library none that counts. So a program and the definitions it may call
//! are rewritten when they are read ([`super::counted`]), to count steps and to weigh values. The same record takes the
//! same steps on every machine, which a limit in seconds could not say.

use std::cell::Cell;

use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{DataT, Error, Lut, data::HasLut};
use jaq_json::{Num, Val};

use super::super::canonical::content_id;
use super::super::zone::Zone;
use super::input::{of_json, string};
use super::weight::{Unweighed, VALUE_DEPTH_MAX, automaton, lighter, size, weight};

/// Steps of a program for one record: some hundredths of a second.
pub const STEPS_MAX: u64 = 200_000;
/// Values that a program reads or makes for one record by filters that take no steps; 16 bytes of text are one.
pub const WEIGHT_MAX: usize = 4_000_000;
/// Outputs for one record.
pub const OUTPUTS_MAX: usize = 10_000;
/// Bytes of all outputs for one record.
pub const OUTPUT_BYTES_MAX: usize = 16 << 20;
/// Bytes of a string, elements of a list, members of an object.
const VALUE_SIZE_MAX: usize = 1 << 20;
/// Bytes of the call stack.
const STACK_BYTES_MAX: usize = 512 << 10;
/// Bytes of the call stack for each halving of the size that a value may have: what calls hold adds up.
const STACK_BYTES_PER_HALVING: usize = 64 << 10;
/// Bits of a number.
const NUMBER_BITS_MAX: u64 = 1 << 14;
/// Bytes of a text that is searched for all places, times the groups of what is looked for.
const SEARCHED_MAX: usize = 256 << 10;

/// The data of programs: limits, and what the filters of our own need.
pub(super) struct Limited;

/// A program that is running.
pub(super) struct Running<'a> {
    pub lut: &'a Lut<Limited>,
    pub zone: &'a Zone,
    steps: Cell<u64>,
    /// What may still be read or made.
    weight: Cell<usize>,
    /// Where the call stack stood at the start.
    stack: usize,
}

impl DataT for Limited {
    type V<'a> = Val;
    type Data<'a> = &'a Running<'a>;
}

impl<'a> HasLut<'a, Limited> for &'a Running<'a> {
    fn lut(&self) -> &'a Lut<Limited> {
        self.lut
    }
}

impl<'a> Running<'a> {
    /// A program that starts.
    pub fn new(lut: &'a Lut<Limited>, zone: &'a Zone) -> Running<'a> {
        let here = 0_u8;
        let stack = std::ptr::from_ref(&here).addr();
        Running { lut, zone, steps: Cell::new(0), weight: Cell::new(WEIGHT_MAX), stack }
    }

    /// Counts a step at which the program has this value.
    fn step(&self, value: &Val) -> Result<(), String> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let here = 0_u8;
        let depth = self.stack.abs_diff(std::ptr::from_ref(&here).addr());
        if steps > STEPS_MAX {
            return Err(format!("more than {STEPS_MAX} steps"));
        }
        if depth > STACK_BYTES_MAX {
            return Err("calls too deep".to_owned());
        }
        let most = VALUE_SIZE_MAX >> (depth / STACK_BYTES_PER_HALVING);
        if size(value) > most {
            return Err(format!("a value larger than {most}"));
        }
        Ok(())
    }

    /// Counts what is read or made. A program that has had enough is not given more where it catches that.
    fn spend(&self, weight: Result<usize, Unweighed>) -> Result<(), String> {
        let left = weight.and_then(|weight| self.weight.get().checked_sub(weight).ok_or(Unweighed::Heavy));
        self.weight.set(left.unwrap_or(0));
        match left {
            Ok(_) => Ok(()),
            Err(Unweighed::Heavy) => Err(format!("more than {WEIGHT_MAX} values read or made")),
            Err(Unweighed::Deep) => Err(format!("a value more than {VALUE_DEPTH_MAX} deep")),
        }
    }

    /// Counts a value with all that is in it.
    fn weigh(&self, value: &Val) -> Result<(), String> {
        self.spend(weight(value, self.weight.get()))
    }

    /// Counts a value without what is in it.
    fn copy(&self, value: &Val) -> Result<(), String> {
        let size_per_unit = if matches!(value, Val::TStr(_) | Val::BStr(_)) { 4096 } else { 32 };
        self.spend(Ok(size(value) / size_per_unit))
    }

    /// Counts a comparison.
    fn compare(&self, one: &Val, other: &Val) -> Result<(), String> {
        self.spend(lighter(one, other, self.weight.get()))
    }

    /// Counts a product.
    fn multiply(&self, one: &Val, other: &Val) -> Result<(), String> {
        let bits = |value: &Val| match value {
            Val::Num(Num::BigInt(number)) => number.bits(),
            _ => 64,
        };
        if bits(one) + bits(other) > NUMBER_BITS_MAX {
            return Err(format!("a number of more than {NUMBER_BITS_MAX} bits"));
        }
        let repeats = |text: &Val, times: &Val| match times {
            Val::Num(times) if size(text) > 0 => times
                .as_isize()
                .is_some_and(|times| usize::try_from(times).unwrap_or(0).saturating_mul(size(text)) <= VALUE_SIZE_MAX),
            _ => true,
        };
        let fits = repeats(one, other) && repeats(other, one);
        if fits { Ok(()) } else { Err("a text repeated too often".to_owned()) }
    }

    /// Counts the search for a value in another.
    fn find(&self, within: &Val, sought: &Val) -> Result<(), String> {
        let all = self.weight.get();
        let sought = match sought {
            Val::TStr(text) | Val::BStr(text) => Ok(1 + text.len()),
            other => weight(other, all),
        };
        let both = sought.and_then(|sought| Ok(weight(within, all)?.saturating_mul(sought)));
        self.spend(both)
    }

    /// Counts the search for a regular expression in a text.
    fn search(&self, within: &Val, pattern: &Val, flags: &Val) -> Result<(), String> {
        let bytes = |value: &Val| match value {
            Val::TStr(text) | Val::BStr(text) => text.to_vec(),
            _ => Vec::new(),
        };
        let (states, groups) = automaton(&bytes(pattern));
        let (length, places) = (size(within) + 1, groups + 1);
        if bytes(flags).contains(&b'g') && length.saturating_mul(places) > SEARCHED_MAX {
            let most = SEARCHED_MAX / places;
            return Err(format!("all places in a text of {} bytes: expected at most {most}", size(within)));
        }
        self.spend(Ok(states.saturating_mul(length + 16) / 16))
    }
}

/// What a condition of the rewritten programs gives: true, or the limit that was passed.
fn passed(checked: Result<(), String>) -> Result<Val, Error<Val>> {
    checked.map(|()| Val::Bool(true)).map_err(Error::str)
}

/// The filters that the limits need.
pub(super) fn limits() -> [Fun<Limited>; 10] {
    [
        run(("__step", v(0), |cv| bome(passed(cv.0.data().step(&cv.1))))),
        run(("__weigh", v(0), |cv| bome(passed(cv.0.data().weigh(&cv.1))))),
        run(("__counted", v(0), |cv| bome(cv.0.data().step(&cv.1).map(|()| cv.1).map_err(Error::str)))),
        run(("__weighed", v(0), |cv| bome(cv.0.data().weigh(&cv.1).map(|()| cv.1).map_err(Error::str)))),
        run(("__copied", v(0), |cv| bome(cv.0.data().copy(&cv.1).map(|()| cv.1).map_err(Error::str)))),
        run(("__kept", v(0), |cv| {
            let running = cv.0.data();
            let kept = running.step(&cv.1).and_then(|()| running.weigh(&cv.1));
            bome(kept.map(|()| cv.1).map_err(Error::str))
        })),
        run(("__fits", v(2), |mut cv| {
            let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
            bome(passed(cv.0.data().multiply(&left, &right)))
        })),
        run(("__comparable", v(2), |mut cv| {
            let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
            bome(passed(cv.0.data().compare(&left, &right)))
        })),
        run(("__findable", v(1), |mut cv| {
            let sought = cv.0.pop_var();
            bome(passed(cv.0.data().find(&cv.1, &sought)))
        })),
        run(("__searchable", v(2), |mut cv| {
            let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
            bome(passed(cv.0.data().search(&cv.1, &pattern, &flags)))
        })),
    ]
}

/// The filters for mappings. `fromjson` stands in place of the library's, which knows no depth at which to stop.
pub(super) fn own() -> [Fun<Limited>; 3] {
    [
        run(("zoned", v(0), |cv| {
            let zone = cv.0.data().zone;
            let read = match &cv.1 {
                Val::TStr(text) => zone.read(&String::from_utf8_lossy(text)).map_err(|problem| problem.to_string()),
                _ => Err("no string".to_owned()),
            };
            let shown = read.map(|time| string(&time.to_string()));
            bome(shown.map_err(|problem| Error::str(format_args!("{} is {problem}", cv.1))))
        })),
        run(("digest", v(0), |cv| bome(Ok(string(&content_id([cv.1.to_string().as_str()])))))),
        run(("fromjson", v(0), |cv| {
            let read = match &cv.1 {
                Val::TStr(text) => of_json(&String::from_utf8_lossy(text)).map_err(|fault| fault.message),
                _ => Err("no string".to_owned()),
            };
            bome(read.map_err(|problem| Error::str(format_args!("not JSON: {problem}: {}", cv.1))))
        })),
    ]
}
