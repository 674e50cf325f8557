//! Programs rewritten so that they count what they do.
//!
//! Wherever one value makes many, a value goes on or a definition begins, a step is counted. Wherever a value becomes part
//! of another, is compared, or is read as a whole by a filter of the library, it is weighed.

use std::collections::HashSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::{Cmp, Math};
use jaq_core::path::{Part, Path};

use super::terms::for_each_part;

/// What the rewritten programs call, in paths too, besides the filters in `limits`.
pub(super) const DEFINITIONS: &str = "
def __tick: if __step then . else . end;
def __weighing: if __weigh then . else . end;
def __grown($part): if ($part | __weigh) then . else . end;
def __dropped: if __weigh then ({}[] as $x | .) else . end;
def __times($a; $b): if __fits($a; $b) then $a * $b else . end;
def __eq($a; $b): if __comparable($a; $b) then $a == $b else . end;
def __ne($a; $b): if __comparable($a; $b) then $a != $b else . end;
def __lt($a; $b): if __comparable($a; $b) then $a < $b else . end;
def __le($a; $b): if __comparable($a; $b) then $a <= $b else . end;
def __gt($a; $b): if __comparable($a; $b) then $a > $b else . end;
def __ge($a; $b): if __comparable($a; $b) then $a >= $b else . end;
def __indices($b): if __findable($b) then indices($b) else . end;
def __contains($b): if __findable($b) then contains($b) else . end;
def __matches($re; $flags): if __searchable($re; $flags) then matches($re; $flags) else . end;
def __split_($re; $flags): if __searchable($re; $flags) then split_($re; $flags) else . end;
def __split_matches($re; $flags): if __searchable($re; $flags) then split_matches($re; $flags) else . end;
";

/// Filters of the library that must be asked for with what they are given, and what asks.
const ASKED: [(&str, &str); 5] = [
    ("contains", "__contains"),
    ("indices", "__indices"),
    ("matches", "__matches"),
    ("split_", "__split_"),
    ("split_matches", "__split_matches"),
];

/// Filters of the library that hand on what they are given, or may stand in paths.
const LIGHT: [&str; 8] = ["error_empty", "first", "last", "limit", "path", "path_value", "range", "skip"];

/// Filters of the library that copy or look at what they are given, but not at what is in it.
const SHALLOW: [&str; 12] = [
    "endswith",
    "has",
    "key_values",
    "keys_unsorted",
    "length",
    "ltrim",
    "ltrimstr",
    "reverse",
    "rtrim",
    "rtrimstr",
    "startswith",
    "trim",
];

/// The variable that holds what is assigned.
const ASSIGNED: &str = "$__assigned";

/// Rewrites programs.
pub(super) struct Counter {
    /// Filters of the library that are not written in the language, by name and number of arguments.
    pub natives: HashSet<(&'static str, usize)>,
}

impl Counter {
    /// A definition that counts.
    pub fn counted<'s>(&self, mut definition: Def<&'s str>) -> Def<&'s str> {
        self.count(&mut definition.body);
        begin(&mut definition);
        definition
    }

    /// Rewrites a term.
    fn count(&self, term: &mut Term<&str>) {
        for_each_part(term, &mut |part| self.count(part));
        match term {
            Term::Arr(Some(part)) => through(part, "__kept"),
            Term::Obj(members) if !members.is_empty() => through(term, "__weighed"),
            Term::Str(_, parts) => parts.iter_mut().for_each(|part| {
                if let StrPart::Term(part) = part {
                    through(part, "__weighed");
                }
            }),
            Term::BinOp(..) => operation(term),
            Term::Fold(_, source, _, arguments) => {
                tick(source);
                arguments.iter_mut().skip(1).for_each(tick);
            }
            Term::IfThenElse(branches, _) => branches.iter_mut().for_each(|(condition, _)| tick(condition)),
            Term::TryCatch(_, handler) => {
                // A message shows the value that it is about.
                *handler = Some(Box::new(match handler.take() {
                    Some(handler) => piped(call("__weighing"), *handler),
                    None => call("__dropped"),
                }));
            }
            Term::Def(definitions, _) => definitions.iter_mut().for_each(begin),
            Term::Call(..) => self.call(term),
            Term::Path(..) => path(term),
            _ => {}
        }
    }

    fn call(&self, term: &mut Term<&str>) {
        let Term::Call(name, arguments) = term else { return };
        arguments.iter_mut().for_each(tick);
        if LIGHT.contains(name) || !self.natives.contains(&(*name, arguments.len())) {
            return;
        }
        arguments.iter_mut().for_each(|argument| through(argument, "__weighed"));
        let reads = if SHALLOW.contains(name) { "__copied" } else { "__weighed" };
        if let Some((_, asks)) = ASKED.iter().find(|(asked, _)| asked == name) {
            *name = asks;
        }
        let called = std::mem::take(term);
        *term = piped(call(reads), called);
    }
}

