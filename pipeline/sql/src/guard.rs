//! What may be asked: questions, and the small talk of clients. Everything else is refused before it is planned.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CloseCursor, Declare, DeclareType, FetchDirection, Query, Reset, Select, Set, SetExpr, Statement,
    TransactionAccessMode, TransactionMode, Value, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::fault::Fault;

/// Operators and brackets of a statement; more would nest deeper than planning can follow.
const OPERATORS_MAX: usize = 2_000;

/// What a statement wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Rows.
    Query,
    /// To begin a transaction.
    Begin,
    /// To end it.
    Commit,
    /// To end it too: nothing is ever changed.
    Rollback,
    /// Nothing that has an effect here; answered with this tag.
    Acknowledge(&'static str),
    /// A parameter of the session.
    Set {
        /// Its name in lower case.
        name: String,
        /// Its value; none for the default.
        value: Option<String>,
    },
    /// To see a parameter of the session.
    Show(String),
    /// A session as new.
    DiscardAll,
    /// A cursor.
    Declare(String),
    /// Rows of a cursor; none for all.
    Fetch(String, Option<usize>),
    /// The end of a cursor, or of all.
    Close(Option<String>),
}

/// Refuses a text that is too long or too deep, before anything recursive touches it.
///
/// # Errors
/// Which limit it breaks.
pub(super) fn check_text(text: &str, bytes_max: usize) -> Result<(), Fault> {
    if text.len() > bytes_max {
        return Err(Fault::new("54000", format!("the query has {} bytes, {bytes_max} at most", text.len()))
            .hint("the limit is `sql.query_bytes_max`"));
    }
    // What was no UTF-8 has come through the protocol as this.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Fault::new("22021", "invalid byte sequence for encoding \"UTF8\"")
            .hint("send the text as UTF-8; a value with U+FFFD in it can be given as a parameter"));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
        .tokenize()
        .map_err(|error| Fault::new("42601", format!("syntax error: {error}")))?;
    let nests = |token: &&Token| match token {
        Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::Placeholder(_) => false,
        Token::SingleQuotedString(_) | Token::Period | Token::SemiColon | Token::RParen | Token::RBracket => false,
        Token::Word(word) => matches!(
            word.value.to_ascii_uppercase().as_str(),
            "AND"
                | "OR"
                | "NOT"
                | "UNION"
                | "EXCEPT"
                | "INTERSECT"
                | "JOIN"
                | "CASE"
                | "IS"
                | "LIKE"
                | "ILIKE"
                | "SELECT"
        ),
        _ => true,
    };
    let operators = tokens.iter().filter(nests).count();
    if operators > OPERATORS_MAX {
        return Err(Fault::new("54001", format!("the query has {operators} operators, {OPERATORS_MAX} at most"))
            .hint("write a long list as `IN (…)`"));
    }
    Ok(())
}

/// What a statement wants, if it may be had.
///
/// # Errors
/// Why it may not.
pub(super) fn action(statement: &Statement) -> Result<Action, Fault> {
    match statement {
        Statement::Query(query) => questions_only(query).map(|()| Action::Query),
        Statement::Explain { statement: explained, .. } => match explained.as_ref() {
            Statement::Query(query) => questions_only(query).map(|()| Action::Query),
            other => Err(refused(other)),
        },
        Statement::ExplainTable { .. } => Ok(Action::Query),
        Statement::StartTransaction { modes, .. } => read_only(modes).map(|()| Action::Begin),
        Statement::Commit { .. } => Ok(Action::Commit),
        Statement::Rollback { savepoint: Some(_), .. } => Err(Fault::unsupported("a savepoint")),
        Statement::Rollback { .. } => Ok(Action::Rollback),
        Statement::Savepoint { .. } => Ok(Action::Acknowledge("SAVEPOINT")),
        Statement::ReleaseSavepoint { .. } => Ok(Action::Acknowledge("RELEASE")),
        Statement::Set(set) => setting(set),
        Statement::Reset(reset) => match &reset.reset {
            Reset::ALL => Ok(Action::DiscardAll),
            Reset::ConfigurationParameter(name) => {
                Ok(Action::Set { name: name.to_string().to_lowercase(), value: None })
            }
        },
        Statement::ShowVariable { variable } => {
            let words: Vec<String> = variable.iter().map(|word| word.value.to_lowercase()).collect();
            Ok(Action::Show(words.join("_")))
        }
        Statement::Discard { .. } => Ok(Action::DiscardAll),
        Statement::Deallocate { .. } => Ok(Action::Acknowledge("DEALLOCATE")),
        Statement::UNLISTEN { .. } => Ok(Action::Acknowledge("UNLISTEN")),
        Statement::Declare { stmts } => declared(stmts),
        Statement::Fetch { name, direction, into: None, .. } => {
            Ok(Action::Fetch(name.value.clone(), fetched(direction)?))
        }
        Statement::Close { cursor: CloseCursor::All } => Ok(Action::Close(None)),
        Statement::Close { cursor: CloseCursor::Specific { name } } => Ok(Action::Close(Some(name.value.clone()))),
        Statement::Prepare { .. } | Statement::Execute { .. } => {
            Err(Fault::unsupported("PREPARE in SQL").hint("drivers prepare statements by the protocol; that works"))
        }
        other => Err(refused(other)),
    }
}

