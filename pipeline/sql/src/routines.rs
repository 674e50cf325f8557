//! Landfall's own functions as PostgreSQL's catalog knows functions: `\df`, `\sf` and the lists of tools show them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::scalar::ScalarValue;

use super::catalog_schema::{OWNER_OID, Row, text};

/// Functions are numbered from here, beyond all other object ids.
const ROUTINE_OID_MIN: i32 = 3_000_000;
/// PostgreSQL's language of functions that are built in.
const INTERNAL_LANGUAGE_OID: i32 = 12;

/// A function.
struct Routine {
    name: &'static str,
    /// Types of its arguments, as they are written and as PostgreSQL numbers them.
    arguments: &'static [(&'static str, i32)],
    result: (&'static str, i32),
    about: &'static str,
}

const BIGINT: (&str, i32) = ("bigint", 20);
const TEXT: (&str, i32) = ("text", 25);
const TIME: (&str, i32) = ("timestamp with time zone", 1184);

const ROUTINES: &[Routine] = &[
    Routine { name: "landfall_now", arguments: &[], result: TIME, about: "The clock of the statement's tick" },
    Routine { name: "landfall_tick", arguments: &[], result: BIGINT, about: "The number of the statement's tick" },
    Routine {
        name: "landfall_age_days",
        arguments: &[TIME],
        result: BIGINT,
        about: "Whole days from a time to the clock of the tick",
    },
    Routine {
        name: "landfall_age_bucket",
        arguments: &[TIME],
        result: TEXT,
        about: "The aging bucket of a time at the clock of the tick",
    },
];

impl Routine {
    fn arguments(&self) -> String {
        self.arguments.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn definition(&self) -> String {
        let Routine { name, result: (result, _), .. } = self;
        let arguments = self.arguments();
        format!(
            "CREATE OR REPLACE FUNCTION public.{name}({arguments})\n RETURNS {result}\n LANGUAGE internal\n STABLE STRICT\n\
             AS $function${name}$function$\n"
        )
    }

    fn row(&self, oid: i32, namespace: i32) -> Row {
        let id = |oid: i32| ScalarValue::Int32(Some(oid));
        let types = self.arguments.iter().map(|(_, oid)| oid.to_string()).collect::<Vec<_>>().join(" ");
        vec![
            ("oid", id(oid)),
            ("proname", text(self.name)),
            ("pronamespace", id(namespace)),
            ("proowner", id(OWNER_OID)),
            ("prolang", id(INTERNAL_LANGUAGE_OID)),
            ("procost", ScalarValue::Float32(Some(1.0))),
            ("prokind", text("f")),
            ("proisstrict", ScalarValue::Boolean(Some(true))),
            ("provolatile", text("s")),
            ("proparallel", text("s")),
            ("pronargs", ScalarValue::Int16(i16::try_from(self.arguments.len()).ok())),
            ("prorettype", id(self.result.1)),
            ("proargtypes", text(types)),
            ("prosrc", text(self.name)),
        ]
    }
}

fn numbered() -> impl Iterator<Item = (i32, &'static Routine)> {
    (ROUTINE_OID_MIN..).zip(ROUTINES)
}

fn routine(oid: i32) -> Option<&'static Routine> {
    numbered().find(|(number, _)| *number == oid).map(|(_, routine)| routine)
}

/// Their rows of `pg_proc`, in the schema with this object id.
pub(super) fn rows(namespace: i32) -> Vec<Row> {
    numbered().map(|(oid, routine)| routine.row(oid, namespace)).collect()
}

/// What a function is for.
pub(super) fn about(oid: i32) -> Option<&'static str> {
    routine(oid).map(|routine| routine.about)
}

type Tell = fn(&Routine) -> String;

const TELLING: [(&str, Tell); 4] = [
    ("pg_get_function_result", |routine| routine.result.0.to_owned()),
    ("pg_get_function_arguments", Routine::arguments),
    ("pg_get_function_identity_arguments", Routine::arguments),
    ("pg_get_functiondef", Routine::definition),
];

/// The functions that tell of functions; of PostgreSQL's own they tell nothing.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let shapes: Vec<TypeSignature> = (1..=2).map(TypeSignature::Any).collect();
    let signature = Signature::one_of(shapes, Volatility::Stable);
    (0..TELLING.len()).map(|at| ScalarUDF::from(Telling { at, signature: signature.clone() })).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Telling {
    at: usize,
    signature: Signature,
}

impl ScalarUDFImpl for Telling {
    fn name(&self) -> &str {
        TELLING[self.at].0
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let objects = cast(&arrays[0], &DataType::Int32)?;
        let tell = TELLING[self.at].1;
        let texts = objects.as_primitive::<Int32Type>().iter().map(|object| routine(object?).map(tell));
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        Ok(ColumnarValue::Array(texts))
    }
}