/// Counts a step where a definition begins.
fn begin(definition: &mut Def<&str>) {
    let body = std::mem::take(&mut definition.body);
    definition.body = piped(call("__tick"), body);
}

/// Rewrites an operation whose operands have been.
fn operation(term: &mut Term<&str>) {
    let Term::BinOp(left, operator, right) = term else { return };
    match operator {
        BinaryOp::Pipe(_) | BinaryOp::Alt => tick(left),
        BinaryOp::Math(math) => {
            // A sum copies its left part and takes over what is in it.
            operand(left, if *math == Math::Add { "__copied" } else { "__weighed" });
            operand(right, "__weighed");
            if *math == Math::Mul {
                let operands = vec![std::mem::take(&mut **left), std::mem::take(&mut **right)];
                *term = Term::Call("__times", operands);
            }
        }
        BinaryOp::Cmp(comparison) if !(is_constant(left) || is_constant(right)) => {
            let name = match comparison {
                Cmp::Lt => "__lt",
                Cmp::Le => "__le",
                Cmp::Gt => "__gt",
                Cmp::Ge => "__ge",
                Cmp::Eq => "__eq",
                Cmp::Ne => "__ne",
            };
            *term = Term::Call(name, vec![std::mem::take(&mut **left), std::mem::take(&mut **right)]);
        }
        BinaryOp::Update => {
            tick(left);
            // The operands of a sum have been weighed.
            let sums = matches!(**right, Term::BinOp(_, BinaryOp::Math(_), _));
            through(right, if sums { "__counted" } else { "__kept" });
        }
        BinaryOp::UpdateMath(Math::Mul) => {
            *operator = BinaryOp::Update;
            let factors = vec![Term::Id, Term::Var(ASSIGNED)];
            let factor = std::mem::replace(&mut **right, Term::Call("__times", factors));
            assignment(term, factor);
        }
        BinaryOp::Assign | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
            let assigned = std::mem::replace(&mut **right, Term::Var(ASSIGNED));
            assignment(term, assigned);
        }
        BinaryOp::Comma | BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => {}
    }
}

/// Rewrites `a = b` as `b as $assigned | a = $assigned`: what is assigned is weighed at every place that gets it.
fn assignment<'s>(term: &mut Term<&'s str>, assigned: Term<&'s str>) {
    if let Term::BinOp(left, ..) = term {
        through_term(left, Term::Call("__grown", vec![Term::Var(ASSIGNED)]));
        tick(left);
    }
    let assignment = std::mem::take(term);
    let bound = BinaryOp::Pipe(Some(Pattern::Var(ASSIGNED)));
    *term = Term::BinOp(Box::new(assigned), bound, Box::new(assignment));
}

/// Lets the values between the iterations of a path be counted: `.[][][]` alone makes many of one, and may give none.
fn path(term: &mut Term<&str>) {
    let Term::Path(body, parts) = term else { return };
    let mut inner = std::mem::take(&mut **body);
    for part in std::mem::take(&mut parts.0) {
        if matches!(&inner, Term::Path(_, Path(parts)) if matches!(parts[..], [(Part::Range(None, None), _)])) {
            tick(&mut inner);
        }
        inner = Term::Path(Box::new(inner), Path(vec![part]));
    }
    *term = inner;
}

/// Whether a term is a constant that is no larger than the program that says it.
fn is_constant(term: &Term<&str>) -> bool {
    match term {
        Term::Num(_) | Term::Arr(None) => true,
        Term::Obj(members) => members.is_empty(),
        Term::Str(None, parts) => !parts.iter().any(|part| matches!(part, StrPart::Term(_))),
        _ => false,
    }
}

fn operand(term: &mut Term<&str>, filter: &'static str) {
    if !is_constant(term) {
        through(term, filter);
    }
}

fn call<'s>(name: &'static str) -> Term<&'s str> {
    Term::Call(name, Vec::new())
}

fn piped<'s>(first: Term<&'s str>, then: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(Box::new(first), BinaryOp::Pipe(None), Box::new(then))
}

/// Lets every value of a term go through a filter.
fn through(term: &mut Term<&str>, filter: &'static str) {
    through_term(term, call(filter));
}

fn through_term<'s>(term: &mut Term<&'s str>, filter: Term<&'s str>) {
    let before = std::mem::take(term);
    *term = piped(before, filter);
}

/// Lets every value of a term be counted, in paths too.
fn tick(term: &mut Term<&str>) {
    through(term, "__tick");
}
