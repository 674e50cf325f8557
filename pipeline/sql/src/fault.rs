//! What a client is told when a statement fails: PostgreSQL's codes, a message in lower case, often a hint.

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use pgwire::error::{ErrorInfo, PgWireError};

/// A statement's failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Fault {
    /// Code of PostgreSQL's appendix A.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl Fault {
    pub fn new(code: &'static str, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Fault {
        Fault { hint: Some(hint.into()), ..self }
    }

    pub fn read_only(what: &str) -> Fault {
        Fault::new("25006", format!("cannot execute {what}: the views are read-only"))
            .hint("rows change only when events arrive; read them with SELECT")
    }

    pub fn unsupported(what: &str) -> Fault {
        Fault::new("0A000", format!("{what} is not supported"))
    }

    pub fn cancelled() -> Fault {
        Fault::new("57014", "canceling statement due to user request")
    }

    pub fn timed_out(limit_ms: u128) -> Fault {
        Fault::new("57014", "canceling statement due to statement timeout")
            .hint(format!("it ran for {limit_ms} ms; the server's limit is `sql.query_timeout_ms`"))
    }

    pub fn too_many_rows(rows_max: usize) -> Fault {
        Fault::new("54000", format!("the result has more than {rows_max} rows"))
            .hint("add a LIMIT or a filter; the limit is `sql.rows_max`")
    }

    pub fn aborted() -> Fault {
        Fault::new("25P02", "current transaction is aborted, commands ignored until end of transaction block")
    }
}

impl From<Fault> for PgWireError {
    fn from(fault: Fault) -> PgWireError {
        let mut info = ErrorInfo::new("ERROR".to_owned(), fault.code.to_owned(), fault.message);
        info.severity_nonlocalized = Some("ERROR".to_owned());
        info.hint = fault.hint;
        PgWireError::UserError(Box::new(info))
    }
}

impl From<Fault> for DataFusionError {
    fn from(fault: Fault) -> DataFusionError {
        DataFusionError::External(Box::new(fault))
    }
}

impl From<DataFusionError> for Fault {
    fn from(error: DataFusionError) -> Fault {
        let root = error.find_root();
        match root {
            DataFusionError::External(cause) => match cause.downcast_ref::<Fault>() {
                Some(fault) => fault.clone(),
                None => Fault::new("XX000", worded(&cause.to_string())),
            },
            DataFusionError::ResourcesExhausted(_) => {
                Fault::new("53200", "the query needs more memory than it may use")
                    .hint("aggregate or filter more; the limit is `sql.memory_bytes_max`")
            }
            DataFusionError::SQL(cause, _) => Fault::new("42601", worded(&cause.to_string())),
            DataFusionError::SchemaError(cause, _) => {
                let code = match cause.as_ref() {
                    SchemaError::FieldNotFound { .. } => "42703",
                    SchemaError::AmbiguousReference { .. } => "42702",
                    _ => "42701",
                };
                Fault::new(code, worded(&root.strip_backtrace()))
            }
            DataFusionError::NotImplemented(message) => Fault::new("0A000", worded(message)),
            DataFusionError::Plan(message) => planning(message),
            DataFusionError::ArrowError(cause, _) => arrow(cause),
            DataFusionError::Execution(message) => Fault::new("22000", worded(message)),
            other => Fault::new("XX000", worded(&other.strip_backtrace())),
        }
    }
}

impl From<datafusion::sql::sqlparser::parser::ParserError> for Fault {
    fn from(error: datafusion::sql::sqlparser::parser::ParserError) -> Fault {
        Fault::new("42601", format!("syntax error: {}", worded(&error.to_string())))
    }
}

fn planning(message: &str) -> Fault {
    let code = if message.starts_with("table ") && message.contains("not found") {
        "42P01"
    } else if message.contains("Invalid function") || message.contains("No function matches") {
        "42883"
    } else {
        "42000"
    };
    Fault::new(code, worded(message))
}

fn arrow(error: &ArrowError) -> Fault {
    let code = match error {
        ArrowError::DivideByZero => "22012",
        ArrowError::ArithmeticOverflow(_) => "22003",
        ArrowError::CastError(_) | ArrowError::ParseError(_) => "22P02",
        _ => "22000",
    };
    Fault::new(code, worded(&error.to_string()))
}

/// The first paragraph of a library's message, as PostgreSQL would begin and end it.
fn worded(message: &str) -> String {
    let first = message.split("\n\n").next().unwrap_or(message).trim().trim_end_matches('.');
    let first = first.strip_prefix("sql parser error: ").unwrap_or(first);
    let mut letters = first.chars();
    let second_is_upper = first.chars().nth(1).is_some_and(char::is_uppercase);
    match letters.next() {
        Some(letter) if !second_is_upper => letter.to_lowercase().chain(letters).collect(),
        _ => first.to_owned(),
    }
}
