//! Limits of a running program.
//!
//! The language has loops and recursion, and its library none that counts. So a program and the definitions it may call
//! are rewritten when they are read: wherever one value makes many, a value goes on or a definition begins, a step is
//! counted. The same record takes the same steps on every machine, which a limit in seconds could not say. Where a step is
//! counted, the size of the value there and the depth of the calls are looked at too.

use std::cell::Cell;

use jaq_core::load::parse::{BinaryOp, Def, Term};
use jaq_core::native::{Fun, bome, run, v};
use jaq_core::{DataT, Error, Lut, data::HasLut, ops::Math};
use jaq_json::Val;

use super::super::canonical::content_id;
use super::super::zone::Zone;
use super::input::string;
use super::terms::for_each_part;

/// Steps of a program for one record: some hundredths of a second.
pub const STEPS_MAX: u64 = 200_000;
/// Outputs for one record.
pub const OUTPUTS_MAX: usize = 10_000;
/// Bytes of all outputs for one record.
pub const OUTPUT_BYTES_MAX: usize = 16 << 20;
/// Bytes of a string, elements of a list, members of an object.
const VALUE_SIZE_MAX: usize = 4 << 20;
/// Values in one another.
const VALUE_DEPTH_MAX: usize = 1_000;
/// Steps between two looks at the depth of a value.
const STEPS_PER_LOOK: u64 = 128;
/// Bytes of the call stack.
const STACK_BYTES_MAX: usize = 512 << 10;

/// The data of programs: limits, and what the filters of our own need.
pub(super) struct Limited;

/// A program that is running.
pub(super) struct Running<'a> {
    pub lut: &'a Lut<Limited>,
    pub zone: &'a Zone,
    steps: Cell<u64>,
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
        Running { lut, zone, steps: Cell::new(0), stack: std::ptr::from_ref(&here).addr() }
    }

    /// Counts a step at which the program has this value.
    fn step(&self, value: &Val) -> Result<(), String> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        let here = 0_u8;
        if steps > STEPS_MAX {
            return Err(format!("more than {STEPS_MAX} steps"));
        }
        if self.stack.abs_diff(std::ptr::from_ref(&here).addr()) > STACK_BYTES_MAX {
            return Err("calls too deep".to_owned());
        }
        if size(value) > VALUE_SIZE_MAX {
            return Err(format!("a value larger than {VALUE_SIZE_MAX}"));
        }
        if steps.is_multiple_of(STEPS_PER_LOOK) && is_deep(value) {
            return Err(format!("a value more than {VALUE_DEPTH_MAX} deep"));
        }
        Ok(())
    }
}

/// How large a value is, without what is in it.
fn size(value: &Val) -> usize {
    match value {
        Val::TStr(text) | Val::BStr(text) => text.len(),
        Val::Arr(elements) => elements.len(),
        Val::Obj(members) => members.len(),
        Val::Null | Val::Bool(_) | Val::Num(_) => 0,
    }
}

/// Whether a value is deeper than it may be, along its first and last parts: those that grow when a program wraps values.
fn is_deep(value: &Val) -> bool {
    [true, false].into_iter().any(|first| {
        let mut inner = value;
        for _ in 0..VALUE_DEPTH_MAX {
            let next = match inner {
                Val::Arr(elements) => {
                    if first {
                        elements.first()
                    } else {
                        elements.last()
                    }
                }
                Val::Obj(members) => if first { members.first() } else { members.last() }.map(|(_, value)| value),
                _ => None,
            };
            match next {
                Some(next) => inner = next,
                None => return false,
            }
        }
        true
    })
}

/// Counts a step and passes the value on; in a path too.
pub(super) const DEFINITIONS: &str = "
def __tick: if __step then . else . end;
def __times($a; $b): if __fits($a; $b) then $a * $b else . end;
";

/// The filters that the limits and mappings need.
pub(super) fn funs() -> [Fun<Limited>; 4] {
    [
        run(("__step", v(0), |cv| {
            let stepped = cv.0.data().step(&cv.1);
            bome(stepped.map(|()| Val::Bool(true)).map_err(Error::str))
        })),
        run(("__fits", v(2), |mut cv| {
            let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
            let repeats = |text: &Val, times: &Val| match times {
                Val::Num(times) if size(text) > 0 => times.as_isize().is_some_and(|times| {
                    usize::try_from(times).unwrap_or(0).saturating_mul(size(text)) <= VALUE_SIZE_MAX
                }),
                _ => true,
            };
            let fits = repeats(&left, &right) && repeats(&right, &left);
            bome(if fits { Ok(Val::Bool(true)) } else { Err(Error::str("a text repeated too often")) })
        })),
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
    ]
}

/// A definition that counts its steps.
pub(super) fn counted(mut definition: Def<&str>) -> Def<&str> {
    // The two that count must not count themselves.
    if !definition.name.starts_with("__t") {
        count(&mut definition.body);
        let body = std::mem::take(&mut definition.body);
        definition.body = piped(Term::Call("__tick", Vec::new()), body);
    }
    definition
}

fn piped<'s>(first: Term<&'s str>, then: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(first), BinaryOp::Pipe(None), Box::new(then))
}

/// Lets every value of a term be counted.
fn tick(term: &mut Term<&str>) {
    let counted = std::mem::take(term);
    *term = piped(counted, Term::Call("__tick", Vec::new()));
}

/// Rewrites a term so that it counts its steps.
fn count(term: &mut Term<&str>) {
    for_each_part(term, &mut |part| count(part));
    match term {
        Term::Arr(Some(part)) => tick(part),
        Term::BinOp(left, BinaryOp::Pipe(_), _) => tick(left),
        Term::BinOp(left, BinaryOp::Math(Math::Mul), right) => {
            let operands = vec![std::mem::take(&mut **left), std::mem::take(&mut **right)];
            *term = Term::Call("__times", operands);
        }
        Term::Fold(_, source, _, arguments) => {
            tick(source);
            arguments.iter_mut().skip(1).for_each(tick);
        }
        Term::IfThenElse(branches, _) => branches.iter_mut().for_each(|(condition, _)| tick(condition)),
        Term::Def(definitions, _) => {
            for definition in definitions {
                let body = std::mem::take(&mut definition.body);
                definition.body = piped(Term::Call("__tick", Vec::new()), body);
            }
        }
        Term::Call(_, arguments) => arguments.iter_mut().for_each(tick),
        _ => {}
    }
}
