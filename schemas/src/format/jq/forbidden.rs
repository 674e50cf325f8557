//! What a mapping may not call: whatever makes the result depend on the moment, the machine or other records, or speaks to
//! somebody else.

use jaq_core::load::parse::Term;

use super::terms::for_each_part;

const FORBIDDEN: [&str; 18] = [
    "now",
    "localtime",
    "strflocaltime",
    "mktime",
    "env",
    "$ENV",
    "input",
    "inputs",
    "input_line_number",
    "input_filename",
    "debug",
    "stderr",
    "halt",
    "halt_error",
    "debug_empty",
    "stderr_empty",
    "get_search_list",
    "$__loc__",
];

/// Whether a filter of this name is kept from programs.
pub(super) fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.contains(&name)
}

/// Whether a name is one of those that programs are rewritten with.
fn is_reserved(name: &str) -> bool {
    name.starts_with("__") || name.starts_with("$__")
}

/// The first forbidden name that a term uses.
pub(super) fn first_forbidden<'s>(term: &mut Term<&'s str>) -> Option<&'s str> {
    match term {
        Term::Call(name, _) | Term::Var(name) if is_forbidden(name) || is_reserved(name) => return Some(*name),
        Term::Def(definitions, _) => {
            if let Some(definition) = definitions.iter().find(|definition| is_reserved(definition.name)) {
                return Some(definition.name);
            }
        }
        _ => {}
    }
    let mut found = None;
    for_each_part(term, &mut |part| {
        if found.is_none() {
            found = first_forbidden(part);
        }
    });
    found
}
