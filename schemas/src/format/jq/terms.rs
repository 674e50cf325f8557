//! The parts of a term of the language.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;

/// Calls `visit` with the direct parts of a term: every place of the language where another term may stand.
pub(super) fn for_each_part<'t, 's>(term: &'t mut Term<&'s str>, visit: &mut dyn FnMut(&mut Term<&'s str>)) {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) | Term::Arr(None) => {}
        Term::Str(_, parts) => parts.iter_mut().for_each(|part| {
            if let StrPart::Term(part) = part {
                visit(part);
            }
        }),
        Term::Arr(Some(part)) | Term::Neg(part) | Term::Label(_, part) => visit(part),
        Term::Obj(members) => members.iter_mut().for_each(|(key, value)| {
            visit(key);
            value.iter_mut().for_each(&mut *visit);
        }),
        Term::BinOp(left, operator, right) => {
            visit(left);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                for_each_in_pattern(pattern, visit);
            }
            visit(right);
        }
        Term::Fold(_, source, pattern, arguments) => {
            visit(source);
            for_each_in_pattern(pattern, visit);
            arguments.iter_mut().for_each(visit);
        }
        Term::TryCatch(body, handler) => {
            visit(body);
            handler.iter_mut().for_each(|handler| visit(handler));
        }
        Term::IfThenElse(branches, otherwise) => {
            branches.iter_mut().for_each(|(condition, then)| {
                visit(condition);
                visit(then);
            });
            otherwise.iter_mut().for_each(|otherwise| visit(otherwise));
        }
        Term::Def(definitions, body) => {
            definitions.iter_mut().for_each(|Def { body, .. }| visit(body));
            visit(body);
        }
        Term::Call(_, arguments) => arguments.iter_mut().for_each(visit),
        Term::Path(body, path) => {
            visit(body);
            path.0.iter_mut().for_each(|(part, _)| match part {
                Part::Index(index) => visit(index),
                Part::Range(from, to) => from.iter_mut().chain(to).for_each(&mut *visit),
            });
        }
    }
}

fn for_each_in_pattern<'s>(pattern: &mut Pattern<&'s str>, visit: &mut dyn FnMut(&mut Term<&'s str>)) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(elements) => elements.iter_mut().for_each(|element| for_each_in_pattern(element, visit)),
        Pattern::Obj(members) => members.iter_mut().for_each(|(key, value)| {
            visit(key);
            for_each_in_pattern(value, visit);
        }),
    }
}
