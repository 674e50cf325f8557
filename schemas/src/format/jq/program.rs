//! A program: read once, run for every record.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jaq_core::load::parse::{Def, Term};
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::native::Fun;
use jaq_core::{Compiler, Ctx, Filter, Vars, unwrap_valr};
use jaq_json::{Val, read};

use super::super::Profile;
use super::super::zone::Zone;
use super::counted::{Counter, DEFINITIONS};
use super::forbidden::{first_forbidden, is_forbidden};
use super::input::{NAMES, Variables};
use super::limits::{self, Limited, OUTPUT_BYTES_MAX, OUTPUTS_MAX, Running};

/// Bytes of the longest program.
const PROGRAM_BYTES_MAX: usize = 1 << 20;

/// A program that has been compiled.
pub(super) struct Program {
    filter: Filter<Limited>,
    /// The profile as JSON: values of the language are not shared between threads.
    profile: String,
}

impl Program {
    /// Reads a program, or says what is wrong with it.
    pub fn read(code: &str, profile: &Profile) -> Result<Program, String> {
        if code.len() > PROGRAM_BYTES_MAX {
            return Err(format!("a program of {} bytes: expected at most {PROGRAM_BYTES_MAX}", code.len()));
        }
        check_syntax(code)?;
        // The program becomes a definition, so that it can be rewritten to count its steps.
        let wrapped = format!("def __mapping({}): (\n{code}\n);", NAMES.join("; "));
        let main: Vec<Def<&str>> =
            load::parse(&wrapped, |parser| parser.defs()).ok_or("a mapping is one filter, without modules")?;
        let [mut main] = <[Def<&str>; 1]>::try_from(main).map_err(|_| "a mapping is one filter".to_owned())?;
        if let Some(name) = first_forbidden(&mut main.body) {
            return Err(format!("{name} is not there for mappings: the same record must always give the same events"));
        }
        let filter = compile(main)?;
        let profile = serde_json::to_string(profile).map_err(|problem| problem.to_string())?;
        Ok(Program { filter, profile })
    }

    /// Runs the program and hands over its outputs as JSON, or what went wrong; then it ends.
    pub fn run(&self, input: Val, variables: &Variables, zone: &Zone, mut output: impl FnMut(Result<&[u8], String>)) {
        // The library is not ours: a panic in it costs one record, not the process.
        let ran = catch_unwind(AssertUnwindSafe(|| self.run_limited(input, variables, zone, &mut output)));
        match ran {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => output(Err(problem)),
            Err(_) => output(Err("the program cannot go on".to_owned())),
        }
    }

    fn run_limited(
        &self,
        input: Val,
        variables: &Variables,
        zone: &Zone,
        output: &mut impl FnMut(Result<&[u8], String>),
    ) -> Result<(), String> {
        let profile = read::parse_single(self.profile.as_bytes()).map_err(|problem| problem.to_string())?;
        let values = variables.values().into_iter().chain([profile]);
        let running = Running::new(&self.filter.lut, zone);
        let context = Ctx::<Limited>::new(&running, Vars::new(values));
        let mut bytes_left = OUTPUT_BYTES_MAX;
        for (index, result) in self.filter.id.run((context, input)).map(unwrap_valr).enumerate() {
            if index == OUTPUTS_MAX {
                return Err(format!("more than {OUTPUTS_MAX} outputs"));
            }
            let value = result.map_err(|problem| said(&problem.into_val()))?;
            let mut text = Limit { text: String::new(), left: bytes_left };
            write!(text, "{value}").map_err(|_| format!("more than {OUTPUT_BYTES_MAX} bytes of output"))?;
            bytes_left = text.left;
            output(Ok(text.text.as_bytes()));
        }
        Ok(())
    }
}

/// A text that grows to a limit.
struct Limit {
    text: String,
    left: usize,
}

impl std::fmt::Write for Limit {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.left = self.left.checked_sub(part.len()).ok_or(std::fmt::Error)?;
        self.text.push_str(part);
        Ok(())
    }
}

/// Characters of a program's error that a message shows.
const PROBLEM_MAX: usize = 200;
/// Bytes of it that are written at all.
const PROBLEM_BYTES_MAX: usize = 1 << 12;

/// What a program says went wrong: a text as it is, any other value as JSON, on one line.
fn said(problem: &Val) -> String {
    let mut shown = Limit { text: String::new(), left: PROBLEM_BYTES_MAX };
    let text = match problem {
        Val::TStr(text) => String::from_utf8_lossy(text).into_owned(),
        // What a program throws may be larger than anybody wants to read.
        other => write!(shown, "{other}").map_or_else(|_| shown.text.clone(), |()| shown.text.clone()),
    };
    let on_one_line = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().take(PROBLEM_MAX).map(on_one_line).collect()
}

fn compile(main: Def<&str>) -> Result<Filter<Limited>, String> {
    let own: Vec<Def<&str>> =
        load::parse(DEFINITIONS, |parser| parser.defs()).expect("our definitions are well-formed");
    let library = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let library: Vec<Def<&str>> =
        library.filter(|definition| !is_forbidden(definition.name) && !calls_forbidden(definition)).collect();
    let is_ours = |name: &str| limits::own().iter().any(|(own, ..)| *own == name);
    let natives = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let natives = natives.filter(|(name, ..)| !is_forbidden(name) && !is_ours(name));
    let natives: Vec<Fun<Limited>> = natives.chain(limits::own()).collect();
    let counter = Counter { natives: natives.iter().map(|(name, arguments, _)| (*name, arguments.len())).collect() };
    let counted = library.into_iter().chain([main]).map(|definition| counter.counted(definition));
    let call = format!("__mapping({})", NAMES.join("; "));
    let arena = Arena::default();
    let modules = Loader::new(own.into_iter().chain(counted))
        .load(&arena, File { code: call.as_str(), path: () })
        .map_err(|_| "a mapping is one filter".to_owned())?;
    Compiler::default()
        .with_funs(limits::limits().into_iter().chain(natives))
        .with_global_vars(NAMES)
        .compile(modules)
        .map_err(|errors| {
            let undefined = errors.iter().flat_map(|(_, errors)| errors);
            let named = undefined.map(|(name, what)| format!("undefined {} {name}", what.as_str()));
            named.collect::<Vec<_>>().join(", ")
        })
}

/// Whether a definition of the library calls what is left out, and so must be left out too.
fn calls_forbidden(definition: &Def<&'static str>) -> bool {
    let mut body: Term<&str> = definition.body.clone();
    first_forbidden(&mut body).is_some()
}

/// Says where a program is not well-formed.
fn check_syntax(code: &str) -> Result<(), String> {
    let arena = Arena::default();
    let Err(errors) = Loader::new([]).load(&arena, File { code, path: () }) else { return Ok(()) };
    let mut problems = Vec::new();
    for (_, error) in &errors {
        match error {
            load::Error::Io(_) => problems.push("modules are not there for mappings".to_owned()),
            load::Error::Lex(errors) => {
                problems.extend(errors.iter().map(|(expected, found)| unexpected(code, expected.as_str(), found)));
            }
            load::Error::Parse(errors) => {
                problems.extend(errors.iter().map(|(expected, found)| unexpected(code, expected.as_str(), found)));
            }
        }
    }
    Err(problems.join("; "))
}

fn unexpected(code: &str, expected: &str, found: &str) -> String {
    let start = load::span(code, found).start.min(code.len());
    let line = code.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
    let found: String = found.chars().take(20).collect();
    let found = if found.trim().is_empty() { "the end".to_owned() } else { format!("{found:?}") };
    format!("line {line}: expected {expected}, found {found}")
}