/// The query that a cursor is for.
pub(super) fn cursor_query(statement: &Statement) -> Option<&Query> {
    match statement {
        Statement::Declare { stmts } => stmts.first()?.for_query.as_deref(),
        _ => None,
    }
}

fn refused(statement: &Statement) -> Fault {
    let text = statement.to_string();
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    let is_long = matches!(words.first(), Some(&("CREATE" | "DROP" | "ALTER")));
    let what = if is_long { words.join(" ") } else { words.first().copied().unwrap_or_default().to_owned() };
    match statement {
        Statement::Copy { .. } => {
            Fault::read_only("COPY").hint("to save a result use psql's --csv, or \\copy's cousin \\g with a file name")
        }
        _ => Fault::read_only(&what.to_uppercase()),
    }
}

/// A query may hold statements that change something, at any depth.
fn questions_only(query: &Query) -> Result<(), Fault> {
    struct Changes;

    impl Visitor for Changes {
        type Break = Fault;

        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Fault> {
            if !query.locks.is_empty() {
                return ControlFlow::Break(Fault::read_only("SELECT FOR UPDATE"));
            }
            match changing(&query.body) {
                Some(what) => ControlFlow::Break(Fault::read_only(what)),
                None => ControlFlow::Continue(()),
            }
        }

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Fault> {
            if select.into.is_some() {
                return ControlFlow::Break(Fault::read_only("SELECT INTO"));
            }
            ControlFlow::Continue(())
        }
    }

    match query.visit(&mut Changes) {
        ControlFlow::Break(fault) => Err(fault),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn changing(body: &SetExpr) -> Option<&'static str> {
    match body {
        SetExpr::Insert(_) => Some("INSERT"),
        SetExpr::Update(_) => Some("UPDATE"),
        SetExpr::Delete(_) => Some("DELETE"),
        SetExpr::Merge(_) => Some("MERGE"),
        SetExpr::SetOperation { left, right, .. } => changing(left).or_else(|| changing(right)),
        SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::Values(_) | SetExpr::Table(_) => None,
    }
}

fn read_only(modes: &[TransactionMode]) -> Result<(), Fault> {
    if modes.contains(&TransactionMode::AccessMode(TransactionAccessMode::ReadWrite)) {
        return Err(Fault::new("25006", "cannot set transaction read-write mode").hint("the views are read-only"));
    }
    Ok(())
}

fn setting(set: &Set) -> Result<Action, Fault> {
    match set {
        Set::SingleAssignment { variable, values, .. } => {
            let values: Vec<String> = values.iter().map(|value| plain(&value.to_string())).collect();
            let value = values.join(", ");
            let value = (!value.eq_ignore_ascii_case("default")).then_some(value);
            Ok(Action::Set { name: plain(&variable.to_string()).to_lowercase(), value })
        }
        Set::SetTimeZone { value, .. } => {
            Ok(Action::Set { name: "timezone".to_owned(), value: Some(plain(&value.to_string())) })
        }
        Set::SetNames { charset_name, .. } => {
            Ok(Action::Set { name: "client_encoding".to_owned(), value: Some(charset_name.value.clone()) })
        }
        Set::SetNamesDefault {} => Ok(Action::Set { name: "client_encoding".to_owned(), value: None }),
        Set::SetTransaction { modes, snapshot: None, .. } => read_only(modes).map(|()| Action::Acknowledge("SET")),
        Set::SetSessionParam(_) => Ok(Action::Acknowledge("SET")),
        Set::SetRole { role_name: None, .. } => Ok(Action::Acknowledge("SET")),
        Set::SetRole { .. } | Set::SetSessionAuthorization(_) => {
            Err(Fault::new("42501", "permission denied to set role").hint("connect as the other user"))
        }
        other => Err(Fault::unsupported(&other.to_string())),
    }
}

fn plain(text: &str) -> String {
    text.trim_matches(['\'', '"']).to_owned()
}

fn declared(declarations: &[Declare]) -> Result<Action, Fault> {
    let [declaration] = declarations else { return Err(Fault::unsupported("several cursors in one DECLARE")) };
    match (&declaration.declare_type, &declaration.for_query, declaration.names.as_slice()) {
        (Some(DeclareType::Cursor), Some(query), [name]) => {
            questions_only(query)?;
            if declaration.scroll == Some(true) {
                return Err(Fault::unsupported("a cursor that scrolls"));
            }
            Ok(Action::Declare(name.value.clone()))
        }
        _ => Err(Fault::unsupported("DECLARE of anything but a cursor")),
    }
}

fn fetched(direction: &FetchDirection) -> Result<Option<usize>, Fault> {
    let count = |limit: &Value| match limit {
        Value::Number(digits, _) => {
            digits.parse().map(Some).map_err(|_| Fault::new("22003", format!("{digits} rows cannot be fetched")))
        }
        other => Err(Fault::new("42601", format!("{other} is no number of rows"))),
    };
    match direction {
        FetchDirection::Next | FetchDirection::Forward { limit: None } => Ok(Some(1)),
        FetchDirection::Count { limit } | FetchDirection::Forward { limit: Some(limit) } => count(&limit.value),
        FetchDirection::All | FetchDirection::ForwardAll => Ok(None),
        _ => Err(Fault::new("55000", "cursor can only scan forward")),
    }
}
